import { expect, it } from 'vitest';
import { idOf } from '../../support/builders.ts';
import {
  addPeople,
  addPractitioners,
  endings,
  endingsOf,
  giveCredits,
  type Marketplace,
  openMarketplace,
  settled,
  startTestWorker,
  submitEach,
  violations,
} from '../../support/marketplace.ts';
import { booking, startOf } from '../../support/requests.ts';

/* A limit of sessions a day is about sessions that do not touch: only what is loaded for a slot can tell of them. */

const [ann, theo] = [idOf('ann'), idOf('theo')];

async function aDayOf(sessionsPerDayMax: number, clients: readonly string[]): Promise<Marketplace> {
  const marketplace = await openMarketplace();
  await addPeople(marketplace, clients);
  await addPractitioners(marketplace, [theo], { sessionsPerDayMax });
  startTestWorker(marketplace);
  startTestWorker(marketplace);
  await giveCredits(marketplace, clients, 100);
  return marketplace;
}

it('books as many sessions a day as are taken, whoever else wants another hour of it at once (001-29)', async () => {
  const clients = Array.from({ length: 48 }, (_, n) => idOf(`client ${n}`));
  const marketplace = await aDayOf(5, clients);
  const wanted = clients.map((id, n) => booking(id, theo, n));
  const operations = await settled(marketplace, await submitEach(marketplace, wanted));
  expect(endingsOf(operations)).toEqual({ succeeded: 10, slot_taken: 38 });
  const { rows } = await marketplace.owner.query(
    'select count(*)::int as n from bookings group by (starts_at at time zone $1)::date',
    ['UTC'],
  );
  expect(rows).toEqual([{ n: 5 }, { n: 5 }]);
  expect(await violations(marketplace)).toEqual({});
});

it('moves a session within a day that is full, and none into it', async () => {
  const marketplace = await aDayOf(2, [ann]);
  const [first = '', , third = ''] = await submitEach(
    marketplace,
    [0, 22, 40].map((hour) => booking(ann, theo, hour)),
  );
  await settled(marketplace, [first, third]);
  const move = (bookingId: string, hour: number) => ({
    ...booking(ann, theo, 0),
    kind: 'booking.reschedule',
    payload: { bookingId, startsAt: startOf(hour) },
  });
  expect(await endings(marketplace, [move(first, 10), move(third, 15)])).toEqual(['succeeded', 'slot_taken']);
});
