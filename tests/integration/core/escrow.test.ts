import { expect, it } from 'vitest';
import { idOf } from '../../support/builders.ts';
import {
  addPractitioners,
  endings,
  giveCredits,
  holdingsOf,
  letBegin,
  type Marketplace,
  openMarketplace,
  settled,
  startTestWorker,
  submit,
  violations,
} from '../../support/marketplace.ts';
import { about, booking, cancellation, startOf, submissionOf, transfer } from '../../support/requests.ts';

/* Peer sessions whose cost is held until they are over. */

const [ann, theo, bob] = [idOf('ann'), idOf('theo'), idOf('bob')];

it('holds the cost of a peer session until it is over, and pays it once, or gives it free', async () => {
  const marketplace = await openMarketplace({});
  await addPractitioners(marketplace, [ann, theo]);
  startTestWorker(marketplace, { peerSettlement: 'on_completion' });
  await giveCredits(marketplace, [ann], 30);

  const [kept, missed, dropped] = [booking(ann, theo, 9), booking(ann, theo, 11), booking(ann, theo, 13)];
  const [first] = await settled(marketplace, await submit(marketplace, [kept, missed, dropped]));
  expect(first?.outcome).toMatchObject({ peer: true, balanceBefore: 30, balanceAfter: 30 });
  expect(await endings(marketplace, [booking(ann, theo, 15)])).toEqual(['insufficient_credits']);

  const [keptId, missedId, droppedId] = [submissionOf(kept).id, submissionOf(missed).id, submissionOf(dropped).id];
  await settled(marketplace, await submit(marketplace, [cancellation(ann, droppedId)]));
  expect(await endings(marketplace, [about('booking.complete', theo, { bookingId: keptId })])).toEqual(['not_started']);

  await letBegin(marketplace, keptId);
  const completions = [1, 2].map(() => about('booking.complete', theo, { bookingId: keptId }));
  expect(await endings(marketplace, completions)).toEqual(['succeeded', 'not_cancellable']);
  await marketplace.owner.query(
    `update bookings set starts_at = starts_at - interval '3 hours',
    ends_at = ends_at - interval '3 hours', buffered_until = ends_at - interval '3 hours' where id = $1`,
    [keptId],
  );
  await letBegin(marketplace, missedId);
  const absent = about('booking.no_show', theo, { bookingId: missedId, party: 'practitioner' });
  expect(await endings(marketplace, [absent])).toEqual(['succeeded']);

  expect(await holdingsOf(marketplace, ann)).toMatchObject({ balance: 20 });
  expect(await holdingsOf(marketplace, theo)).toMatchObject({ balance: 10 });
  expect(await violations(marketplace)).toEqual({});
});

it('keeps each session to the policy that it was booked under', async () => {
  const marketplace = await openMarketplace({});
  await addPractitioners(marketplace, [ann, theo]);
  const before = startTestWorker(marketplace);
  await giveCredits(marketplace, [ann], 40);
  const paid = [booking(ann, theo, 9), booking(ann, theo, 11)];
  expect(await endings(marketplace, paid)).toEqual(['succeeded', 'succeeded']);
  await before.close();

  startTestWorker(marketplace, { peerSettlement: 'on_completion' });
  const held = booking(ann, theo, 13);
  expect(await endings(marketplace, [held])).toEqual(['succeeded']);
  expect(await holdingsOf(marketplace, ann)).toMatchObject({ balance: 20 });
  expect(await holdingsOf(marketplace, theo)).toMatchObject({ balance: 20 });

  const [moved, dropped] = paid.map((one) => submissionOf(one).id);
  const after = [
    about('booking.reschedule', ann, { bookingId: moved, startsAt: startOf(15) }),
    cancellation(ann, dropped ?? ''),
    cancellation(ann, submissionOf(held).id),
  ];
  expect(await endings(marketplace, after)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  expect(await holdingsOf(marketplace, ann)).toMatchObject({ balance: 30 });
  expect(await holdingsOf(marketplace, theo)).toMatchObject({ balance: 10 });
  expect(await violations(marketplace)).toEqual({});
});

it('repays a debt first from what comes back of a hold, as from any income', async () => {
  const marketplace = await openMarketplace({});
  await addPractitioners(marketplace, [ann, theo, bob]);
  const before = startTestWorker(marketplace);
  await giveCredits(marketplace, [theo], 10);
  const earning = booking(theo, ann, 9);
  expect(await endings(marketplace, [earning])).toEqual(['succeeded']);
  await before.close();

  startTestWorker(marketplace, { peerSettlement: 'on_completion' });
  await giveCredits(marketplace, [ann], 6);
  const held = booking(ann, bob, 11);
  expect(await endings(marketplace, [held, transfer(ann, bob, 6)])).toEqual(['succeeded', 'succeeded']);
  // Ann has 10, all of it held, and has to give back 10.
  expect(await endings(marketplace, [cancellation(theo, submissionOf(earning).id)])).toEqual(['succeeded']);
  expect(await holdingsOf(marketplace, ann)).toMatchObject({ balance: 10, debt: 10 });
  expect(await violations(marketplace)).toEqual({});

  expect(await endings(marketplace, [cancellation(ann, submissionOf(held).id)])).toEqual(['succeeded']);
  expect(await holdingsOf(marketplace, ann)).toMatchObject({ balance: 0, debt: 0 });
  expect(await violations(marketplace)).toEqual({});
});

it('holds the cost again of a session that was moved to where it is free, and back', async () => {
  const marketplace = await openMarketplace({});
  await addPractitioners(marketplace, [ann, theo]);
  startTestWorker(marketplace, { peerSettlement: 'on_completion' });
  await giveCredits(marketplace, [ann], 10);
  const session = booking(ann, theo, 9);
  const { id } = submissionOf(session);
  expect(await endings(marketplace, [session])).toEqual(['succeeded']);

  await ask(marketplace, 0);
  expect(
    await endings(marketplace, [about('booking.reschedule', ann, { bookingId: id, startsAt: startOf(11) })]),
  ).toEqual(['succeeded']);
  await ask(marketplace, 8);
  expect(
    await endings(marketplace, [about('booking.reschedule', ann, { bookingId: id, startsAt: startOf(13) })]),
  ).toEqual(['succeeded']);
  const { rows } = await marketplace.owner.query('select amount::int, status from holds where id = $1', [id]);
  expect(rows).toEqual([{ amount: 8, status: 'live' }]);
  expect(await violations(marketplace)).toEqual({});

  await letBegin(marketplace, id);
  expect(await endings(marketplace, [about('booking.complete', theo, { bookingId: id })])).toEqual(['succeeded']);
  expect(await holdingsOf(marketplace, theo)).toMatchObject({ balance: 8 });
  expect(await violations(marketplace)).toEqual({});
});

/** Theo asks for something else from now on. */
async function ask({ owner }: Marketplace, credits: number): Promise<void> {
  const prices = [{ sessionType: 'massage', durationMinutes: 60, credits }];
  await owner.query('update practitioners set prices = $2 where id = $1', [theo, JSON.stringify(prices)]);
}
