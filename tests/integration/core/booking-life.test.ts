import { expect, it } from 'vitest';
import { kindsByName, operations } from '../../../shared/operations/registry.ts';
import { runBatch } from '../../../workers/run-batch.ts';
import { idOf, plainSettings } from '../../support/builders.ts';
import {
  accept,
  addPeople,
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
import { allocation, booking, cancellation, type Request, startOf, submissionOf } from '../../support/requests.ts';

/* What becomes of a session after it was booked, from the request to the ledger. */

const [ann, bob, theo] = [idOf('ann'), idOf('bob'), idOf('theo')];

let keys = 0;

function about(kind: string, callerId: string, payload: object): Request {
  keys += 1;
  return { kind, caller: { id: callerId, roles: [] }, payload, key: `life ${keys}` };
}

async function statusOf({ owner }: Marketplace, id: string): Promise<string | undefined> {
  const { rows } = await owner.query<{ status: string }>('select status from bookings where id = $1', [id]);
  return rows[0]?.status;
}

/** Submits, and waits for what becomes of it. */
async function told(marketplace: Marketplace, requests: readonly Request[]): Promise<string[]> {
  await submit(marketplace, requests);
  return endings(marketplace, requests);
}

it('moves a session under its id: the old slot is free, the new one taken; and one asked for with its booking, too', async () => {
  const marketplace = await openMarketplace({});
  await addPeople(marketplace, [ann, bob]);
  await addPractitioners(marketplace, [theo]);
  startTestWorker(marketplace);
  await giveCredits(marketplace, [ann, bob], 30);

  const first = booking(ann, theo, 9);
  const { id } = submissionOf(first);
  const moved = about('booking.reschedule', ann, { bookingId: id, startsAt: startOf(12) });
  expect(await told(marketplace, [first, moved])).toEqual(['succeeded', 'succeeded']);

  const both = [booking(bob, theo, 12), booking(bob, theo, 9)];
  expect(await told(marketplace, both)).toEqual(['slot_taken', 'succeeded']);
  const back = [about('booking.reschedule', theo, { bookingId: id, startsAt: startOf(9) })];
  expect(await told(marketplace, back)).toEqual(['slot_taken']);
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

  const context = {
    pool: marketplace.app,
    kinds: kindsByName(operations),
    settings: plainSettings,
    inHand: () => Promise.resolve(),
  };
  const request = { lanes: [bob, ann], operationsMax: 100, waits: true };
  const { settled: ended, busy } = await runBatch(context, request);
  expect([ended.map(({ operation }) => operation.kind).sort(), busy]).toEqual([
    ['booking.create', 'booking.create', 'credits.allocate', 'credits.allocate'],
    [ann],
  ]);
  expect((await runBatch(context, request)).settled).toMatchObject([{ code: 'slot_taken' }]);
});

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
  expect(await Promise.all(ids.map((id) => statusOf(marketplace, id)))).toEqual(ids.map(() => 'cancelled'));
  expect(await holdingsOf(marketplace, ann)).toMatchObject({ balance: 500 });
  expect(await violations(marketplace)).toEqual({});
});

it('holds the cost of a peer session until it is over, and pays it once, or gives it free', async () => {
  const marketplace = await openMarketplace({});
  await addPractitioners(marketplace, [ann, theo]);
  startTestWorker(marketplace, { peerSettlement: 'on_completion' });
  await giveCredits(marketplace, [ann], 30);

  const [kept, missed, dropped] = [booking(ann, theo, 9), booking(ann, theo, 11), booking(ann, theo, 13)];
  const [first] = await settled(marketplace, await submit(marketplace, [kept, missed, dropped]));
  expect(first?.outcome).toMatchObject({ peer: true, balanceBefore: 30, balanceAfter: 30 });
  const fourth = [booking(ann, theo, 15)];
  expect(await told(marketplace, fourth)).toEqual(['insufficient_credits']);

  const [keptId, missedId, droppedId] = [submissionOf(kept).id, submissionOf(missed).id, submissionOf(dropped).id];
  await settled(marketplace, await submit(marketplace, [cancellation(ann, droppedId)]));
  const early = [about('booking.complete', theo, { bookingId: keptId })];
  expect(await told(marketplace, early)).toEqual(['not_started']);

  await letBegin(marketplace, keptId);
  const completions = [1, 2].map(() => about('booking.complete', theo, { bookingId: keptId }));
  expect(await told(marketplace, completions)).toEqual(['succeeded', 'not_cancellable']);
  await marketplace.owner.query(
    `update bookings set starts_at = starts_at - interval '3 hours',
    ends_at = ends_at - interval '3 hours', buffered_until = ends_at - interval '3 hours' where id = $1`,
    [keptId],
  );
  await letBegin(marketplace, missedId);
  const absent = about('booking.no_show', theo, { bookingId: missedId, party: 'practitioner' });
  expect(await told(marketplace, [absent])).toEqual(['succeeded']);

  expect(await holdingsOf(marketplace, ann)).toMatchObject({ balance: 20 });
  expect(await holdingsOf(marketplace, theo)).toMatchObject({ balance: 10 });
  expect(await violations(marketplace)).toEqual({});
});
