import type pg from 'pg';
import { expect, it } from 'vitest';
import { claimCalendars } from '../../../db/calendars.ts';
import { withTransaction } from '../../../db/client.ts';
import { loadState } from '../../../db/load-state.ts';
import type { Queryable } from '../../../db/statement.ts';
import type { WorkingState } from '../../../shared/domain/changes.ts';
import type { Footprint } from '../../../shared/domain/footprint.ts';
import type { Uuid } from '../../../shared/domain/ids.ts';
import { idOf, plainSettings } from '../../support/builders.ts';
import { addPeople, addPractitioners, meanwhile, openMarketplace } from '../../support/marketplace.ts';
import { startOf } from '../../support/requests.ts';
import { until } from '../../support/until.ts';

/*
 * Loading is several statements, and other processes commit between any two of them. Each test makes one such moment
 * happen for certain: `between` is called before the statement of that name is sent.
 */

const [ann, bob] = [idOf('ann'), idOf('bob')];

function interrupted(client: pg.ClientBase, name: string, between: () => Promise<unknown>): Queryable {
  let isPending = true;
  return {
    query: async (config) => {
      if (isPending && config.name === name) {
        isPending = false;
        await between();
      }
      return client.query(config);
    },
  };
}

/** Makes the account and gives it 7 credits, as another batch would. */
const openAccount = `with opened as (insert into accounts (id, owner_id, balance) values ($1, $1, 7))
  insert into transfers (id, operation_id, debit_account, credit_account, amount, debit_type, credit_type, source,
                         credit_before)
  values (gen_random_uuid(), gen_random_uuid(), '00000000-0000-4000-8000-000000000001', $1, 7, 'bonus', 'bonus',
          'bonus', 0)`;

it('creates the account of whoever is in the directory and has none, once, and of nobody else (000-10, 000-11, 001-07)', async () => {
  const { app, owner } = await openMarketplace();
  await addPeople({ owner }, [ann]);
  const accounts = await withTransaction(app, async ({ client }) => {
    const state = await load(client, [{ accounts: [ann, bob] }, { accounts: [ann] }]);
    return state.accounts;
  });
  expect(accounts.get(ann)).toEqual({ id: ann, ownerId: ann, balance: 0, held: 0, debt: 0 });
  expect(accounts.get(bob)).toBe(null);
  const { rows } = await owner.query('select owner_id from accounts');
  expect(rows).toEqual([{ owner_id: ann }]);
});

it('sees what is in an account that another batch has opened meanwhile (000-38, 002-10)', async () => {
  const { app, owner } = await openMarketplace();
  await addPeople({ owner }, [ann]);
  const accounts = await withTransaction(app, async ({ client }) => {
    const elsewhere = () => owner.query(openAccount, [ann]);
    const state = await load(interrupted(client, 'create_accounts', elsewhere), [{ accounts: [ann] }]);
    return state.accounts;
  });
  expect(accounts.get(ann)).toMatchObject({ balance: 7 });
});

it('sees the lots, too, of an account that another batch has opened meanwhile', async () => {
  const { app, owner } = await openMarketplace();
  await addPeople({ owner }, [ann]);
  const lots = await withTransaction(app, async ({ client }) => {
    const elsewhere = async () => {
      await owner.query(openAccount, [ann]);
      await owner.query(
        `insert into lots (id, account_id, operation_id, origin_id, amount, remaining, expires_at, source, status)
         values ($1, $2, $1, $1, 7, 5, '2100-01-01', 'bonus', 'live')`,
        [idOf('lot'), ann],
      );
    };
    const state = await load(interrupted(client, 'create_accounts', elsewhere), [{ accounts: [ann] }]);
    return state.lots;
  });
  expect(lots.get(ann)).toMatchObject([{ id: idOf('lot'), remaining: 5, expiresAt: Date.UTC(2100, 0, 1) }]);
});

