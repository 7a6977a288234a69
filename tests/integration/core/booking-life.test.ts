import { expect, it } from 'vitest';
import type { Uuid } from '../../../shared/domain/ids.ts';
import { runBatch } from '../../../workers/run-batch.ts';
import { batchContextOf } from '../../support/batches.ts';
import { idOf } from '../../support/builders.ts';
import {
  accept,
  addPeople,
  addPractitioners,
  bookingStatusOf,
  endings,
  giveCredits,
  holdingsOf,
  letBegin,
  openMarketplace,
  settled,
  startTestWorker,
  submit,
  violations,
} from '../../support/marketplace.ts';
import { about, allocation, booking, cancellation, startOf, submissionOf } from '../../support/requests.ts';

/* What becomes of a session after it was booked, from the request to the ledger. */

const [ann, bob, theo, pia] = [idOf('ann'), idOf('bob'), idOf('theo'), idOf('pia')];

it('moves a session under its id: the old slot is free, the new one taken; and one asked for with its booking, too', async () => {
  const marketplace = await openMarketplace({});
  await addPeople(marketplace, [ann, bob]);
  await addPractitioners(marketplace, [theo]);
  startTestWorker(marketplace);
  await giveCredits(marketplace, [ann, bob], 30);

  const first = booking(ann, theo, 9);
  const { id } = submissionOf(first);
  const moved = about('booking.reschedule', ann, { bookingId: id, startsAt: startOf(12) });
  expect(await endings(marketplace, [first, moved])).toEqual(['succeeded', 'succeeded']);

  const both = [booking(bob, theo, 12), booking(bob, theo, 9)];
  expect(await endings(marketplace, both)).toEqual(['slot_taken', 'succeeded']);
  const back = [about('booking.reschedule', theo, { bookingId: id, startsAt: startOf(9) })];
  expect(await endings(marketplace, back)).toEqual(['slot_taken']);
  expect(await holdingsOf(marketplace, ann)).toMatchObject({ balance: 20 });
  expect(await violations(marketplace)).toEqual({});
});

it('leaves the move of a booking that the batch itself makes to the next batch: nobody has read the calendars it needs', async () => {
  const marketplace = await openMarketplace({});
  await addPeople(marketplace, [ann, bob]);
  await addPractitioners(marketplace, [theo]);
  const first = booking(ann, theo, 9);
  const { id } = submissionOf(first);
  const moved = about('booking.reschedule', ann, { bookingId: id, startsAt: startOf(12) });
  await accept(marketplace, [...[ann, bob].map((id) => allocation(id, 30)), booking(bob, theo, 12), first, moved]);

  const context = batchContextOf(marketplace.app);
  const request = { lanes: [bob, ann, idOf('nobody')], operationsMax: 100, waits: true };
  const { settled: ended, unfinished, depth } = await runBatch(context, request);
  expect(depth).toBeCloseTo(5 / 3); // two of Bob's wait, three of Ann's, and nobody's
  expect([ended.map(({ operation }) => operation.kind).sort(), unfinished]).toEqual([
    ['booking.create', 'booking.create', 'credits.allocate', 'credits.allocate'],
    [ann],
  ]);
  expect((await runBatch(context, request)).settled).toMatchObject([{ code: 'slot_taken' }]);
});

it('keeps the time of a session free that was completed before it was over, which no constraint does', async () => {
  const marketplace = await openMarketplace({});
  await addPeople(marketplace, [ann, bob]);
  await addPractitioners(marketplace, [theo, pia]);
  startTestWorker(marketplace);
  await giveCredits(marketplace, [ann, bob], 30);

  const first = booking(ann, theo, 9);
  const { id: bookingId } = submissionOf(first);
  await settled(marketplace, await submit(marketplace, [first]));
  await letBegin(marketplace, bookingId);
  expect(await endings(marketplace, [about('booking.complete', theo, { bookingId })])).toEqual(['succeeded']);
  await marketplace.owner.query('update bookings set ends_at = $2, buffered_until = $2 where id = $1', [
    bookingId,
    hoursFromNow(6),
  ]);

  const at = (clientId: Uuid, practitionerId: Uuid, startsAt: string) =>
    about('booking.create', clientId, { practitionerId, startsAt, durationMinutes: 60, sessionType: 'massage' });
  const others = [at(bob, theo, hoursFromNow(5)), at(ann, pia, hoursFromNow(5)), at(bob, theo, hoursFromNow(6))];
  expect(await endings(marketplace, others)).toEqual(['slot_taken', 'client_busy', 'succeeded']);
});

/** A full hour: so many hours after the next one. */
function hoursFromNow(hours: number): string {
  const hourMs = 3_600_000;
  return new Date((Math.ceil(Date.now() / hourMs) + hours) * hourMs).toISOString();
}

it('lets a cancellation and a move of one session race: it ends once', async () => {
  const marketplace = await openMarketplace({});
  await addPeople(marketplace, [ann]);
  await addPractitioners(marketplace, [theo]);
  startTestWorker(marketplace);
  await giveCredits(marketplace, [ann], 500);

  const booked = Array.from({ length: 10 }, (_, n) => booking(ann, theo, n + 1));
  await settled(marketplace, await submit(marketplace, booked));
  const ids = booked.map((one) => submissionOf(one).id);
  const race = ids.flatMap((bookingId, n) => [
    about('booking.reschedule', ann, { bookingId, startsAt: startOf(n + 13) }),
    cancellation(theo, bookingId),
  ]);
  await settled(marketplace, await submit(marketplace, race));
  expect(await Promise.all(ids.map((id) => bookingStatusOf(marketplace, id)))).toEqual(ids.map(() => 'cancelled'));
  expect(await holdingsOf(marketplace, ann)).toMatchObject({ balance: 500 });
  expect(await violations(marketplace)).toEqual({});
});
