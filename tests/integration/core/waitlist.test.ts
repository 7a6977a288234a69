import { expect, it } from 'vitest';
import type { Uuid } from '../../../shared/domain/ids.ts';
import { runBatch } from '../../../workers/run-batch.ts';
import { batchContextOf } from '../../support/batches.ts';
import { idOf } from '../../support/builders.ts';
import {
  accept,
  addPeople,
  addPractitioners,
  endings,
  giveCredits,
  type Marketplace,
  meanwhile,
  openMarketplace,
  settled,
  startTestWorker,
  submit,
  violations,
} from '../../support/marketplace.ts';
import { about, booking, cancellation, type Request, startOf, submissionOf } from '../../support/requests.ts';
import { until } from '../../support/until.ts';

/* What becomes free goes to those who wait for it, turn by turn (003, capability 5). */

const [ann, bob, cyd, dee, theo] = [idOf('ann'), idOf('bob'), idOf('cyd'), idOf('dee'), idOf('theo')];

/** Waits for an hour of massage with Theo between two hours of the day that `booking` books. */
function join(clientId: Uuid, from: number, to: number): Request {
  const range = { from: startOf(from), to: startOf(to) };
  return about('waitlist.join', clientId, {
    practitionerId: theo,
    ...range,
    durationMinutes: 60,
    sessionType: 'massage',
  });
}

function aboutEntry(what: 'leave' | 'decline', joined: Request): Request {
  return about(`waitlist.${what}`, joined.caller.id, { entryId: submissionOf(joined).id });
}

async function withPeople(): Promise<Marketplace> {
  const marketplace = await openMarketplace({});
  await addPeople(marketplace, [ann, bob, cyd, dee]);
  await addPractitioners(marketplace, [theo]);
  startTestWorker(marketplace);
  startTestWorker(marketplace);
  await giveCredits(marketplace, [ann, bob, cyd, dee], 30);
  return marketplace;
}

/** Who is being offered something, by the name of their hold's holder. */
async function offeredTo({ owner }: Marketplace): Promise<Uuid[]> {
  const { rows } = await owner.query<{ holder_id: Uuid }>(
    `select holder_id from slot_holds where status = 'live' and expires_at > now() and waitlist_entry_id is not null`,
  );
  return rows.map(({ holder_id: id }) => id);
}

async function untilOffered(marketplace: Marketplace, clientId: Uuid): Promise<void> {
  await until('the slot is offered', async () => (await offeredTo(marketplace)).includes(clientId));
}

async function untilClosed({ owner }: Marketplace): Promise<void> {
  await until('the freed slot is closed', async () => {
    const { rows } = await owner.query<{ status: string }>('select status from freed_slots');
    return rows.length > 0 && rows.every(({ status }) => status === 'closed');
  });
}

async function entriesIn({ owner }: Marketplace): Promise<string[]> {
  const { rows } = await owner.query<{ status: string }>('select status from waitlist_entries order by joined_at, id');
  return rows.map(({ status }) => status);
}

it('offers a cancelled slot to those who wait, in their order: declined and run out, it goes to the next, until it is booked', async () => {
  const marketplace = await withPeople();
  const session = booking(ann, theo, 9);
  expect(await endings(marketplace, [session])).toEqual(['succeeded']);
  const [first, second, third] = [join(bob, 8, 12), join(cyd, 9, 10), join(dee, 6, 20)];
  const positions: unknown[] = [];
  for (const one of [first, second, third]) {
    const [joined] = await settled(marketplace, await submit(marketplace, [one]));
    positions.push(joined?.outcome?.position);
  }
  expect(positions).toEqual([1, 2, 3]);

  expect(await endings(marketplace, [cancellation(ann, submissionOf(session).id)])).toEqual(['succeeded']);
  await untilOffered(marketplace, bob);
  expect(await offeredTo(marketplace)).toEqual([bob]);
  expect(await endings(marketplace, [booking(ann, theo, 9), booking(dee, theo, 9)])).toEqual([
    'slot_taken',
    'slot_taken',
  ]);

  expect(await endings(marketplace, [aboutEntry('decline', first)])).toEqual(['succeeded']);
  expect(await endings(marketplace, [aboutEntry('decline', first)])).toEqual(['hold_not_found']);
  await untilOffered(marketplace, cyd);
  await marketplace.owner.query(`update slot_holds set expires_at = now() where holder_id = $1`, [cyd]);
  await untilOffered(marketplace, dee);
  expect(await offeredTo(marketplace)).toEqual([dee]);

  expect(await endings(marketplace, [booking(dee, theo, 9)])).toEqual(['succeeded']);
  await untilClosed(marketplace);
  expect(await entriesIn(marketplace)).toEqual(['waiting', 'waiting', 'fulfilled']);
  const { rows } = await marketplace.owner.query(
    `select count(*)::int as turns from operations where kind = 'waitlist.offer' and status = 'succeeded'`,
  );
  expect(rows).toEqual([{ turns: 4 }]);
  expect(await violations(marketplace)).toEqual({});
});

