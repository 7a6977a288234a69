import { expect, it } from 'vitest';
import { runSchedule } from '../../../db/schedules.ts';
import type { Uuid } from '../../../shared/domain/ids.ts';
import { runBatch } from '../../../workers/run-batch.ts';
import { expireCredits } from '../../../workers/schedules/expire-credits.ts';
import { tellOfExpiry } from '../../../workers/schedules/tell-of-expiry.ts';
import { batchContextOf } from '../../support/batches.ts';
import { hourMs, idOf, plainSettings } from '../../support/builders.ts';
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
import { allocation, booking, cancellation, type Request, submissionOf, transfer } from '../../support/requests.ts';
import { until } from '../../support/until.ts';

/* Credits that have an end (design.md §2.9; gap 11 of requirements.md, 003-07), from the request to the ledger. */

const [ann, bob, pia, theo] = [idOf('ann'), idOf('bob'), idOf('pia'), idOf('theo')];

async function setup(): Promise<Marketplace> {
  const marketplace = await openMarketplace({});
  await addPeople(marketplace, [ann, bob]);
  await addPractitioners(marketplace, [pia, theo]);
  return marketplace;
}

/** Credits that end `hours` from now. */
function dated(userId: Uuid, amount: number, hours: number): Request {
  const request = allocation(userId, amount);
  const expiresAt = new Date(Date.now() + hours * hourMs).toISOString();
  return { ...request, payload: { userId, amount, source: 'bonus', expiresAt } };
}

/** What somebody's lots have left, soonest-ending first; those that have ended in brackets. */
async function lotsOf({ owner }: Marketplace, id: Uuid): Promise<string[]> {
  const { rows } = await owner.query<{ lot: string }>(
    `select case when status = 'live' then remaining::text else '(' || status || ')' end as lot
     from lots where account_id = $1 order by expires_at, seq`,
    [id],
  );
  return rows.map(({ lot }) => lot);
}

/** As if everything of somebody's that has an end had been given so much earlier. */
async function age({ owner }: Marketplace, id: Uuid, hours: number): Promise<void> {
  await owner.query('update lots set expires_at = expires_at - make_interval(hours => $2) where account_id = $1', [
    id,
    hours,
  ]);
}

/** Applies what waits in these lanes with no schedule anywhere: what became of each. */
async function applyWithoutSchedules({ app }: Marketplace, lanes: readonly Uuid[]): Promise<(string | null)[]> {
  const result = await runBatch(batchContextOf(app), { lanes, operationsMax: 100, waits: true });
  return result.settled.map(({ code }) => code);
}

it('cannot spend credits from the very second of their end on, when every scheduler is stopped (gap 11)', async () => {
  const marketplace = await setup();
  await accept(marketplace, [dated(ann, 10, 1)]);
  await applyWithoutSchedules(marketplace, [ann]);

  // The end is the instant at which the next operation was accepted, and for the other one a millisecond later.
  const [over, intime] = [booking(ann, theo, 9), booking(ann, theo, 11)];
  const endAt = async (request: Request, ms: number) => {
    await accept(marketplace, [request]);
    await marketplace.owner.query(
      `update lots set expires_at = date_trunc('milliseconds', o.accepted_at) + make_interval(secs => $2 / 1000.0)
       from operations o where o.id = $1`,
      [submissionOf(request).id, ms],
    );
    return applyWithoutSchedules(marketplace, [ann]);
  };
  expect(await endAt(over, 0)).toEqual(['insufficient_credits']);
  expect(await holdingsOf(marketplace, ann)).toMatchObject({ balance: 10 });
  expect(await endAt(intime, 2)).toEqual([null]);
  expect(await lotsOf(marketplace, ann)).toEqual(['0']);
  expect(await violations(marketplace)).toEqual({});
});

it('takes what nobody has spent off the balance, once, within a round of the schedule', async () => {
  const marketplace = await setup();
  startTestWorker(marketplace);
  startTestWorker(marketplace);
  await giveCredits(marketplace, [ann], 5);
  await settled(marketplace, await submit(marketplace, [dated(ann, 10, 1), dated(ann, 7, 3)]));
  await age(marketplace, ann, 2);
  await until('they are gone', async () => (await holdingsOf(marketplace, ann))?.balance === 12);
  await until('it is over', async () => (await lotsOf(marketplace, ann))[0] === '(expired)');
  expect((await runSchedule(marketplace.app, expireCredits)) ?? []).toEqual([]);
  const { rows } = await marketplace.owner.query(
    `select o.lane, o.status, o.outcome->'expiredCredits' as expired, t.debit_type, t.amount::int
     from operations o left join transfers t on t.operation_id = o.id where o.kind = 'credits.expire'`,
  );
  expect(rows).toEqual([{ lane: ann, status: 'succeeded', expired: 10, debit_type: 'expiry', amount: 10 }]);
  expect(await violations(marketplace)).toEqual({});
});

