import { describe, expect, it } from 'vitest';
import { backends } from '../../support/backends.ts';
import { idOf } from '../../support/builders.ts';
import {
  addPeople,
  addPractitioners,
  endings,
  endingsOf,
  giveCredits,
  holdingsOf,
  type Marketplace,
  openMarketplace,
  settled,
  startTestWorker,
  submit,
  submitEach,
  violations,
} from '../../support/marketplace.ts';
import { allocation, booking, cancellation, submissionOf, transfer } from '../../support/requests.ts';
import { until } from '../../support/until.ts';

/* Many who want the same at once: a slot, a practitioner, each other, the same credits. */

const [ann, bob, theo] = [idOf('ann'), idOf('bob'), idOf('theo')];

function people(count: number): string[] {
  return Array.from({ length: count }, (_, n) => idOf(`client ${n}`));
}

/** How many deadlocks PostgreSQL has broken in this database, once everybody who may have met one has gone. */
async function deadlocksIn({ owner }: Marketplace): Promise<number> {
  await until('all workers have left', async () => {
    const { rowCount } = await owner.query(
      "select from pg_stat_activity where datname = current_database() and application_name like 'counterfoil-worker-%'",
    );
    return rowCount === 0;
  });
  const { rows } = await owner.query<{ deadlocks: string }>(
    'select deadlocks from pg_stat_database where datname = current_database()',
  );
  return Number(rows[0]?.deadlocks);
}

