import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { findRedisProgram, type RedisServer, startRedis } from '../support/redis.ts';
import { openStage, type Stage, type StageOptions } from '../support/stage.ts';
import { until } from '../support/until.ts';

async function setup(options: Pick<StageOptions, 'pauseMaxMs'> = {}): Promise<{ redis: RedisServer; stage: Stage }> {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  return { redis, stage: await openStage({ backend: { name: 'redis', redisUrl: redis.url }, ...options }) };
}

it.runIf(findRedisProgram() !== null)('loses nothing when Redis is flushed again and again under load', async () => {
  const { redis, stage } = await setup();
  const client = new Redis(redis.url);
  onTestFinished(() => client.disconnect());
  for (let flushed = 0; flushed < 20; flushed += 1) {
    await pause(stage.chance.whole(50, 500));
    await client.flushall();
  }

  // The last time with jobs that nobody else's wake-up makes good: workers hold still until all is acknowledged.
  for (const worker of stage.crew.members()) worker.signal('SIGSTOP');
  const before = stage.load.count();
  await until('more is acknowledged', () => stage.load.count() > before + 50);
  await stage.load.stop();
  await until('jobs wait', async () => (await waitingIn(client)) > 0);
  await client.flushall();
  for (const worker of stage.crew.members()) worker.signal('SIGCONT');
  await stage.judge();
});

/** Jobs that no worker has taken yet. */
async function waitingIn(redis: Redis): Promise<number> {
  const lists = await redis.keys('*:wait');
  const lengths = await Promise.all(lists.map((list) => redis.llen(list)));
  return lengths.reduce((sum, length) => sum + length, 0);
}

it.runIf(findRedisProgram() !== null)('accepts, and loses nothing, while Redis is killed, away and empty', async () => {
  // At this pace nobody has as many operations waiting as they may (429) when Redis is back.
  const { redis, stage } = await setup({ pauseMaxMs: 100 });
  for (const awayMs of [200, 30_000, 1_000]) {
    await redis.kill();
    const before = stage.load.count();
    await pause(awayMs);
    expect(stage.load.count()).toBeGreaterThan(before);
    await redis.start();
    await pause(stage.chance.whole(500, 1_500));
  }
  await stage.judge();
});
