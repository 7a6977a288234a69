import { expect, it, onTestFinished } from 'vitest';
import { idOf } from '../../support/builders.ts';
import {
  addPeople,
  addPractitioners,
  endingsOf,
  giveCredits,
  type Marketplace,
  openMarketplace,
  settled,
  startTestWorker,
  submit,
} from '../../support/marketplace.ts';
import { booking, cancellation, submissionOf } from '../../support/requests.ts';
import { startFakeRooms } from '../../support/rooms.ts';
import { startSmtpCatcher } from '../../support/smtp.ts';
import { until } from '../../support/until.ts';

/* A session has a room, and never waits for it (002-16, 002-17). */

const [ann, theo] = [idOf('ann'), idOf('theo')];

async function setup() {
  const rooms = await startFakeRooms();
  onTestFinished(rooms.close);
  const marketplace = await openMarketplace({});
  await addPeople(marketplace, [ann]);
  await addPractitioners(marketplace, [theo]);
  const settings = {
    roomsApiBase: rooms.base,
    roomsApiKey: rooms.key,
    deliveryAttempts: 100,
    deliveryRetryBaseMs: 20,
  };
  return { rooms, marketplace, settings };
}

async function urlOf({ owner }: Marketplace, id: string): Promise<string | null> {
  const { rows } = await owner.query<{ room_url: string | null }>('select room_url from bookings where id = $1', [id]);
  return rows[0]?.room_url ?? null;
}

async function nothingWaits({ owner }: Marketplace): Promise<boolean> {
  const { rowCount } = await owner.query(`select from outbox where status = 'waiting'`);
  return rowCount === 0;
}

it('is made when it is booked, named in the mails, and removed with the session', async () => {
  const { rooms, marketplace, settings } = await setup();
  const smtp = await startSmtpCatcher();
  onTestFinished(smtp.close);
  startTestWorker(marketplace, { ...settings, smtpUrl: smtp.url() });
  await giveCredits(marketplace, [ann], 30);
  const booked = booking(ann, theo, 9);
  const { id } = submissionOf(booked);
  await settled(marketplace, await submit(marketplace, [booked]));
  await until('all is delivered', () => nothingWaits(marketplace));
  const url = await urlOf(marketplace, id);
  expect(rooms.rooms().map((room) => room.url)).toEqual([url]);
  expect(url).toContain(id);
  const confirmations = smtp.inbox().filter(({ raw }) => raw.includes('REQUEST'));
  expect(confirmations.map(({ raw }) => raw.includes('https://rooms.test/counterfoil-'))).toEqual([true, true]);

  await settled(marketplace, await submit(marketplace, [cancellation(ann, id)]));
  await until('all is delivered', () => nothingWaits(marketplace));
  expect([rooms.rooms(), await urlOf(marketplace, id)]).toEqual([[], null]);
});

it('leaves no room behind when sessions are cancelled while theirs is made', async () => {
  const { rooms, marketplace, settings } = await setup();
  startTestWorker(marketplace, settings);
  startTestWorker(marketplace, settings);
  await giveCredits(marketplace, [ann], 300);
  const sessions = Array.from({ length: 20 }, (_, n) => booking(ann, theo, n + 1));
  const ends = sessions.map((one) => cancellation(ann, submissionOf(one).id));
  await settled(marketplace, await submit(marketplace, [...sessions, ...ends]));
  await until('all is delivered', () => nothingWaits(marketplace));
  expect(rooms.rooms()).toEqual([]);
});

it('is asked for until it is there; one that is not an hour before is for a person to see', async () => {
  const { rooms, marketplace, settings } = await setup();
  rooms.breakAs({ on: 'POST', answer: 500 });
  startTestWorker(marketplace, settings);
  await giveCredits(marketplace, [ann], 30);
  const booked = booking(ann, theo, 9);
  const { id } = submissionOf(booked);
  expect(endingsOf(await settled(marketplace, await submit(marketplace, [booked])))).toEqual({ succeeded: 1 });

  const { owner } = marketplace;
  const soon = `date_trunc('minute', now()) + interval '59 minutes'`;
  await owner.query(
    `update bookings set starts_at = ${soon}, ends_at = ${soon} + interval '1 hour', buffered_until = ${soon} + interval '1 hour'`,
  );
  await owner.query(`update outbox set created_at = now() - interval '2 minutes' where kind = 'room.create'`);
  const items = async (status: string) =>
    (await owner.query('select summary from reconciliation_items where status = $1', [status])).rows;
  const [item] = await until('a person is asked', async () => {
    const open = await items('open');
    return open.length > 0 && open;
  });
  expect(item.summary).toBe(`booking ${id} begins within the hour and has no video room`);

  rooms.breakAs(null);
  await until('there is a room', () => urlOf(marketplace, id));
  await until('the item is closed', async () => (await items('resolved')).length === 1);
  expect(await items('open')).toEqual([]);
});