describe.each(backends)('on $name', (backend) => {
  it('gives each slot of a practitioner to one of 200 who want overlapping ones at once, without a deadlock (000-35, 001-45, 002-12, 002-13, 002-29)', async () => {
    const marketplace = await openMarketplace({ backend });
    const clients = people(200);
    await addPeople(marketplace, clients);
    await addPractitioners(marketplace, [theo]);
    const workers = [startTestWorker(marketplace), startTestWorker(marketplace), startTestWorker(marketplace)];
    await giveCredits(marketplace, clients, 10);

    // Quarter past, half past …: every one overlaps its neighbours, and at most five of them can be had.
    const wanted = clients.map((id, n) => booking(id, theo, 9 + (n % 20) / 4));
    const operations = await settled(marketplace, await submitEach(marketplace, wanted), 40_000);
    const { rows } = await marketplace.owner.query<{ n: number }>('select count(*)::int as n from bookings');
    const booked = rows[0]?.n ?? 0;
    expect(booked).toBeGreaterThanOrEqual(3);
    expect(booked).toBeLessThanOrEqual(5);
    expect(endingsOf(operations)).toEqual({ succeeded: booked, slot_taken: 200 - booked });
    expect(await violations(marketplace)).toEqual({});
    await Promise.all(workers.map((worker) => worker.close()));
    expect(await deadlocksIn(marketplace)).toBe(0);
  });

  it('lets one of 200 have the one slot that all of them want (002-01, 002-29)', async () => {
    const marketplace = await openMarketplace({ backend });
    const clients = people(200);
    await addPeople(marketplace, clients);
    await addPractitioners(marketplace, [theo]);
    const workers = [startTestWorker(marketplace), startTestWorker(marketplace)];
    await giveCredits(marketplace, clients, 10);
    const ids = await submit(
      marketplace,
      clients.map((id) => booking(id, theo, 9)),
    );
    expect(endingsOf(await settled(marketplace, ids))).toEqual({ succeeded: 1, slot_taken: 199 });
    await Promise.all(workers.map((worker) => worker.close()));
    expect(await deadlocksIn(marketplace)).toBe(0);
  });

  it('lets two practitioners book each other 500 times at once, without a deadlock (000-03, 000-04, 000-25, 001-27)', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPractitioners(marketplace, [ann, bob]);
    const workers = [startTestWorker(marketplace), startTestWorker(marketplace), startTestWorker(marketplace)];
    await giveCredits(marketplace, [ann, bob], 5_000);

    const pairs = Array.from({ length: 500 }, (_, hour) => [booking(ann, bob, hour), booking(bob, ann, hour)]);
    const ids = await submitEach(marketplace, pairs.flat());
    const operations = await settled(marketplace, ids, 50_000);
    expect(endingsOf(operations)).toEqual({ succeeded: 500, slot_taken: 500 });
    const [annHas, bobHas] = await Promise.all([ann, bob].map((id) => holdingsOf(marketplace, id)));
    expect((annHas?.balance ?? 0) + (bobHas?.balance ?? 0)).toBe(10_000);
    expect(await violations(marketplace)).toEqual({});
    await Promise.all(workers.map((worker) => worker.close()));
    expect(await deadlocksIn(marketplace)).toBe(0);
  });

  it('lets a client with credits for one session have one of 20 (000-02, 000-17, 000-38, 002-01, 002-28)', async () => {
    const marketplace = await openMarketplace({ backend });
    const practitioners = people(20);
    await addPeople(marketplace, [ann]);
    await addPractitioners(marketplace, practitioners);
    startTestWorker(marketplace);
    startTestWorker(marketplace);
    await giveCredits(marketplace, [ann], 10);
    const requests = practitioners.map((id, hour) => booking(ann, id, hour));
    const ids = await submitEach(marketplace, requests);
    const operations = await settled(marketplace, ids);
    expect(endingsOf(operations)).toEqual({ succeeded: 1, insufficient_credits: 19 });
    expect(operations.find(({ rejection }) => rejection !== null)?.rejection).toMatchObject({
      message: 'Insufficient credits. Available: 0, required: 10',
      details: { available: 0, required: 10 },
    });
    expect(await holdingsOf(marketplace, ann)).toEqual({ balance: 0, debt: 0 });
    expect(await violations(marketplace)).toEqual({});
  });

  it('opens missing accounts as they are touched, by many at once (000-10, 000-11, 001-04, 001-07, 002-09)', async () => {
    const marketplace = await openMarketplace({ backend });
    const [giver = '', ...fresh] = people(61);
    await addPeople(marketplace, [giver, ...fresh]);
    startTestWorker(marketplace);
    startTestWorker(marketplace);
    await giveCredits(marketplace, [giver], 60);
    // Each account is opened by two lanes that know nothing of each other, and asked for credits by a third operation.
    const requests = fresh.flatMap((id) => [transfer(giver, id, 1), allocation(id, 2), transfer(id, giver, 4)]);
    const ids = await submitEach(marketplace, requests);
    const operations = await settled(marketplace, ids);
    expect(endingsOf(operations)).toEqual({ succeeded: 120, insufficient_credits: 60 });
    const { rows } = await marketplace.owner.query(
      'select balance::int, count(*)::int from accounts group by 1 order by 1',
    );
    expect(rows).toEqual([
      { balance: 0, count: 1 },
      { balance: 3, count: 60 },
    ]);
    expect(await violations(marketplace)).toEqual({});
  });

  it('cancels once when both parties do it at once, with both refunds on one balance (001-45, 000-25)', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPractitioners(marketplace, [ann, bob]);
    const workers = [startTestWorker(marketplace), startTestWorker(marketplace)];
    await giveCredits(marketplace, [ann, bob], 500);
    const sessions = Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? booking(ann, bob, n) : booking(bob, ann, n)));
    expect(new Set(await endings(marketplace, sessions))).toEqual(new Set(['succeeded']));
    const cancels = sessions.flatMap((session) => [ann, bob].map((id) => cancellation(id, submissionOf(session).id)));
    const ids = await submitEach(marketplace, cancels);
    const operations = await settled(marketplace, ids);
    expect(endingsOf(operations)).toEqual({ succeeded: 50, already_cancelled: 50 });
    for (const id of [ann, bob]) expect(await holdingsOf(marketplace, id)).toEqual({ balance: 500, debt: 0 });
    expect(await violations(marketplace)).toEqual({});
    await Promise.all(workers.map((worker) => worker.close()));
    expect(await deadlocksIn(marketplace)).toBe(0);
  });
});
