import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { backends } from '../support/backends.ts';
import { findRedisProgram, startRedis } from '../support/redis.ts';
import { openStage } from '../support/stage.ts';
import { until } from '../support/until.ts';

describe.each(backends)('on $name', (backend) => {
  it('keeps what was acknowledged when the API is killed at random points, and gives one answer for one key (001-22, 000-21)', async () => {
    const stage = await openStage({ backend });
    const faultsEndAt = Date.now() + 6_000;
    let killed = 0;
    while (Date.now() < faultsEndAt) {
      await pause(stage.chance.whole(300, 1_200));
      await stage.api().kill();
      killed += 1;
    }
    await stage.judge({ api: killed });
  });
});

it.runIf(findRedisProgram() !== null)(
  'applies what was recorded when the API is killed between the commit and the job',
  async () => {
    const redis = await startRedis();
    onTestFinished(redis.stop);
    const stage = await openStage({ backend: { name: 'redis', redisUrl: redis.url } });
    // A Redis that takes every job and answers nothing: whatever is accepted from here on has no job.
    process.kill(redis.pid(), 'SIGSTOP');
    const before = stage.load.count();
    await until('operations without a job are acknowledged', () => stage.load.count() > before + 50);
    await stage.api().kill();
    process.kill(redis.pid(), 'SIGCONT');
    expect(stage.load.count()).toBeGreaterThan(before);
    await stage.judge({ api: 1 });
  },
);
