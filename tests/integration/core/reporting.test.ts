import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { Temporal } from 'temporal-polyfill';
import { expect, it, onTestFinished } from 'vitest';
import { createPool } from '../../../db/client.ts';
import { sqlStateOf } from '../../../db/failures.ts';
import { listTransactions } from '../../../db/queries/credits.ts';
import { readAs } from '../../../db/queries/read-as.ts';
import { missingObjects } from '../../../db/required-objects.ts';
import { isTimeZone } from '../../../shared/domain/time-zone.ts';
import { analystOf } from '../../support/analyst.ts';
import { idOf } from '../../support/builders.ts';
import {
  addPeople,
  addPractitioners,
  endings,
  giveCredits,
  holdingsOf,
  letBegin,
  type Marketplace,
  openMarketplace,
  startTestWorker,
  violations,
} from '../../support/marketplace.ts';
import { about, booking, cancellation, type Request, startOf, submissionOf, transfer } from '../../support/requests.ts';

/*
 * Those who watched the predecessors with SQL do so here, in a schema of views (contract §7). The monitoring and
 * integrity queries of requirements.md are run as such a person would: with the role, and without naming the schema.
 */

const [ann, bob, theo, paul] = [idOf('ann'), idOf('bob'), idOf('theo'), idOf('paul')];
const forbidden = '42501';

const dropped = booking(ann, theo, 6);
const missed = booking(ann, theo, 8);
const droppedPeer = booking(paul, theo, 14);

/** Sessions of clients and peers, moved, cancelled and missed; gifts and a debt; and peers who pay when it is over. */
async function aLivelyPast(): Promise<Marketplace> {
  const marketplace = await openMarketplace();
  const tell = async (requests: readonly Request[], expected = requests.map(() => 'succeeded')) =>
    expect(await endings(marketplace, requests)).toEqual(expected);
  await addPeople(marketplace, [ann, bob]);
  await addPractitioners(marketplace, [theo, paul]);
  const worker = startTestWorker(marketplace);
  await giveCredits(marketplace, [ann, bob, theo, paul], 50);

  const moved = booking(ann, theo, 4);
  await tell([moved, dropped, missed, booking(paul, theo, 12), droppedPeer]);
  await tell([booking(bob, theo, 4), booking(theo, paul, 4)], ['slot_taken', 'client_busy']);
  // Many of one person's at once, and Theo gives away what Paul then takes back.
  await tell([
    ...[1, 2, 3, 4].map((amount) => transfer(bob, ann, amount)),
    transfer(theo, bob, 70),
    about('booking.reschedule', ann, { bookingId: submissionOf(moved).id, startsAt: startOf(20) }),
    cancellation(ann, submissionOf(dropped).id),
  ]);
  await tell([cancellation(paul, submissionOf(droppedPeer).id)]);
  expect(await holdingsOf(marketplace, theo)).toEqual({ balance: 0, debt: 10 });
  await giveCredits(marketplace, [theo], 4);
  await letBegin(marketplace, submissionOf(missed).id);
  await tell([about('booking.no_show', theo, { bookingId: submissionOf(missed).id, party: 'practitioner' })]);
  await worker.close();

  startTestWorker(marketplace, { peerSettlement: 'on_completion' });
  const freed = booking(paul, theo, 18);
  await tell([booking(paul, theo, 16), freed]);
  await tell([cancellation(theo, submissionOf(freed).id)]);
  expect(await violations(marketplace)).toEqual({});
  return marketplace;
}

