import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { record } from '../../../api/acceptance/record.ts';
import { type Acceptance, acceptOperations, type Submission } from '../../../db/accept.ts';
import { createPool } from '../../../db/client.ts';
import { backends } from '../../support/backends.ts';
import { idOf } from '../../support/builders.ts';
import {
  accept,
  addPeople,
  endingOf,
  holdingsOf,
  type Marketplace,
  meanwhile,
  openMarketplace,
  settled,
  startTestWorker,
  violations,
  wake,
} from '../../support/marketplace.ts';
import { allocation, type Request, submissionOf, transfer } from '../../support/requests.ts';

/* Accepted means recorded: once, under its own number, whoever asks at the same time and whatever fails beside it. */

const [ann, bob] = [idOf('ann'), idOf('bob')];
const plenty = 1_000_000;

async function rowsOf({ owner }: Marketplace) {
  const { rows } = await owner.query<{ id: string; lane: string; seq: number; at: Date }>(
    'select id, lane, lane_seq::int as seq, accepted_at as at from operations order by lane, lane_seq',
  );
  return rows;
}

/** As several API processes do, each over connections of its own. */
async function inProcesses<Result>(
  { databaseUrl }: Marketplace,
  count: number,
  work: (pool: pg.Pool, process: number) => Promise<Result>,
): Promise<Result[]> {
  const pools = Array.from({ length: count }, () =>
    createPool(databaseUrl, { role: 'app', name: 'counterfoil-test', max: 4, log: () => {} }),
  );
  try {
    return await Promise.all(pools.map(work));
  } finally {
    await Promise.all(pools.map((pool) => pool.end()));
  }
}

function statusesOf(acceptances: readonly { status: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of acceptances) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe.each(backends)('on $name', (backend) => {
  it('records 50 requests under one key once, with one effect and the same answer for all (000-21, 000-22)', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPeople(marketplace, [ann]);
    startTestWorker(marketplace);
    const request = allocation(ann, 7);
    const answers = await inProcesses(marketplace, 5, (pool) =>
      Promise.all(
        Array.from({ length: 10 }, async () => {
          const [answer] = await record(pool, [submissionOf(request)], plenty);
          if (answer?.status === 'accepted') wake(marketplace, [request]);
          return (await settled(marketplace, [submissionOf(request).id])).map(({ id, outcome }) => ({
            answer,
            id,
            outcome,
          }));
        }),
      ),
    );
    const all = answers.flat(2);
    expect(statusesOf(all.flatMap(({ answer }) => answer ?? []))).toEqual({ accepted: 1, repeated: 49 });
    expect(new Set(all.map(({ id, outcome }) => JSON.stringify({ id, outcome }))).size).toBe(1);
    expect(await holdingsOf(marketplace, ann)).toEqual({ balance: 7, debt: 0 });
    expect(await violations(marketplace)).toEqual({});
  });
});

it('hands out gapless numbers, whoever accepts beside it, fails beside it or repeats what is there', async () => {
  const marketplace = await openMarketplace();
  const people = Array.from({ length: 5 }, (_, n) => idOf(`person ${n}`));
  const shared: Request[] = people.map((id) => allocation(id, 1));
  await inProcesses(marketplace, 6, async (pool, process) => {
    for (let round = 0; round < 20; round += 1) {
      const fresh = Array.from({ length: 10 }, (_, n) => allocation(people[(process + round * n) % 5] ?? ann, 1 + n));
      // Everybody tries to record the shared ones too: all but one must see them as repeated, and lose no number.
      const submissions = [...fresh, ...(round % 4 === 0 ? shared : [])].map(submissionOf);
      const results = await record(pool, submissions, plenty);
      expect(results.map(({ status }) => status)).not.toContain('failed');
    }
  });
  const rows = await rowsOf(marketplace);
  expect(rows).toHaveLength(6 * 20 * 10 + 5);
  expect(await violations(marketplace)).toEqual({}); // lane-numbers-are-gapless, accepted-times-follow-lane-order
});

