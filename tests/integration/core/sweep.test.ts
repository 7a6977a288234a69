import type pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { sweep } from '../../../db/sweep.ts';
import type { Uuid } from '../../../shared/domain/ids.ts';
import type { Producer } from '../../../shared/runtime/queues.ts';
import { startSweeper } from '../../../workers/sweeper.ts';
import { idOf } from '../../support/builders.ts';
import { accept, type Marketplace, meanwhile, openMarketplace, silent } from '../../support/marketplace.ts';
import { allocation, type Request, submissionOf, transfer } from '../../support/requests.ts';
import { until } from '../../support/until.ts';

/* The sweep is what no crash can take away: whatever waits without a job is found by it. */

const always = { crashesMax: 3, notWithinMs: 0, lags: new Map<string, number>() };
const [ann, bob] = [idOf('ann'), idOf('bob')];

/** Records requests and makes them and their lanes as old as given: past the grace that acceptance has for its jobs. */
async function acceptLongAgo(marketplace: Marketplace, requests: readonly Request[], seconds = 10): Promise<Uuid[]> {
  await accept(marketplace, requests);
  await marketplace.owner.query('update operations set accepted_at = now() - make_interval(secs => $1)', [seconds]);
  await marketplace.owner.query(
    'update low_water set accepted_at = least(accepted_at, now() - make_interval(secs => $1))',
    [seconds + 1],
  );
  return requests.map((request) => submissionOf(request).id);
}

async function foundBy(pool: pg.Pool, lags: ReadonlyMap<string, number> = new Map()): Promise<Uuid[]> {
  return ((await sweep(pool, { ...always, lags })) ?? []).map(({ id }) => id).sort();
}

async function lowWaterOf({ owner }: Marketplace): Promise<{ isBelow: boolean; ageS: number }> {
  const { rows } = await owner.query<{ is_below: boolean; age: number }>(
    `select accepted_at <= coalesce((select min(accepted_at) from operations where status = 'accepted'), 'infinity')
       as is_below, extract(epoch from now() - accepted_at)::float8 as age from low_water`,
  );
  return { isBelow: rows[0]?.is_below ?? false, ageS: rows[0]?.age ?? 0 };
}

it('finds the head of every lane that has waited longer than acceptance needs for its job (000-27)', async () => {
  const marketplace = await openMarketplace();
  const [first] = await acceptLongAgo(marketplace, [allocation(ann, 1), allocation(ann, 2)]);
  const [third] = await acceptLongAgo(marketplace, [allocation(bob, 3)]);
  await accept(marketplace, [allocation(idOf('new'), 1)]);
  expect(await foundBy(marketplace.app)).toEqual([first, third].sort());
});

it('leaves an operation alone that is due later, and its lane with it (000-36)', async () => {
  const marketplace = await openMarketplace();
  await acceptLongAgo(marketplace, [allocation(ann, 1), allocation(ann, 2)]);
  await marketplace.owner.query(
    "update operations set status = 'retrying', due_at = now() + interval '5 seconds' where lane_seq = 1",
  );
  expect(await foundBy(marketplace.app)).toEqual([]);
});

it('leaves to the queues what they have not come to yet, but not what has been tried', async () => {
  const marketplace = await openMarketplace();
  const lags = new Map([['credits.allocate', 60_000]]);
  const [allocated] = await acceptLongAgo(marketplace, [allocation(ann, 1)]);
  const [transferred] = await acceptLongAgo(marketplace, [transfer(bob, ann, 1)]);
  expect(await foundBy(marketplace.app, lags)).toEqual([transferred]);

  await marketplace.owner.query("update operations set status = 'retrying', due_at = now() where id = $1", [allocated]);
  expect(await foundBy(marketplace.app, lags)).toEqual([allocated, transferred].sort());

  await marketplace.owner.query(
    `update operations set status = 'accepted', due_at = null, accepted_at = now() - interval '63 seconds' where id = $1`,
    [allocated],
  );
  await marketplace.owner.query("update low_water set accepted_at = now() - interval '64 seconds'");
  expect(await foundBy(marketplace.app, lags)).toEqual([allocated, transferred].sort());
});

it('is done by one process at a time', async () => {
  const marketplace = await openMarketplace();
  await meanwhile(marketplace, async (other) => {
    await other.query('select pg_advisory_xact_lock(726173112)');
    expect(await sweep(marketplace.app, always)).toBe(null);
  });
  expect(await sweep(marketplace.app, always)).toEqual([]);
});