/** What must find nothing (000-28, 004-46, 004-48; 000-07; 000-10; 000-27, 001-47; 000-05; 001-15; 002-01; 002-13). */
const integrityQueries = {
  'balances are sums of transactions': `
    select c.user_id, c.balance, coalesce(sum(t.amount), 0) as total
    from credits c left join credit_transactions t on t.user_id = c.user_id
    group by c.user_id, c.balance having c.balance <> coalesce(sum(t.amount), 0)
    order by abs(c.balance - coalesce(sum(t.amount), 0)) desc`,
  'every transaction says what was before and after': `
    select id from credit_transactions
    where balance_before is null or balance_after is null or balance_after - balance_before <> amount`,
  'in order of time each begins where the last has ended': `
    select * from (
      select id, user_id, balance_before,
             lag(balance_after, 1, 0::bigint) over (partition by user_id order by created_at) as expected
      from credit_transactions
    ) as chained where balance_before <> expected`,
  'the last one ends at the balance': `
    select * from credits c join (
      select distinct on (user_id) user_id, balance_after from credit_transactions order by user_id, created_at desc
    ) as latest using (user_id) where balance <> balance_after`,
  'one record of credits each': 'select user_id from credits group by user_id having count(*) > 1',
  'no transaction twice': 'select id from credit_transactions group by id having count(*) > 1',
  'no balance below zero': 'select * from credits where balance < 0',
  'no transaction of a session that is not there': `
    select t.id from credit_transactions t left join client_sessions s on s.id = t.session_id
    where t.transaction_type like 'session_%' and s.id is null`,
  'no session that its client has not paid': `
    select s.id from client_sessions s
    where not s.is_peer_booking and s.credit_cost <> coalesce((
      select -sum(t.amount) from credit_transactions t
      where t.session_id = s.id and t.user_id = s.client_id and t.transaction_type = 'session_payment'), 0)`,
  'what peers pay is what peers earn': `
    select s.id from client_sessions s join credit_transactions t on t.session_id = s.id
    where s.is_peer_booking
    group by s.id
    having sum(t.amount) filter (where t.transaction_type = 'session_payment')
        <> -sum(t.amount) filter (where t.transaction_type = 'session_earning')`,
  'cancelled sessions are refunded': `
    select s.id from client_sessions s join credit_transactions t on t.session_id = s.id and t.user_id = s.client_id
    where s.status = 'cancelled' group by s.id having sum(t.amount) <> 0`,
  'nobody treats two at once': `
    select a.id, b.id from client_sessions a join client_sessions b on a.therapist_id = b.therapist_id and a.id < b.id
    where a.status <> 'cancelled' and b.status <> 'cancelled'
      and (a.session_date + a.start_time, make_interval(mins => a.duration_minutes))
          overlaps (b.session_date + b.start_time, make_interval(mins => b.duration_minutes))`,
};

async function findingsOf(analyst: pg.Pool): Promise<Record<string, number>> {
  const findings: Record<string, number> = {};
  for (const [name, text] of Object.entries(integrityQueries)) {
    const { rows } = await analyst.query(text);
    if (rows.length > 0) findings[name] = rows.length;
  }
  return findings;
}

it('bears out every integrity query on a lively past, and finds what somebody tampers with (000-10, 000-28, 004-46, 004-48)', async () => {
  const marketplace = await aLivelyPast();
  const analyst = await analystOf(marketplace);
  const { rows } = await analyst.query('select count(*)::int as n from credit_transactions');
  expect(rows[0].n).toBeGreaterThan(20);
  expect(await findingsOf(analyst)).toEqual({});

  const { owner } = marketplace;
  await owner.query('update accounts set balance = balance + 1 where id = $1', [ann]);
  await owner.query('delete from transfers where reference_id = $1', [submissionOf(missed).id]);
  expect(Object.keys(await findingsOf(analyst))).toEqual([
    'balances are sums of transactions',
    'in order of time each begins where the last has ended',
    'the last one ends at the balance',
    'no session that its client has not paid',
  ]);
});

it('shows each person the transactions of the API, under ids of their own, in the order of the ledger', async () => {
  const marketplace = await aLivelyPast();
  const analyst = await analystOf(marketplace);
  const reader = createPool(marketplace.databaseUrl, { role: 'reader', name: 'test', max: 1, log: () => {} });
  onTestFinished(() => reader.end());
  for (const ownerId of [ann, bob, theo, paul]) {
    const { rows } = await analyst.query(
      `select id, transaction_type as type, source, amount::int, balance_before::int, balance_after::int,
              session_id, description, created_at
       from credit_transactions where user_id = $1 order by created_at desc`,
      [ownerId],
    );
    const told = await readAs(reader, { id: ownerId, isOperator: false }, (tx) =>
      listTransactions(tx, { ownerId, asset: 'credits' }, { limit: 200, after: null }),
    );
    expect(rows).toEqual(
      told.map(({ record }) => ({
        id: record.id,
        type: record.type,
        source: record.source,
        amount: record.amount,
        balance_before: record.balanceBefore,
        balance_after: record.balanceAfter,
        session_id: record.referenceType === 'booking' ? record.referenceId : null,
        description: record.description,
        created_at: record.createdAt,
      })),
    );
  }
  const { rows } = await analyst.query(
    'select count(*)::int as n, count(distinct id)::int as ids from credit_transactions',
  );
  expect(rows[0].ids).toBe(rows[0].n);
});