it('offers what a move leaves behind, passes over who waits for something else, and lets anybody have what nobody wants', async () => {
  const marketplace = await withPeople();
  const session = booking(ann, theo, 9);
  const others = [join(bob, 10, 20), join(cyd, 9, 10)];
  expect(await endings(marketplace, [session, ...others])).toEqual(['succeeded', 'succeeded', 'succeeded']);
  const moved = about('booking.reschedule', ann, { bookingId: submissionOf(session).id, startsAt: startOf(14) });
  expect(await endings(marketplace, [moved])).toEqual(['succeeded']);
  await untilOffered(marketplace, cyd);
  expect(await offeredTo(marketplace)).toEqual([cyd]);
  expect(await endings(marketplace, [aboutEntry('leave', others[1] ?? session)])).toEqual(['succeeded']);
  await untilClosed(marketplace);
  expect(await offeredTo(marketplace)).toEqual([]);
  expect(await endings(marketplace, [booking(dee, theo, 9)])).toEqual(['succeeded']);
  expect(await entriesIn(marketplace)).toEqual(expect.arrayContaining(['waiting', 'left']));
  expect(await violations(marketplace)).toEqual({});
});

it('lets nobody leave while something is being offered: who changes a place holds the calendar that offers need', async () => {
  const marketplace = await openMarketplace({});
  await addPeople(marketplace, [bob]);
  await addPractitioners(marketplace, [theo]);
  const joined = join(bob, 8, 12);
  const context = batchContextOf(marketplace.app);
  const request = { lanes: [bob], operationsMax: 100, waits: false };
  await accept(marketplace, [joined]);
  expect((await runBatch(context, request)).settled).toMatchObject([{ status: 'succeeded' }]);

  for (const what of ['decline', 'leave'] as const) {
    await accept(marketplace, [aboutEntry(what, joined)]);
    await meanwhile(marketplace, async (offering) => {
      await offering.query('select from users where id = $1 for no key update', [theo]);
      expect(await runBatch(context, request)).toMatchObject({ settled: [], busy: [bob] });
    });
    expect((await runBatch(context, request)).settled).toHaveLength(1);
  }
  expect(await entriesIn(marketplace)).toEqual(['left']);
});

it('keeps nothing of a slot that nobody waits for', async () => {
  const marketplace = await withPeople();
  const session = booking(ann, theo, 9);
  const joined = join(bob, 8, 12);
  expect(await endings(marketplace, [session, joined])).toEqual(['succeeded', 'succeeded']);
  expect(await endings(marketplace, [aboutEntry('leave', joined)])).toEqual(['succeeded']);
  expect(await endings(marketplace, [cancellation(theo, submissionOf(session).id)])).toEqual(['succeeded']);
  const { rows } = await marketplace.owner.query('select from freed_slots');
  expect(rows).toEqual([]);
});

it('has one place per client and practitioner, in a batch too, and takes nobody else off it', async () => {
  const marketplace = await withPeople();
  const joined = join(bob, 8, 12);
  await submit(marketplace, [joined, join(bob, 8, 12), aboutEntry('leave', joined), join(bob, 9, 12)]);
  const others = [
    about('waitlist.leave', ann, { entryId: submissionOf(joined).id }),
    about('waitlist.decline', ann, { entryId: submissionOf(joined).id }),
  ];
  expect(await endings(marketplace, others)).toEqual(['entry_not_found', 'entry_not_found']);
  await until('all four are settled', async () => {
    const { rows } = await marketplace.owner.query<{ n: number }>(
      `select count(*)::int as n from operations where kind like 'waitlist.%' and lane = $1 and settled_at is not null`,
      [bob],
    );
    return rows[0]?.n === 4;
  });
  expect((await entriesIn(marketplace)).sort()).toEqual(['left', 'waiting']);
  expect(await violations(marketplace)).toEqual({});
});

it('leaves the slot hold alone that somebody has asked for when they are offered something', async () => {
  const marketplace = await withPeople();
  const session = booking(ann, theo, 9);
  const held = about('slot.hold', bob, booking(bob, theo, 14).payload);
  expect(await endings(marketplace, [session, held, join(bob, 8, 12)])).toEqual([
    'succeeded',
    'succeeded',
    'succeeded',
  ]);
  await settled(marketplace, await submit(marketplace, [cancellation(ann, submissionOf(session).id)]));
  await untilOffered(marketplace, bob);
  const { rows } = await marketplace.owner.query(`select status from slot_holds where id = $1`, [
    submissionOf(held).id,
  ]);
  expect(rows).toEqual([{ status: 'live' }]);
  expect(await endings(marketplace, [about('slot.hold', bob, booking(bob, theo, 16).payload)])).toEqual(['succeeded']);
  expect(await offeredTo(marketplace)).toEqual([bob]);
  expect(await violations(marketplace)).toEqual({});
});
