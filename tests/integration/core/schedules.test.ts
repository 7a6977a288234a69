import { expect, it } from 'vitest';
import { runSchedule } from '../../../db/schedules.ts';
import { completeSessions } from '../../../workers/schedules/complete-sessions.ts';
import { idOf } from '../../support/builders.ts';
import {
  addPeople,
  addPractitioners,
  bookingStatusOf,
  giveCredits,
  holdingsOf,
  letBegin,
  openMarketplace,
  settled,
  startTestWorker,
  submit,
  violations,
} from '../../support/marketplace.ts';
import { booking, submissionOf } from '../../support/requests.ts';
import { until } from '../../support/until.ts';

/* What time alone brings about. */

const [ann, pia, theo] = [idOf('ann'), idOf('pia'), idOf('theo')];

async function setup() {
  const marketplace = await openMarketplace({});
  await addPeople(marketplace, [ann]);
  await addPractitioners(marketplace, [theo]);
  return marketplace;
}

it('completes a session some time after its end, once, and pays what was held', async () => {
  const marketplace = await setup();
  await addPractitioners(marketplace, [pia]);
  const first = startTestWorker(marketplace, { peerSettlement: 'on_completion', completeAfterHours: 1 });
  await giveCredits(marketplace, [pia], 30);
  const [over, toCome] = [booking(pia, theo, 9), booking(pia, theo, 12)];
  await settled(marketplace, await submit(marketplace, [over, toCome]));
  const { id } = submissionOf(over);
  expect(await holdingsOf(marketplace, theo)).toMatchObject({ balance: 0 });

  // A second process keeps time, too.
  startTestWorker(marketplace, { completeAfterHours: 1 });
  await letBegin(marketplace, id);
  await marketplace.owner.query(
    `update bookings set ends_at = now() - interval '59 minutes 58 seconds',
    starts_at = now() - interval '2 hours', buffered_until = now() where id = $1`,
    [id],
  );
  await until('the session is completed', async () => (await bookingStatusOf(marketplace, id)) === 'completed');
  expect(await holdingsOf(marketplace, theo)).toMatchObject({ balance: 10 });
  expect(await bookingStatusOf(marketplace, submissionOf(toCome).id)).toBe('booked');
  await first.close();
  const { rows } = await marketplace.owner.query(`select lane, status from operations where kind = 'booking.complete'`);
  expect(rows).toEqual([{ lane: theo, status: 'succeeded' }]);
  expect(await violations(marketplace)).toEqual({});
});

it('records what is due once, also when nothing has been applied yet', async () => {
  const marketplace = await setup();
  const worker = startTestWorker(marketplace);
  await giveCredits(marketplace, [ann], 30);
  const over = booking(ann, theo, 9);
  await settled(marketplace, await submit(marketplace, [over]));
  await worker.close();
  await letBegin(marketplace, submissionOf(over).id);

  const schedule = completeSessions(0);
  const rounds = await Promise.all([1, 2, 3].map(() => runSchedule(marketplace.app, schedule)));
  rounds.push(await runSchedule(marketplace.app, schedule));
  expect(rounds.flatMap((round) => round ?? []).map(({ payload }) => payload)).toEqual([
    { bookingId: submissionOf(over).id },
  ]);
});
