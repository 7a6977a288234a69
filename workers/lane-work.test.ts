import { describe, expect, it } from 'vitest';
import type { LockedLane, Waiting } from '../db/lanes.ts';
import {
  advanceOf,
  dueOf,
  type LaneWork,
  readLimitsOf,
  untilBusy,
  withMoreIn,
  withOneInParts,
  withoutUnfinished,
} from './lane-work.ts';

const plenty = 100;

function aLane(id: string, changes: Partial<LockedLane> = {}): LockedLane {
  return { id, settledSeq: 0, lastSeq: 0, replays: [], ...changes };
}

function anOperation(userId: string, laneSeq: number, changes: Partial<Waiting> = {}): Waiting {
  return {
    id: `${userId}${laneSeq}`,
    kind: 'test',
    userId,
    laneSeq,
    caller: { id: userId, roles: [] },
    at: 0,
    payload: {},
    attempts: 0,
    crashes: 0,
    isDue: true,
    isReplay: false,
    ...changes,
  };
}

function seqOf({ laneSeq }: Waiting): number {
  return laneSeq;
}

function isNoReplay({ isReplay }: Waiting): boolean {
  return !isReplay;
}

/** What of these operations goes into a batch: ids, and what is said of the rest, by lane. */
function chosen(operations: readonly Waiting[], operationsMax = plenty): Record<string, string> {
  const ids = [...new Set(operations.map(({ userId }) => userId))];
  const waiting = new Map(ids.map((id) => [id, operations.filter(({ userId }) => userId === id)]));
  const lanes = [...waiting].map(([id, those]) =>
    aLane(id, { lastSeq: Math.max(0, ...those.filter(isNoReplay).map(seqOf)) }),
  );
  const work = dueOf({ lanes, waiting, isCut: false }, operationsMax);
  return Object.fromEntries(
    work.map(({ lane, operations: due, rest }) => [lane.id, [...due.map(({ id }) => id), rest].join(' ')]),
  );
}

describe('what goes into a batch', () => {
  it('is what waits, in lane order', () => {
    expect(chosen([anOperation('a', 1), anOperation('a', 2), anOperation('b', 7)])).toEqual({
      a: 'a1 a2 none',
      b: 'b7 none',
    });
  });

  it('is nothing of a lane without work', () => {
    expect(dueOf({ lanes: [aLane('a')], waiting: new Map([['a', []]]), isCut: false }, plenty)).toEqual([
      { lane: aLane('a'), operations: [], rest: 'none' },
    ]);
    expect(dueOf({ lanes: [aLane('a')], waiting: new Map(), isCut: false }, plenty)).toMatchObject([
      { operations: [], rest: 'none' },
    ]);
  });

  it('stops in front of what is in backoff: that holds its own lane up, and no other', () => {
    const later = { isDue: false, attempts: 1 };
    expect(chosen([anOperation('a', 1, later), anOperation('a', 2), anOperation('b', 1)])).toEqual({
      a: 'none',
      b: 'b1 none',
    });
    expect(chosen([anOperation('a', 1), anOperation('a', 2, later), anOperation('a', 3)])).toEqual({ a: 'a1 none' });
  });

  it('is bounded in all, and says where there is more', () => {
    const operations = ['a', 'b', 'c'].flatMap((lane) => [1, 2, 3].map((seq) => anOperation(lane, seq)));
    expect(chosen(operations, 4)).toEqual({ a: 'a1 a2 a3 none', b: 'b1 more', c: 'more' });
  });

  it('leaves more where more waits than was read, unless that is held up', () => {
    const lanes = [
      aLane('a', { lastSeq: 3 }),
      aLane('b', { lastSeq: 2 }),
      aLane('c', { lastSeq: 3 }),
      aLane('d', { lastSeq: 1 }),
    ];
    const waiting = new Map([
      ['a', [1, 2].map((seq) => anOperation('a', seq))],
      ['b', [1, 2].map((seq) => anOperation('b', seq))],
      ['c', [anOperation('c', 1), anOperation('c', 2, { isDue: false })]],
    ]);
    const restsOf = (isCut: boolean) => dueOf({ lanes, waiting, isCut }, plenty).map(({ rest }) => rest);
    expect(restsOf(true)).toEqual(['more', 'none', 'none', 'more']);
    expect(restsOf(false)).toEqual(['more', 'none', 'none', 'none']);
  });

  it('is read of each lane up to twice its equal part, at least one', () => {
    expect([2, 3, 9, 0].map((lanes) => readLimitsOf(4, lanes).perLane)).toEqual([4, 3, 1, 8]);
  });

  it.each([
    ['a process has died with it', { crashes: 1 }],
    ['it has failed before', { attempts: 1 }],
    ['a person has it applied again', { isReplay: true }],
  ])('leaves out, for a batch of its own, what is suspect because %s', (_, changes) => {
    const suspect = anOperation('a', 2, changes);
    expect(chosen([suspect, anOperation('a', 3), anOperation('b', 1)])).toEqual({ a: 'suspect', b: 'b1 none' });
    expect(chosen([suspect], 1)).toEqual({ a: 'a2 none' });
    expect(chosen([suspect, anOperation('a', 3)], 1)).toEqual({ a: 'a2 more' });
  });

  it('takes what is in front of a suspect first', () => {
    expect(chosen([anOperation('a', 1), anOperation('a', 2, { crashes: 2 }), anOperation('a', 3)])).toEqual({
      a: 'a1 more',
    });
  });

  it('takes a replay that is due before the head, and lets one in backoff hold nothing up', () => {
    const replay = anOperation('a', 2, { isReplay: true });
    const head = anOperation('a', 9);
    expect(chosen([replay, head], 1)).toEqual({ a: 'a2 more' });
    expect(chosen([{ ...replay, isDue: false }, head])).toEqual({ a: 'a9 none' });
  });
});

