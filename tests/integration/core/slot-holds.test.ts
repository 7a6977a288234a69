import { describe, expect, it } from 'vitest';
import { withTransaction } from '../../../db/client.ts';
import { readSlotHolds } from '../../../db/slot-holds.ts';
import type { Queryable } from '../../../db/statement.ts';
import type { Uuid } from '../../../shared/domain/ids.ts';
import { backends } from '../../support/backends.ts';
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
  submit,
  submitEach,
  violations,
} from '../../support/marketplace.ts';
import { about, booking, type Request, startOf, submissionOf } from '../../support/requests.ts';

/* Slots that are kept for somebody, from the request to the row (003, capability 4). */

const [ann, bob, cyd, theo] = [idOf('ann'), idOf('bob'), idOf('cyd'), idOf('theo')];

/** The hold of what `booking` would book. */
function hold(holderId: Uuid, practitionerId: Uuid, hour: number): Request {
  return about('slot.hold', holderId, booking(holderId, practitionerId, hour).payload);
}

function release(callerId: Uuid, held: Request): Request {
  return about('slot.release', callerId, { holdId: submissionOf(held).id });
}

function people(count: number): Uuid[] {
  return Array.from({ length: count }, (_, n) => idOf(`client ${n}`));
}

async function withPeople(ids: readonly Uuid[], options: Parameters<typeof openMarketplace>[0] = {}) {
  const marketplace = await openMarketplace(options);
  await addPeople(marketplace, ids);
  await addPractitioners(marketplace, [theo], { bufferMinutes: 15 });
  startTestWorker(marketplace);
  await giveCredits(marketplace, ids, 30);
  return marketplace;
}

async function statusesIn({ owner }: Marketplace): Promise<Record<string, string>> {
  const { rows } = await owner.query<{ id: string; status: string }>('select id, status from slot_holds');
  return Object.fromEntries(rows.map(({ id, status }) => [id, status]));
}

/** Lets a hold run out: as if it had been taken that much earlier. */
async function runOut({ owner }: Marketplace, held: Request): Promise<void> {
  await owner.query('update slot_holds set expires_at = now() where id = $1', [submissionOf(held).id]);
}

describe.each(backends)('on $name', (backend) => {
  it('gives one slot to one of 30 who hold or book it at once', async () => {
    const clients = people(30);
    const marketplace = await withPeople(clients, { backend });
    startTestWorker(marketplace);
    const wanted = clients.map((id, n) => (n % 2 === 0 ? hold(id, theo, 9) : booking(id, theo, 9)));
    const operations = await settled(marketplace, await submitEach(marketplace, wanted));
    expect(endingsOf(operations)).toEqual({ succeeded: 1, slot_taken: 29 });
    const { rows } = await marketplace.owner.query<{ n: number }>(
      'select (select count(*) from bookings) + (select count(*) from slot_holds) as n',
    );
    expect(rows.map(({ n }) => Number(n))).toEqual([1]);
    expect(await violations(marketplace)).toEqual({});
  });
});

it('keeps the slot for its holder, whose booking uses it up, and from others, also within the buffer', async () => {
  const marketplace = await withPeople([ann, bob]);
  const held = hold(ann, theo, 9);
  expect(await endings(marketplace, [held])).toEqual(['succeeded']);
  const rivals = [booking(bob, theo, 9), booking(bob, theo, 10), booking(bob, theo, 8), hold(bob, theo, 9.5)];
  expect(await endings(marketplace, rivals)).toEqual(rivals.map(() => 'slot_taken'));

  const away = booking(bob, theo, 14);
  const moved = about('booking.reschedule', bob, { bookingId: submissionOf(away).id, startsAt: startOf(9) });
  expect(await endings(marketplace, [away])).toEqual(['succeeded']);
  expect(await endings(marketplace, [moved])).toEqual(['slot_taken']);

  expect(await endings(marketplace, [booking(ann, theo, 9.5)])).toEqual(['succeeded']);
  expect(await statusesIn(marketplace)).toEqual({ [submissionOf(held).id]: 'used' });
  expect(await endings(marketplace, [release(ann, held)])).toEqual(['hold_not_found']);
  expect(await endings(marketplace, [booking(bob, theo, 8.25)])).toEqual(['succeeded']);
  expect(await violations(marketplace)).toEqual({});
});

