import { setTimeout as pause } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { backends } from '../support/backends.ts';
import { openStage } from '../support/stage.ts';

describe.each(backends)('on $name', (backend) => {
  it('loses nothing, and does nothing twice, when workers are killed at random points (000-05, 000-31, 001-19, 001-47)', async () => {
    const stage = await openStage({ backend, workers: 3 });
    const faultsEndAt = Date.now() + 6_000;
    let killed = 0;
    while (Date.now() < faultsEndAt) {
      await pause(stage.chance.whole(100, 900));
      await stage.chance.oneOf(stage.crew.members())?.kill();
      killed += 1;
    }
    await stage.judge({ workers: killed });
  });
});