it('has the names and columns of the contract, in its order (000-07, 001-01)', async () => {
  const { owner } = await openMarketplace();
  const { rows } = await owner.query(
    `select table_name as view, string_agg(column_name || ' ' || data_type, ', ' order by ordinal_position) as columns
     from information_schema.columns where table_schema = 'reporting' group by 1 order by 1`,
  );
  expect(Object.fromEntries(rows.map(({ view, columns }) => [view, columns]))).toMatchObject({
    credits: 'user_id uuid, balance bigint, updated_at timestamp with time zone',
    credit_transactions:
      'id uuid, user_id uuid, amount bigint, transaction_type text, source text, balance_before bigint, ' +
      'balance_after bigint, session_id uuid, description text, created_at timestamp with time zone',
    client_sessions:
      'id uuid, client_id uuid, therapist_id uuid, is_peer_booking boolean, status text, session_date date, ' +
      'start_time time without time zone, duration_minutes integer, credit_cost bigint, ' +
      'created_at timestamp with time zone',
  });
  expect(await missingObjects(owner)).toEqual([]);
  await owner.query('drop view reporting.client_sessions');
  expect(await missingObjects(owner)).toEqual(['view reporting.client_sessions']);
});

it('shows a monthly allocation under the name that its readers know (000-13, 000-14)', async () => {
  const marketplace = await openMarketplace();
  await addPeople(marketplace, [ann]);
  await marketplace.owner.query(
    `with opened as (insert into accounts (id, owner_id, balance) values ($1, $1, 7))
     insert into transfers (id, operation_id, debit_account, credit_account, amount, debit_type, credit_type, source,
                            credit_before)
     values ($1, $1, '00000000-0000-4000-8000-000000000001', $1, 7, 'subscription_allocation',
             'subscription_allocation', 'stripe', 0)`,
    [ann],
  );
  const { rows } = await (await analystOf(marketplace)).query(
    'select id, transaction_type, source, amount::int from credit_transactions',
  );
  expect(rows).toEqual([{ id: ann, transaction_type: 'session_earning', source: 'subscription', amount: 7 }]);
});

it("shows sessions at the time on the practitioner's wall, in every zone there is (002-07, 002-08)", async () => {
  const marketplace = await openMarketplace();
  await addPeople(marketplace, [ann, bob]);
  const linked = ['CET', 'met', 'EET', 'WET', 'EST', 'MST', 'HST', 'UTC', 'europe/paris'];
  const zones = [...Intl.supportedValuesOf('timeZone'), ...linked].filter(isTimeZone);
  const sessions = zones.flatMap((timeZone) =>
    ['2026-01-15T23:30:00Z', '2026-07-15T23:30:00Z'].map((startsAt) => ({ id: randomUUID(), timeZone, startsAt })),
  );
  await marketplace.owner.query(
    `insert into bookings (id, client_id, practitioner_id, peer, status, starts_at, ends_at, buffered_until, time_zone,
       session_type, credit_cost, free_until_hours, late_refund_percent, cancelled_by)
     select id, $1, $2, false, 'cancelled', at, at + interval '50 minutes', at + interval '1 hour', zone, 'massage', 10,
            0, 0, 'client'
     from unnest($3::uuid[], $4::timestamptz[], $5::text[]) as new (id, at, zone)`,
    [
      ann,
      bob,
      sessions.map(({ id }) => id),
      sessions.map(({ startsAt }) => startsAt),
      sessions.map(({ timeZone }) => timeZone),
    ],
  );
  const { rows } = await (await analystOf(marketplace)).query<Record<'id' | 'date' | 'time' | 'minutes', string>>(
    `select id, session_date::text as date, start_time::text as time, duration_minutes::text as minutes
     from client_sessions`,
  );
  const shown = new Map(rows.map(({ id, date, time, minutes }) => [id, `${date}T${time} for ${minutes}`]));
  const wrong = sessions.filter(({ id, timeZone, startsAt }) => {
    const wall = Temporal.Instant.from(startsAt).toZonedDateTimeISO(timeZone).toPlainDateTime();
    return shown.get(id) !== `${wall.toString()} for 50`;
  });
  expect(sessions.length).toBeGreaterThan(800);
  expect(wrong).toEqual([]);
});

