import type pg from 'pg';
import { expect, it } from 'vitest';
import { claimCalendars } from '../../../db/calendars.ts';
import { claimAndLoad } from '../../../db/claim-and-load.ts';
import { withTransaction } from '../../../db/client.ts';
import { loadState } from '../../../db/load-state.ts';
import type { Queryable } from '../../../db/statement.ts';
import type { Footprint } from '../../../shared/domain/footprint.ts';
import { idOf, plainSettings } from '../../support/builders.ts';
import { addPeople, addPractitioners, meanwhile, openMarketplace } from '../../support/marketplace.ts';
import { startOf } from '../../support/requests.ts';

/* An operation that is alone takes calendars, accounts and state at once, or nothing but calendars, and never waits for them. */

const [ann, bob] = [idOf('ann'), idOf('bob')];
const span = { from: Date.parse(startOf(10)), to: Date.parse(startOf(11)) };
const footprint: Footprint = {
  people: [ann],
  accounts: [ann, bob],
  calendars: [ann, bob].map((personId) => ({ personId, ...span })),
};

const freeOf = async ({ owner }: { readonly owner: pg.Pool }, table: string): Promise<number> =>
  (await owner.query(`select from ${table} for update skip locked`)).rowCount ?? 0;

async function opened() {
  const market = await openMarketplace();
  await addPeople(market, [ann]);
  await addPractitioners(market, [bob]);
  return market;
}

async function openAccounts({ owner }: { readonly owner: pg.Pool }): Promise<void> {
  await owner.query('insert into accounts (id, owner_id) select id, id from unnest($1::uuid[]) as id', [[ann, bob]]);
}

it('has the locks and the state that the usual road has', async () => {
  const market = await opened();
  await openAccounts(market);
  const usual = await withTransaction(market.app, async ({ client }) =>
    loadState(client, [footprint], await claimCalendars(client, [footprint], { waits: false }), plainSettings),
  );
  await withTransaction(market.app, async ({ client }) => {
    const atOnce = await claimAndLoad(client, footprint, plainSettings);
    expect(atOnce?.state).toEqual(usual);
    expect(atOnce?.claim.busy.size).toBe(0);
    expect(await freeOf(market, 'users')).toBe(0);
    expect(await freeOf(market, 'accounts')).toBe(0);
  });
});

it('sends nothing that reads before what locks (002-12)', async () => {
  const market = await opened();
  await openAccounts(market);
  const sent: (string | undefined)[] = [];
  await withTransaction(market.app, async ({ client }) => {
    const watched: Queryable = {
      query: (config) => {
        sent.push(config.name);
        return client.query(config);
      },
    };
    await claimAndLoad(watched, footprint, plainSettings);
  });
  expect(sent[0]).toBe('lock_calendars_and_accounts');
  expect(sent).toContain('read_people');
});

it('touches no account, and waits for none, while somebody holds a calendar that it needs (002-12)', async () => {
  const market = await opened();
  await openAccounts(market);
  await meanwhile(market, async (other) => {
    await other.query('select from users where id = $1 for no key update', [bob]);
    await other.query('select from accounts where id = $1 for no key update', [bob]);
    await withTransaction(market.app, async ({ client }) => {
      expect(await claimAndLoad(client, footprint, plainSettings)).toBe(null);
      expect(await freeOf(market, 'accounts')).toBe(1);
      expect((await claimCalendars(client, [footprint], { waits: false })).busy).toEqual(new Set([bob]));
    });
  });
});

it('leaves accounts that are missing, and footprints that do not say whose calendars they need, to the usual road', async () => {
  const market = await opened();
  await withTransaction(market.app, async ({ client }) => {
    expect(await claimAndLoad(client, footprint, plainSettings)).toBe(null);
    expect(await claimAndLoad(client, { ...footprint, bookings: [idOf('booking')] }, plainSettings)).toBe(null);
    expect(await claimAndLoad(client, { accounts: [ann] }, plainSettings)).toBe(null);
    const claim = await claimCalendars(client, [footprint], { waits: false });
    const { accounts } = await loadState(client, [footprint], claim, plainSettings);
    expect([...accounts.values()]).toMatchObject([{ balance: 0 }, { balance: 0 }]);
  });
});