it('keeps the order of one statement within each lane', async () => {
  const marketplace = await openMarketplace();
  const requests = Array.from({ length: 30 }, (_, n) => allocation(n % 3 === 0 ? ann : bob, 1 + n));
  await accept(marketplace, requests);
  const order = (await rowsOf(marketplace)).map(({ id }) => id);
  const expected = [ann, bob].sort().flatMap((lane) => requests.map(submissionOf).filter((row) => row.lane === lane));
  expect(order).toEqual(expected.map(({ id }) => id));
});

it('tells a repeat from a reused key, and changes nothing for either', async () => {
  const marketplace = await openMarketplace();
  const request = allocation(ann, 7);
  const reused = { ...request, payload: { userId: ann, amount: 8, source: 'bonus' } };
  expect(statusesOf(await accept(marketplace, [request]))).toEqual({ accepted: 1 });
  expect(statusesOf(await accept(marketplace, [request]))).toEqual({ repeated: 1 });
  expect(statusesOf(await accept(marketplace, [reused]))).toEqual({ reused: 1 });
  expect(await rowsOf(marketplace)).toHaveLength(1);
});

it('refuses what a lane has no room for, and records the rest of the statement', async () => {
  const marketplace = await openMarketplace();
  const requests = [...Array.from({ length: 5 }, () => allocation(ann, 1)), allocation(bob, 1)];
  const acceptances = await acceptOperations(marketplace.app, requests.map(submissionOf), 3);
  expect(acceptances.map(({ status }) => status)).toEqual([
    ...Array(3).fill('accepted'),
    ...Array(2).fill('refused'),
    'accepted',
  ]);
  expect(statusesOf(await acceptOperations(marketplace.app, [submissionOf(allocation(ann, 1))], 3))).toEqual({
    refused: 1,
  });
  expect(await violations(marketplace)).toEqual({});
});

it('does not let one that cannot be recorded fail the others', async () => {
  const marketplace = await openMarketplace();
  const damaged: Submission = { ...submissionOf(allocation(ann, 1)), payload: { text: '\0' } };
  const results = await record(
    marketplace.app,
    [submissionOf(allocation(ann, 1)), damaged, submissionOf(allocation(bob, 1))],
    plenty,
  );
  expect(results.map(({ status }) => status)).toEqual(['accepted', 'failed', 'accepted']);
  expect(await violations(marketplace)).toEqual({});
});

it('never waits for a worker that is applying the lane', async () => {
  const marketplace = await openMarketplace();
  await accept(marketplace, [allocation(ann, 1)]);
  await meanwhile(marketplace, async (other) => {
    await other.query('select from lane_heads for update');
    expect(statusesOf(await accept(marketplace, [allocation(ann, 1)]))).toEqual({ accepted: 1 });
  });
});

it('waits for nobody in a circle, in whichever order lanes are named', async () => {
  const marketplace = await openMarketplace();
  const people = Array.from({ length: 40 }, (_, n) => idOf(`person ${n}`));
  const acceptances = await inProcesses(marketplace, 4, async (pool, process) => {
    const answers: Acceptance[] = [];
    for (let round = 0; round < 10; round += 1) {
      const shuffled = people.toSorted((a, b) => (a < b ? -1 : 1) * (process % 2 === 0 ? -1 : 1));
      answers.push(
        ...(await acceptOperations(
          pool,
          shuffled.map((id) => submissionOf(allocation(id, 1))),
          plenty,
        )),
      );
    }
    return answers;
  });
  expect(statusesOf(acceptances.flat())).toEqual({ accepted: 1_600 });
});

it('applies what was accepted together as if it had come one by one', async () => {
  const marketplace = await openMarketplace();
  await addPeople(marketplace, [ann, bob]);
  startTestWorker(marketplace);
  const requests = [allocation(ann, 10), transfer(ann, bob, 4), transfer(ann, bob, 7), transfer(bob, ann, 4)];
  await accept(marketplace, requests);
  const operations = await settled(
    marketplace,
    requests.map((request) => submissionOf(request).id),
  );
  expect(operations.slice(0, 3).map(endingOf)).toEqual(['succeeded', 'succeeded', 'insufficient_credits']);
});