it('waits for a batch that is opening the account, and has its lock then (000-25, 000-38)', async () => {
  const { app, owner } = await openMarketplace();
  await addPeople({ owner }, [ann, bob]);
  await meanwhile({ owner }, async (other) => {
    await other.query('insert into accounts (id, owner_id) values ($1, $1)', [bob]);
    const loading = withTransaction(app, async ({ client }) => {
      const { accounts } = await load(client, [{ accounts: [ann, bob] }]);
      const { rows } = await owner.query('select id from accounts for update skip locked');
      return { balance: accounts.get(bob)?.balance, free: rows };
    });
    await until('the loading batch waits', async () => {
      const { rowCount } = await owner.query(
        "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      );
      return rowCount === 1;
    });
    await other.query('update accounts set balance = 5 where id = $1', [bob]);
    await other.query('commit');
    expect(await loading).toEqual({ balance: 5, free: [] });
  });
});

it('takes a booking that appears while it loads for absent: its parties are not locked (002-12)', async () => {
  const { app, owner } = await openMarketplace();
  const bookingId = idOf('booking');
  await addPeople({ owner }, [ann]);
  await addPractitioners({ owner }, [bob]);
  const book = () =>
    owner.query(
      `insert into bookings (id, client_id, practitioner_id, peer, status, starts_at, ends_at, buffered_until,
                             time_zone, session_type, credit_cost, free_until_hours, late_refund_percent)
       values ($1, $2, $3, false, 'booked', $4, $5, $5, 'UTC', 'massage', 10, 0, 0)`,
      [bookingId, ann, bob, startOf(10), startOf(11)],
    );
  const bookings = await withTransaction(app, async ({ client }) => {
    const state = await load(interrupted(client, 'read_people', book), [{ people: [ann], bookings: [bookingId] }]);
    return state.bookings;
  });
  expect(bookings.get(bookingId)).toBe(null);
});

it('reads the sessions of the whole day of whoever limits them, and of nobody else (002-06)', async () => {
  const { app, owner } = await openMarketplace();
  await addPeople({ owner }, [ann]);
  const limited = idOf('limited');
  await addPractitioners({ owner }, [bob], { bufferMinutes: 30 });
  await addPractitioners({ owner }, [limited], { sessionsPerDayMax: 3, timeZone: 'Pacific/Kiritimati' });
  const hours = [-60, -49, -20, 9, 10, 30, 49, 60];
  for (const [n, hour] of hours.entries()) {
    await owner.query(
      `insert into bookings (id, client_id, practitioner_id, peer, status, starts_at, ends_at, buffered_until,
                             time_zone, session_type, credit_cost, free_until_hours, late_refund_percent)
       select gen_random_uuid(), $1, practitioner, false, 'booked', $3::timestamptz + part, $3::timestamptz + part + '10 min',
              $3::timestamptz + part + '10 min', 'UTC', 'massage', $4, 0, 0
       from unnest($2::uuid[], array['0 min', '15 min']::interval[]) as one (practitioner, part)`,
      [ann, [bob, limited], startOf(100 + hour), n],
    );
  }
  const span = { from: Date.parse(startOf(110)), to: Date.parse(startOf(111)) };
  const calendars = [bob, limited].map((personId) => ({ personId, ...span }));
  const state = await withTransaction(app, async ({ client }) => load(client, [{ calendars }]));
  const hoursOf = (personId: Uuid) =>
    (state.calendars.get(personId) ?? []).map(({ creditCost }) => hours[creditCost]).sort((a = 0, b = 0) => a - b);
  expect(hoursOf(bob)).toEqual([10]);
  // Fifty hours on either side of ten: whatever the zone, the day lies within.
  expect(hoursOf(limited)).toEqual([-20, 9, 10, 30, 49, 60]);
});

/** As a batch does it. */
async function load(on: Queryable, footprints: readonly Footprint[]): Promise<WorkingState> {
  return loadState(on, footprints, await claimCalendars(on, footprints, { waits: true }), plainSettings);
}
