import { expect, it } from 'vitest';
import { createPacing, eventLoopShare } from './pacing.ts';

/** A process that is busy for a share of its time, and a clock. */
function setup() {
  const world = { share: 0, ms: 0, measured: 0 };
  const pacing = createPacing({
    busyShare: () => {
      world.measured += 1;
      return world.share;
    },
    now: () => world.ms,
  });
  return { world, pacing };
}

it.each([
  ['nobody while there is time to spare', 0.5, 0],
  ['a little when there is less', 0.6, 6],
  ['no longer than it is worth', 1, 16],
])('makes statements wait for %s', (_, share, expected) => {
  const { world, pacing } = setup();
  world.share = share;

  expect(pacing()).toBe(expected);
});

it('looks again five times a second, however many statements there are', () => {
  const { world, pacing } = setup();
  world.share = 1;
  for (let n = 0; n < 1_000; n += 1) pacing();
  expect(world.measured).toBe(1);

  world.share = 0;
  world.ms += 199;
  expect(pacing()).toBe(16);
  world.ms += 1;
  expect(pacing()).toBe(0);
});

it('takes a process for busy that does not come to wait, and for less busy since it has waited', async () => {
  const share = eventLoopShare();
  for (const end = performance.now() + 5; performance.now() < end; );
  expect(share()).toBe(1);

  await expect.poll(share).toBeLessThan(1);
});