describe('what is left of a batch when something that it needs is held elsewhere', () => {
  const lanes = [aLane('a'), aLane('b'), aLane('c')];
  const waiting = new Map([
    ['a', [1, 2, 3].map((seq) => anOperation('a', seq))],
    ['b', [anOperation('b', 1)]],
    ['c', [anOperation('c', 1)]],
  ]);
  const work = dueOf({ lanes, waiting, isCut: false }, plenty);

  it('is, of each lane, what comes before: nothing overtakes it, and only who has nothing left has to ask again', () => {
    const left = untilBusy(work, ({ id }) => id === 'a2' || id === 'c1');
    expect(left.map(({ operations, rest }) => [...operations.map(({ id }) => id), rest].join(' '))).toEqual([
      'a1 more',
      'b1 none',
      'busy',
    ]);
  });

  it('is all of it when nothing is', () => {
    expect(untilBusy(work, () => false)).toEqual(work);
  });
});

it('has more to do in lanes in which something was recorded meanwhile', () => {
  const of = (id: string, rest: LaneWork['rest']): LaneWork => ({ lane: aLane(id), operations: [], rest });
  const work = [of('a', 'none'), of('b', 'none'), of('c', 'busy')];
  expect(withMoreIn(work, new Set(['b', 'c'])).map(({ rest }) => rest)).toEqual(['none', 'more', 'busy']);
  expect(withMoreIn(work, new Set())).toEqual(work);
});

describe('how far a lane has come', () => {
  it('stands at the last operation that is settled', () => {
    const operations = [anOperation('a', 4), anOperation('a', 5)];
    expect(advanceOf({ lane: aLane('a', { settledSeq: 3 }), operations, rest: 'none' })).toEqual({
      id: 'a',
      settledSeq: 5,
      replays: [],
    });
  });

  it('does not go back for a replay, which leaves the list', () => {
    const lane = aLane('a', { settledSeq: 8, replays: ['a2', 'a3'] });
    const operations = [anOperation('a', 2, { isReplay: true })];
    expect(advanceOf({ lane, operations, rest: 'none' })).toEqual({ id: 'a', settledSeq: 8, replays: ['a3'] });
  });
});

describe('an operation that is applied in parts', () => {
  const inParts = { kind: 'parts' };
  const work: LaneWork[] = [
    {
      lane: aLane('a'),
      operations: [anOperation('a', 1), anOperation('a', 2, inParts), anOperation('a', 3)],
      rest: 'none',
    },
    { lane: aLane('b'), operations: [anOperation('b', 1, inParts)], rest: 'none' },
    { lane: aLane('c'), operations: [anOperation('c', 1)], rest: 'none' },
  ];
  const shown = (lanes: readonly LaneWork[]) =>
    lanes.map(({ operations, rest }) => [...operations.map(({ id }) => id), rest].join(' '));

  it('is the last of its lane in a batch, and the only one of its sort', () => {
    expect(shown(withOneInParts(work, ({ kind }) => kind === 'parts'))).toEqual(['a1 a2 more', 'more', 'c1 none']);
    expect(shown(withOneInParts(work.slice(1), ({ kind }) => kind === 'parts'))).toEqual(['b1 none', 'c1 none']);
    expect(withOneInParts(work, () => false)).toEqual(work);
  });

  it('stays at the head of its lane until it is done', () => {
    const [part] = withOneInParts(work, ({ kind }) => kind === 'parts');
    if (part === undefined) throw new Error('no lane');
    const [unfinished = part] = withoutUnfinished([part], new Set(['a2']));
    expect(shown([unfinished])).toEqual(['a1 more']);
    expect(advanceOf(unfinished).settledSeq).toBe(1);
    expect(withoutUnfinished([part], new Set())).toEqual([part]);
    expect(withoutUnfinished([part], new Set(['b1']))).toEqual([part]);
  });
});
