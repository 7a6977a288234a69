import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { idOf } from '../../support/builders.ts';
import {
  addPeople,
  endingOf,
  endings,
  endingsOf,
  type Marketplace,
  openMarketplace,
  settled,
  startTestWorker,
  startWorkerProcess,
  submit,
  violations,
} from '../../support/marketplace.ts';
import { findRedisProgram, type RedisServer, startRedis } from '../../support/redis.ts';
import { allocation } from '../../support/requests.ts';
import { until } from '../../support/until.ts';

/* Redis drives the work and holds no truth: it may be away, come back empty, or never have heard of a job. */

const ann = idOf('ann');
const crowd = Array.from({ length: 50 }, (_, n) => idOf(`of the crowd, ${n}`));

async function setup(): Promise<{ marketplace: Marketplace; redis: RedisServer }> {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const marketplace = await openMarketplace({ backend: { name: 'redis', redisUrl: redis.url } });
  await addPeople(marketplace, [ann, ...crowd]);
  return { marketplace, redis };
}

/** Submits a statement after the other, `meanwhile` between each two of them; the ids. */
async function load(
  marketplace: Marketplace,
  statements: number,
  meanwhile: (statement: number) => Promise<void>,
): Promise<string[]> {
  const ids: string[] = [];
  for (let statement = 1; statement <= statements; statement += 1) {
    const requests = crowd.map((id) => allocation(id, 1));
    ids.push(...(await submit(marketplace, requests)));
    await meanwhile(statement);
  }
  return ids;
}

describe.runIf(findRedisProgram() !== null)('with a Redis of its own', () => {
  it('accepts while Redis is down and applies when it is back', async () => {
    const { marketplace, redis } = await setup();
    startTestWorker(marketplace);
    expect(await endings(marketplace, [allocation(ann, 1)])).toEqual(['succeeded']);
    await redis.kill();
    const begunAt = Date.now();
    const ids = await submit(marketplace, [allocation(ann, 1), allocation(ann, 2)]);
    expect(Date.now() - begunAt).toBeLessThan(1_000);
    await redis.start();
    expect(endingsOf(await settled(marketplace, ids))).toEqual({ succeeded: 2 });
  });

  it('begins to work when Redis comes up after the worker', async () => {
    const { marketplace, redis } = await setup();
    await redis.kill();
    startTestWorker(marketplace);
    const ids = await submit(marketplace, [allocation(ann, 1)]);
    await redis.start();
    expect((await settled(marketplace, ids)).map(endingOf)).toEqual(['succeeded']);
  });

  it('loses nothing to FLUSHALL under load', async () => {
    const { marketplace, redis } = await setup();
    startTestWorker(marketplace);
    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    const ids = await load(marketplace, 150, async (statement) => {
      if (statement % 10 === 0) await client.flushall();
    });
    expect(endingsOf(await settled(marketplace, ids, 40_000))).toEqual({ succeeded: ids.length });
    expect(await violations(marketplace)).toEqual({});
  });

  it('loses nothing when Redis is killed under load and stays away for a while', async () => {
    const { marketplace, redis } = await setup();
    startTestWorker(marketplace);
    const ids = await load(marketplace, 200, async (statement) => {
      if (statement === 10) await redis.kill();
      if (statement === 190) await redis.start();
    });
    expect(endingsOf(await settled(marketplace, ids, 40_000))).toEqual({ succeeded: ids.length });
    expect(await violations(marketplace)).toEqual({});
    // By its own job, not by the sweep.
    const later = await submit(marketplace, [allocation(ann, 1)]);
    expect((await settled(marketplace, later, 1_500)).map(endingOf)).toEqual(['succeeded']);
  });

  it('asks a person within the retry budget although every job of an operation is lost', async () => {
    const { marketplace, redis } = await setup();
    await marketplace.owner.query(
      `create function fail() returns trigger language plpgsql as $$
       begin raise exception 'broken for now' using errcode = '40001'; end $$`,
    );
    await marketplace.owner.query(
      'create trigger fail before insert on transfers for each row execute function fail()',
    );
    startTestWorker(marketplace, { retryAttempts: 4, retryBaseMs: 300 });
    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    const [id = ''] = await submit(marketplace, [allocation(ann, 1)]);
    const loseJobs = setInterval(() => void client.del('{counterfoil}:allocation:delayed'), 20);
    onTestFinished(() => clearInterval(loseJobs));
    const [operation] = await settled(marketplace, [id], 20_000);
    expect(operation).toMatchObject({ status: 'reconciling', attempts: 4 });
  });

  it('ends a worker in time although Redis is away', async () => {
    const { marketplace, redis } = await setup();
    const worker = startWorkerProcess(marketplace);
    expect(await endings(marketplace, [allocation(ann, 1)])).toEqual(['succeeded']);
    await redis.kill();
    await until('the worker has noticed', () => worker.output().includes('redis'));
    const exit = await worker.stop();
    expect(exit).toMatchObject({ code: 0, signal: null });
    expect(exit.tookMs).toBeLessThan(20_000);
  });
});