it('lets the role read the views, all rows of them, and nothing else', async () => {
  const marketplace = await aLivelyPast();
  const analyst = await analystOf(marketplace);
  const counts: Record<string, number> = {};
  for (const view of [
    'credits',
    'credit_transactions',
    'client_sessions',
    'bookings_by_day',
    'practitioner_credits',
    'operation_hours',
  ]) {
    counts[view] = (await analyst.query(`select count(*)::int as n from ${view}`)).rows[0].n;
  }
  expect(counts).toMatchObject({ credits: 4, client_sessions: 7, bookings_by_day: 180, practitioner_credits: 2 });

  const { rows } = await marketplace.owner.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
  );
  const refused = [
    ...rows.map(({ name }) => `select from public.${name}`),
    'update credits set balance = 0',
    'delete from credits',
    `insert into credits (user_id) values ('${ann}')`,
    'create table reporting.mine (id int)',
    'create table public.mine (id int)',
    'set role counterfoil_app',
  ];
  expect(rows.length).toBeGreaterThan(12);
  for (const text of refused) expect([text, await refusalOf(analyst, text)]).toEqual([text, forbidden]);
});

it("gives the API's reader no more of the views than an operator's eyes see", async () => {
  const marketplace = await aLivelyPast();
  const reader = createPool(marketplace.databaseUrl, { role: 'reader', name: 'test', max: 1, log: () => {} });
  onTestFinished(() => reader.end());
  const seen = (view: string, isOperator: boolean) =>
    readAs(reader, { id: theo, isOperator }, async ({ client }) => {
      const { rows } = await client.query(`select count(*)::int as n from reporting.${view}`);
      return rows[0].n;
    });
  for (const view of ['bookings_by_day', 'practitioner_credits', 'operation_hours']) {
    expect([view, await seen(view, false)]).toEqual([view, 0]);
    expect(await seen(view, true)).toBeGreaterThan(0);
  }
  for (const view of ['credits', 'credit_transactions', 'client_sessions']) {
    expect([view, await refusalOf(reader, `select from reporting.${view}`)]).toEqual([view, forbidden]);
  }
});

it('counts what practitioners earn and spend as the ledger does, debts and what is held aside included (001-41)', async () => {
  const marketplace = await aLivelyPast();
  const { rows } = await (await analystOf(marketplace)).query(
    'select practitioner_id, earned::int, spent::int, ratio::float from practitioner_credits order by earned desc',
  );
  expect(rows).toEqual([
    { practitioner_id: theo, earned: 10, spent: 0, ratio: null },
    { practitioner_id: paul, earned: 0, spent: 10, ratio: 0 },
  ]);
  const { rows: moved } = await marketplace.owner.query(
    `select p.id as practitioner_id,
            coalesce(sum(amount) filter (where credit_account = p.id and credit_type = 'session_earning'), 0)::int
              - coalesce(sum(amount) filter (where p.id in (debit_account, debtor)
                  and debit_type = 'session_refund_reversal'), 0)::int as earned,
            coalesce(sum(amount) filter (where debit_account = p.id and debit_type = 'session_payment'), 0)::int
              - coalesce(sum(amount) filter (where credit_account = p.id and credit_type = 'session_refund'), 0)::int
              as spent
     from practitioners p cross join transfers t group by p.id order by earned desc`,
  );
  expect(moved).toEqual(rows.map(({ ratio: _, ...counted }) => counted));
});

async function refusalOf(pool: pg.Pool, text: string): Promise<string> {
  return pool.query(text).then(
    () => 'none',
    (error: unknown) => sqlStateOf(error) ?? 'other',
  );
}
