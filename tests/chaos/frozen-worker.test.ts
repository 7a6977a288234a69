import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { backends } from '../support/backends.ts';
import { idOf } from '../support/builders.ts';
import {
  addPractitioners,
  endingOf,
  giveCredits,
  holdingsOf,
  meanwhile,
  openMarketplace,
  settled,
  startWorkerProcess,
  submit,
  violations,
} from '../support/marketplace.ts';
import { booking } from '../support/requests.ts';
import { openStage } from '../support/stage.ts';
import { until } from '../support/until.ts';

/* A process that stops and goes on later believes that no time has passed. */

const [ann, bob, theo] = [idOf('ann'), idOf('bob'), idOf('theo')];

describe.each(backends)('on $name', (backend) => {
  it('is put off by the others when it stops in the middle of a transaction: nobody ends up with a person for it (000-25, 000-36)', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPractitioners(marketplace, [ann, bob, theo]);
    const frozen = startWorkerProcess(marketplace);
    await giveCredits(marketplace, [ann, bob], 20);

    // It waits for Ann's account with her lane and both calendars in hand, and is stopped there.
    const [annsId = ''] = await meanwhile(marketplace, async (other) => {
      await other.query('select from accounts where owner_id = $1 for update', [ann]);
      const ids = await submit(marketplace, [booking(ann, theo, 9)]);
      await until('it waits', async () => {
        const { rowCount } = await marketplace.owner.query(
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        return rowCount === 1;
      });
      frozen.signal('SIGSTOP');
      return ids;
    });
    const healthy = startWorkerProcess(marketplace);
    const [bobsId = ''] = await submit(marketplace, [booking(bob, theo, 10)]);
    const operations = await settled(marketplace, [annsId, bobsId], 30_000);
    expect(operations.map(endingOf)).toEqual(['succeeded', 'succeeded']);

    frozen.signal('SIGCONT');
    const [again = ''] = await submit(marketplace, [booking(bob, theo, 11)]);
    expect((await settled(marketplace, [again])).map(endingOf)).toEqual(['succeeded']);
    expect(await holdingsOf(marketplace, ann)).toEqual({ balance: 10, debt: 0 });
    expect(await violations(marketplace)).toEqual({});
    expect([await frozen.stop(), await healthy.stop()].map(({ code }) => code)).toEqual([0, 0]);
  });
});

it('does nothing twice when it was stopped for longer than the queue waits for it (000-05, 000-21)', async () => {
  // Both backends at once, because it takes so long.
  await Promise.all(
    backends.map(async (backend) => {
      const stage = await openStage({ backend, pauseMaxMs: 300 });
      const [frozen] = stage.crew.members();
      frozen?.signal('SIGSTOP');
      await pause(33_000); // the jobs in its hands are given to others after 30 s
      frozen?.signal('SIGCONT');
      await pause(1_000);
      await stage.judge();
    }),
  );
});