it('gives refunds back to the lots that paid, and what has ended meanwhile a time of grace', async () => {
  const marketplace = await setup();
  startTestWorker(marketplace);
  await giveCredits(marketplace, [ann], 5);
  await settled(marketplace, await submit(marketplace, [dated(ann, 8, 40), dated(ann, 20, 90)]));
  const [early, later] = [booking(ann, theo, 9), booking(ann, theo, 11)];
  expect(await endings(marketplace, [early, later])).toEqual(['succeeded', 'succeeded']);
  expect(await lotsOf(marketplace, ann)).toEqual(['0', '8']);

  expect(await endings(marketplace, [cancellation(ann, submissionOf(early).id)])).toEqual(['succeeded']);
  expect(await lotsOf(marketplace, ann)).toEqual(['8', '10']);
  const again = booking(ann, theo, 9);
  expect(await endings(marketplace, [again])).toEqual(['succeeded']);

  await age(marketplace, ann, 50);
  expect(await endings(marketplace, [cancellation(theo, submissionOf(again).id)])).toEqual(['succeeded']);
  expect(await lotsOf(marketplace, ann)).toEqual(['0', '10', '8']);
  const { rows } = await marketplace.owner.query(
    `select round(extract(epoch from expires_at - now()) / 3600)::int as hours, origin_id <> id as is_renewed
     from lots where remaining = 8 and account_id = $1`,
    [ann],
  );
  expect(rows).toEqual([{ hours: plainSettings.expiryGraceDays * 24, is_renewed: true }]);
  expect(await violations(marketplace)).toEqual({});
});

it('keeps what is held from expiring, and pays a peer in credits without an end', async () => {
  const marketplace = await setup();
  startTestWorker(marketplace, { peerSettlement: 'on_completion' });
  await settled(marketplace, await submit(marketplace, [dated(pia, 20, 1)]));
  const [kept, dropped] = [booking(pia, theo, 9), booking(pia, theo, 11)];
  expect(await endings(marketplace, [kept, dropped])).toEqual(['succeeded', 'succeeded']);
  await age(marketplace, pia, 2);
  expect((await runSchedule(marketplace.app, expireCredits)) ?? []).toEqual([]);

  await letBegin(marketplace, submissionOf(kept).id);
  const complete = {
    kind: 'booking.complete',
    caller: { id: theo, roles: [] },
    payload: { bookingId: submissionOf(kept).id },
    key: 'complete',
  };
  expect(await endings(marketplace, [complete, cancellation(pia, submissionOf(dropped).id)])).toEqual([
    'succeeded',
    'succeeded',
  ]);
  expect(await lotsOf(marketplace, pia)).toEqual(['0', '10']);
  expect(await holdingsOf(marketplace, pia)).toMatchObject({ balance: 10 });
  expect([await holdingsOf(marketplace, theo), await lotsOf(marketplace, theo)]).toMatchObject([{ balance: 10 }, []]);
  expect(await violations(marketplace)).toEqual({});
});

it('tells people once, some days ahead, what will expire, but not of what they were only just given', async () => {
  const marketplace = await setup();
  const worker = startTestWorker(marketplace, { expiryNoticeDays: 7 });
  const gifts = [dated(ann, 10, 24 * 8), dated(ann, 4, 24 * 30), dated(bob, 5, 24)];
  await settled(marketplace, await submit(marketplace, gifts));
  await marketplace.owner.query(
    `update lots set expires_at = expires_at - interval '2 days', created_at = created_at - interval '2 days'
     where account_id = $1`,
    [ann],
  );
  // Who has looked already does not look back: these see all of it for the first time.
  await worker.close();
  startTestWorker(marketplace, { expiryNoticeDays: 7 });
  startTestWorker(marketplace, { expiryNoticeDays: 7 });
  const notices = async () => {
    const told = "select user_id, status, data->'amount' as amount from outbox where type = 'credits_expiring'";
    return (await marketplace.owner.query(told)).rows;
  };
  await until('ann is told', async () => (await notices()).length > 0);
  await tellAgain(marketplace);
  expect(await notices()).toEqual([{ user_id: ann, status: 'skipped', amount: 10 }]);
});

async function tellAgain({ app }: Marketplace): Promise<void> {
  // As another process would that has looked at nothing yet; the others are at it from time to time.
  const schedule = tellOfExpiry(7, false);
  await until('it was looked again', async () => (await runSchedule(app, schedule)) !== null);
}

it('spends each credit once when people in different lanes draw on the same lots at a time', async () => {
  const marketplace = await setup();
  startTestWorker(marketplace);
  startTestWorker(marketplace);
  await settled(marketplace, await submit(marketplace, [dated(ann, 30, 1), dated(ann, 30, 2)]));
  // Sent by Ann, refunded to Ann by Theo's cancellations, and expiring meanwhile.
  const booked = [9, 11, 13].map((hour) => booking(ann, theo, hour));
  await settled(marketplace, await submit(marketplace, booked));
  const race = [
    ...booked.map((one) => cancellation(theo, submissionOf(one).id)),
    ...Array.from({ length: 10 }, () => transfer(ann, bob, 3)),
    ...Array.from({ length: 5 }, () => transfer(bob, ann, 2)),
  ];
  await settled(marketplace, await submit(marketplace, race));
  const [anns, bobs] = [await holdingsOf(marketplace, ann), await holdingsOf(marketplace, bob)];
  expect((anns?.balance ?? 0) + (bobs?.balance ?? 0)).toBe(60);
  const { rows } = await marketplace.owner.query(
    'select l.account_id, sum(l.remaining) = max(a.balance) as all_dated from lots l join accounts a on a.id = l.account_id group by 1',
  );
  expect(rows.every(({ all_dated: allDated }) => allDated)).toBe(true);
  expect(await violations(marketplace)).toEqual({});
});
