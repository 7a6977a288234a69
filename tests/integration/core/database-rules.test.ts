import type pg from 'pg';
import { expect, it } from 'vitest';
import { createPool, withTransaction } from '../../../db/client.ts';
import { sqlStateOf } from '../../../db/failures.ts';
import { idOf } from '../../support/builders.ts';
import {
  addPeople,
  addPractitioners,
  endings,
  giveCredits,
  type Marketplace,
  openMarketplace,
  startTestWorker,
} from '../../support/marketplace.ts';
import { booking, startOf, submissionOf } from '../../support/requests.ts';

/* The database is the second judge: what it holds is held also against code that goes round the deciders. */

const [ann, bob, cyd, theo] = [idOf('ann'), idOf('bob'), idOf('cyd'), idOf('theo')];

/** The SQLSTATE that a statement ends with, 'none' when it works; rolled back in any case. */
async function refusalOf(pool: pg.Pool, text: string, values: unknown[] = []): Promise<string> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(text, values);
    return 'none';
  } catch (error) {
    return sqlStateOf(error) ?? 'other';
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const forbidden = '42501';
const overlaps = '23P01';
const breaksCheck = '23514';

/** A marketplace in which Ann has paid Theo for a session, and Bob is a stranger. */
async function withASession(): Promise<{ marketplace: Marketplace; bookingId: string }> {
  const marketplace = await openMarketplace();
  await addPeople(marketplace, [ann, bob, cyd]);
  await addPractitioners(marketplace, [theo], { bufferMinutes: 15 });
  startTestWorker(marketplace);
  await giveCredits(marketplace, [ann, bob], 20);
  const session = booking(ann, theo, 9);
  expect(await endings(marketplace, [session])).toEqual(['succeeded']);
  return { marketplace, bookingId: submissionOf(session).id };
}

it('lets the application add to the ledger and to the records of deeds, and change or delete nothing of them (000-33, 001-03)', async () => {
  const { marketplace } = await withASession();
  const columns = { transfers: 'amount', operator_actions: 'note', audit_runs: 'ok' };
  for (const [table, column] of Object.entries(columns)) {
    for (const text of [`update ${table} set ${column} = ${column}`, `delete from ${table}`, `truncate ${table}`]) {
      expect([text, await refusalOf(marketplace.app, text)]).toEqual([text, forbidden]);
    }
  }
  for (const table of [
    'operations',
    'accounts',
    'bookings',
    'slot_holds',
    'waitlist_entries',
    'freed_slots',
    'users',
    'lane_heads',
    'lane_tails',
    'reconciliation_items',
  ]) {
    expect([table, await refusalOf(marketplace.app, `delete from ${table}`)]).toEqual([table, forbidden]);
  }
});

it('gives the application roles that own nothing, bypass nothing and may make nothing', async () => {
  const { owner, app } = await openMarketplace();
  const { rows } = await owner.query(
    `select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin,
            (select count(*)::int from pg_shdepend d join pg_database b on b.oid = d.dbid and b.datname = current_database()
             where d.refobjid = r.oid and d.deptype = 'o') as owned
     from pg_roles r where rolname like 'counterfoil%' order by 1`,
  );
  const nothing = {
    rolsuper: false,
    rolbypassrls: false,
    rolcreaterole: false,
    rolcreatedb: false,
    rolcanlogin: false,
    owned: 0,
  };
  expect(rows).toEqual([
    { rolname: 'counterfoil_app', ...nothing },
    { rolname: 'counterfoil_reader', ...nothing },
  ]);
  const { rows: who } = await app.query('select current_user');
  expect(who).toEqual([{ current_user: 'counterfoil_app' }]);
  for (const text of [
    'create table mine (id int)',
    'alter table transfers disable row level security',
    'alter table transfers add column mine int',
    'drop table transfers',
    'create function mine() returns int language sql as $$ select 1 $$',
  ]) {
    expect([text, await refusalOf(app, text)]).toEqual([text, forbidden]);
  }
});

/** A session of this client with this practitioner from then on. */
const insertSession = `insert into bookings (id, client_id, practitioner_id, peer, status, starts_at, ends_at, buffered_until,
    time_zone, session_type, credit_cost, free_until_hours, late_refund_percent)
  values (gen_random_uuid(), $1, $2, false, 'booked', $3, $3::timestamptz + interval '1 hour',
    $3::timestamptz + interval '75 minutes', 'UTC', 'massage', 10, 0, 0)`;

it('keeps people out of two sessions at once, whoever writes them (001-45, 002-12, 002-13, 002-14)', async () => {
  const { marketplace } = await withASession();
  const tries = [
    ['the same slot', bob, theo, 9],
    ['half of it', bob, theo, 9.5],
    ['the buffer after it', bob, theo, 10.2],
    ['the buffer before it', bob, theo, 7.8],
    ['the client elsewhere', ann, bob, 9.5],
    ['right after the buffer', bob, theo, 10.25],
  ] as const;
  const refusals: [string, string][] = [];
  for (const [what, client, practitioner, hour] of tries) {
    refusals.push([what, await refusalOf(marketplace.app, insertSession, [client, practitioner, startOf(hour)])]);
  }
  expect(refusals).toEqual([
    ...tries.slice(0, -1).map(([what]) => [what, overlaps]),
    ['right after the buffer', 'none'],
  ]);
});

it('holds what a practitioner says about their time to its bounds', async () => {
  const { marketplace } = await withASession();
  const set = (change: string) => refusalOf(marketplace.app, `update practitioners set ${change}`);
  for (const change of ['booking_horizon_days = 0', 'booking_horizon_days = 731', 'sessions_per_day_max = 0']) {
    expect([change, await set(change)]).toEqual([change, breaksCheck]);
  }
  expect(await set('booking_horizon_days = 730, sessions_per_day_max = 1')).toBe('none');
  expect(await set('booking_horizon_days = null, sessions_per_day_max = null')).toBe('none');
});

it('frees the slot of a cancelled session', async () => {
  const { marketplace } = await withASession();
  const again = [bob, theo, startOf(9)];
  expect(await refusalOf(marketplace.app, insertSession, again)).toBe(overlaps);
  await marketplace.owner.query(
    "update bookings set status = 'cancelled', cancelled_by = 'client', cancelled_at = now()",
  );
  expect(await refusalOf(marketplace.app, insertSession, again)).toBe('none');
});

it('holds every amount to its rule (000-07, 000-10, 000-29, 002-11)', async () => {
  const { marketplace } = await withASession();
  const transfer = (values: string) =>
    `insert into transfers (id, operation_id, debit_account, credit_account, amount, debit_type, credit_type, source,
       debit_before, credit_before) values (gen_random_uuid(), gen_random_uuid(), ${values})`;
  const [from, to] = [`'${ann}'`, `'${bob}'`];
  const tries: readonly (readonly [string, string, string])[] = [
    ['a balance below zero', 'update accounts set balance = -1', breaksCheck],
    ['a hold of more than there is', 'update accounts set held = balance + 1', breaksCheck],
    ['a debt below zero', 'update accounts set debt = -1', breaksCheck],
    ['a second account', `insert into accounts (id, owner_id) values (gen_random_uuid(), ${from})`, '23505'],
    [
      'an account of nobody',
      'insert into accounts (id, owner_id) values ($$00000000-0000-4000-8000-00000000000a$$, $$00000000-0000-4000-8000-00000000000a$$)',
      '23503',
    ],
    [
      'a transfer of nothing',
      transfer(`${from}, ${to}, 0, 'transfer_out', 'transfer_in', 'transfer', 5, 5`),
      breaksCheck,
    ],
    [
      'a transfer to oneself',
      transfer(`${from}, ${from}, 1, 'transfer_out', 'transfer_in', 'transfer', 5, 5`),
      breaksCheck,
    ],
    [
      'a transfer of more than there was',
      transfer(`${from}, ${to}, 6, 'transfer_out', 'transfer_in', 'transfer', 5, 5`),
      breaksCheck,
    ],
    ['a refund above the price', 'update bookings set refunded_credits = credit_cost + 1', breaksCheck],
    ['a session with oneself', 'update bookings set client_id = practitioner_id', breaksCheck],
    ['an end before the start', 'update bookings set ends_at = starts_at', breaksCheck],
    ['an unknown status', "update operations set status = 'lost'", breaksCheck],
    ['an outcome and a rejection', `update operations set rejection = '{}'`, breaksCheck],
    ['a final operation without its time', 'update operations set settled_at = null', breaksCheck],
    [
      'a place in the lane twice',
      'update operations set lane_seq = 1, lane = $$00000000-0000-4000-8000-00000000000a$$',
      '23505',
    ],
  ];
  for (const [what, text, refusal] of tries) {
    expect([what, await refusalOf(marketplace.app, text)]).toEqual([what, refusal]);
  }
});

it('shows readers what is theirs, both parties their session, operators everything (001-08, 001-09, 001-12)', async () => {
  const { marketplace, bookingId } = await withASession();
  const reader = createPool(marketplace.databaseUrl, {
    role: 'reader',
    name: 'counterfoil-test',
    max: 2,
    log: () => {},
  });
  const seenBy = (userId: string | null, isOperator = false) =>
    withTransaction(reader, async ({ client }) => {
      if (userId !== null) await client.query("select set_config('app.user_id', $1, true)", [userId]);
      await client.query("select set_config('app.is_operator', $1, true)", [String(isOperator)]);
      const { rows } = await client.query(
        `select (select count(*)::int from bookings where id = $1) as bookings,
                (select count(*)::int from transfers) as transfers,
                (select count(*)::int from accounts) as accounts,
                (select count(*)::int from operations) as operations,
                (select count(*)::int from users where roles = '{client}') as clients`,
        [bookingId],
      );
      return rows[0];
    });
  expect(await seenBy(ann)).toEqual({ bookings: 1, transfers: 2, accounts: 1, operations: 2, clients: 1 });
  expect(await seenBy(theo)).toEqual({ bookings: 1, transfers: 0, accounts: 1, operations: 0, clients: 0 });
  expect(await seenBy(bob)).toEqual({ bookings: 0, transfers: 1, accounts: 1, operations: 1, clients: 1 });
  expect(await seenBy(cyd)).toEqual({ bookings: 0, transfers: 0, accounts: 0, operations: 0, clients: 1 });
  expect(await seenBy(null)).toEqual({ bookings: 0, transfers: 0, accounts: 0, operations: 0, clients: 0 });
  expect(await seenBy(null, true)).toEqual({ bookings: 1, transfers: 3, accounts: 3, operations: 3, clients: 3 });
  expect(await refusalOf(reader, 'update accounts set balance = 0')).toBe(forbidden);
  expect(await refusalOf(reader, 'insert into seeds (name) values ($$mine$$)')).toBe(forbidden);
  await reader.end();
});

it('forgets whose eyes it read with when the transaction ends', async () => {
  const { marketplace } = await withASession();
  const reader = createPool(marketplace.databaseUrl, {
    role: 'reader',
    name: 'counterfoil-test',
    max: 1,
    log: () => {},
  });
  await withTransaction(reader, ({ client }) => client.query("select set_config('app.is_operator', 'true', true)"));
  const { rows } = await reader.query('select count(*)::int as n from transfers');
  expect(rows).toEqual([{ n: 0 }]);
  await reader.end();
});

it('has both rules against double booking, over the sessions that are still to be held (001-56, 002-18)', async () => {
  const { owner } = await openMarketplace();
  const { rows } = await owner.query<{ name: string; rule: string }>(
    `select conname as name, pg_get_constraintdef(oid) as rule from pg_constraint where contype = 'x' order by 1`,
  );
  const rule = expect.stringMatching(/^EXCLUDE .* WHERE \(\(status = 'booked'::text\)\)$/);
  expect(rows).toEqual([
    { name: 'bookings_no_overlap_per_client', rule },
    { name: 'bookings_no_overlap_per_practitioner', rule },
  ]);
});