it('is not done again soon after somebody has done it, unless the clock was set back', async () => {
  const marketplace = await openMarketplace();
  const seldom = { ...always, notWithinMs: 3_600_000 };
  expect(await sweep(marketplace.app, seldom)).toEqual([]);
  expect(await sweep(marketplace.app, seldom)).toBe(null);
  await marketplace.owner.query("update low_water set swept_at = now() - interval '61 minutes'");
  expect(await sweep(marketplace.app, seldom)).toEqual([]);
  await marketplace.owner.query("update low_water set swept_at = now() + interval '1 minute'");
  expect(await sweep(marketplace.app, seldom)).toEqual([]);
});

it('never raises the low-water mark past what waits', async () => {
  const marketplace = await openMarketplace();
  const [id] = await acceptLongAgo(marketplace, [allocation(ann, 1)], 600);
  await sweep(marketplace.app, always);
  expect(await lowWaterOf(marketplace)).toMatchObject({ isBelow: true });
  expect(await foundBy(marketplace.app)).toEqual([id]);

  await marketplace.owner.query(`update operations set status = 'succeeded', outcome = '{}', settled_at = now()`);
  await sweep(marketplace.app, always);
  const { ageS } = await lowWaterOf(marketplace);
  expect(ageS).toBeGreaterThan(14);
  expect(ageS).toBeLessThan(25);
});

it('sees how long transactions of others are open: what they have accepted is not visible yet', async () => {
  const marketplace = await openMarketplace();
  await meanwhile(marketplace, async (other) => {
    const { rows: begun } = await other.query('select now() as at');
    const { rows: seen } = await marketplace.app.query('select oldest_transaction() as at');
    expect(seen).toEqual(begun);
  });
});

it('comes down again when the clock was set back, so that what is accepted from then on is found', async () => {
  const marketplace = await openMarketplace();
  await marketplace.owner.query("update low_water set accepted_at = now() + interval '1 hour'");
  await sweep(marketplace.app, always);
  await accept(marketplace, [allocation(ann, 1)]);
  await marketplace.owner.query("update operations set accepted_at = now() - interval '3 seconds'");
  expect(await foundBy(marketplace.app)).toHaveLength(1);
});

it('wakes nobody whom this process is about to serve: in a backlog that would be everybody, every few seconds', async () => {
  const marketplace = await openMarketplace();
  await acceptLongAgo(marketplace, [allocation(ann, 1), allocation(bob, 2)]);
  expect(await firstWokenBy(marketplace, { isWaiting: (lane) => lane === ann })).toEqual([bob]);
});

it('wakes nobody whose job still waits in its queue: in a backlog those are most', async () => {
  const marketplace = await openMarketplace();
  await acceptLongAgo(marketplace, [allocation(ann, 1), transfer(bob, ann, 1)]);
  const lags = async () => new Map([['allocation', 60_000] as const]);
  expect(await firstWokenBy(marketplace, { lags })).toEqual([bob]);
});

it('wakes whoever waits when nobody knows how far the queues are', async () => {
  const marketplace = await openMarketplace();
  await acceptLongAgo(marketplace, [allocation(ann, 1)]);
  const lags = () => Promise.reject(new Error('Redis is away'));
  expect(await firstWokenBy(marketplace, { lags })).toEqual([ann]);
});

interface Surroundings {
  readonly isWaiting?: (lane: Uuid) => boolean;
  readonly lags?: Producer['lags'];
}

/** The lanes that a sweeper wakes first. */
async function firstWokenBy(
  marketplace: Marketplace,
  { isWaiting = () => false, lags = async () => new Map() }: Surroundings,
): Promise<Uuid[]> {
  const woken: Uuid[] = [];
  const sweeper = startSweeper({
    pool: marketplace.app,
    producer: { add: async (wakes) => void woken.push(...wakes.flatMap(({ data }) => data.lanes)), lags },
    log: silent,
    kinds: ['credits.allocate', 'credits.transfer'],
    queueOf: (kind) => (kind === 'credits.allocate' ? 'allocation' : 'booking'),
    isWaiting,
  });
  onTestFinished(() => sweeper.close());
  await until('somebody is woken', () => woken.length > 0);
  return woken;
}