it('dies by time alone, and makes room for the next one also of the same holder', async () => {
  const marketplace = await withPeople([ann, bob]);
  const held = hold(ann, theo, 9);
  await settled(marketplace, await submit(marketplace, [held]));
  expect(await endings(marketplace, [booking(bob, theo, 9)])).toEqual(['slot_taken']);
  await runOut(marketplace, held);
  const [late, next] = [release(ann, held), hold(ann, theo, 12)];
  expect(await endings(marketplace, [booking(bob, theo, 9), late, next])).toEqual([
    'succeeded',
    'hold_not_found',
    'succeeded',
  ]);
  expect(await statusesIn(marketplace)).toEqual({
    [submissionOf(held).id]: 'replaced',
    [submissionOf(next).id]: 'live',
  });
  expect(await violations(marketplace)).toEqual({});
});

it('is one per holder and practitioner, also when all are asked for in one batch, and can be given back there', async () => {
  const marketplace = await withPeople([ann, bob]);
  const last = hold(ann, theo, 15);
  const holds = [hold(ann, theo, 9), hold(ann, theo, 12), last];
  const [first, second, third] = holds.map((held) => submissionOf(held).id);
  await settled(marketplace, await submit(marketplace, [...holds, release(ann, last)]));
  expect(await statusesIn(marketplace)).toEqual({
    [first ?? '']: 'replaced',
    [second ?? '']: 'replaced',
    [third ?? '']: 'released',
  });
  expect(await endings(marketplace, [booking(bob, theo, 15)])).toEqual(['succeeded']);
  expect(await violations(marketplace)).toEqual({});
});

it('is given back by nobody but its holder', async () => {
  const marketplace = await withPeople([ann, bob]);
  const held = hold(ann, theo, 9);
  await settled(marketplace, await submit(marketplace, [held]));
  expect(await endings(marketplace, [release(bob, held), release(theo, held)])).toEqual([
    'hold_not_found',
    'hold_not_found',
  ]);
  expect(await endings(marketplace, [release(ann, held)])).toEqual(['succeeded']);
  expect(await endings(marketplace, [booking(bob, theo, 9)])).toEqual(['succeeded']);
});

it('ends in one booking when its end and bookings of the slot race', async () => {
  const clients = people(20);
  const marketplace = await withPeople(clients);
  startTestWorker(marketplace);
  const [holder = '', ...rivals] = clients;
  for (const hour of [9, 12, 15, 18]) {
    const held = hold(holder, theo, hour);
    await settled(marketplace, await submit(marketplace, [held]));
    const racing = [...rivals.map((id) => booking(id, theo, hour)), booking(holder, theo, hour)];
    const [ids] = await Promise.all([submitEach(marketplace, racing), runOut(marketplace, held)]);
    const operations = await settled(marketplace, ids);
    expect(endingsOf(operations)).toMatchObject({ succeeded: 1 });
    expect(await violations(marketplace)).toEqual({});
  }
});

it('lets a release and a booking of somebody else race: the slot is had once or not at all', async () => {
  const marketplace = await withPeople([ann, bob, cyd]);
  startTestWorker(marketplace);
  for (const hour of [9, 12]) {
    const held = hold(ann, theo, hour);
    await settled(marketplace, await submit(marketplace, [held]));
    const ids = await submitEach(marketplace, [release(ann, held), booking(bob, theo, hour), booking(cyd, theo, hour)]);
    const [released, ...booked] = await settled(marketplace, ids);
    expect(released?.status).toBe('succeeded');
    expect(endingsOf(booked).succeeded ?? 0).toBeLessThanOrEqual(1);
    expect(await violations(marketplace)).toEqual({});
  }
});

it('is found by one index each, whatever it is looked for by, also in a table that has never been analysed', async () => {
  const { app } = await openMarketplace();
  const plan = await withTransaction(app, async ({ client }) => {
    const explained: string[] = [];
    const explaining: Queryable = {
      query: async ({ text }) => {
        const types = 'uuid[], timestamptz[], timestamptz[], uuid[], uuid[], uuid[], uuid[], uuid[]';
        await client.query(`prepare looked_for (${types}) as ${text}`);
        const given = [`'{${theo}}'`, "'{epoch}'", "'{epoch}'", ...Array(5).fill("'{}'")].join(', ');
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain execute looked_for (${given})`);
        explained.push(...rows.map((row) => row['QUERY PLAN']));
        return client.query('select where false');
      },
    };
    await readSlotHolds(explaining, [{ personId: theo, from: 0, to: 1 }], []);
    return explained.join('\n');
  });
  const scans = [...plan.matchAll(/Index Scan (?:using|on) (slot_holds\w+).*\n\s+Index Cond: (.*)/g)];
  expect(scans.map(([, index]) => index)).toEqual([
    'slot_holds_of_practitioner',
    'slot_holds_pkey',
    'slot_holds_one_per_holder_and_practitioner',
    'slot_holds_of_waitlist_entry',
    'slot_holds_of_practitioner',
  ]);
});
