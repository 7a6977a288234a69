import { expect, it } from 'vitest';
import { putUser } from '../../../db/directory.ts';
import { readPool } from '../../../db/queries/partner-dashboard.ts';
import { readAs } from '../../../db/queries/read-as.ts';
import { runSchedule } from '../../../db/schedules.ts';
import { creditsOf, unclaimedOf } from '../../../shared/domain/accounts.ts';
import type { Uuid } from '../../../shared/domain/ids.ts';
import { expireAssignments } from '../../../workers/schedules/expire-assignments.ts';
import { expireCredits } from '../../../workers/schedules/expire-credits.ts';
import { idOf } from '../../support/builders.ts';
import {
  addPeople,
  addPractitioners,
  endings,
  holdingsOf,
  type Marketplace,
  meanwhile,
  openMarketplace,
  settled,
  startTestWorker,
  submit,
  violations,
} from '../../support/marketplace.ts';
import { allocation, booking, cancellation, submissionOf, transfer } from '../../support/requests.ts';
import { acme, addMembers, assignment, openAcme, putAcme, removal } from '../../support/sponsor.ts';
import { until } from '../../support/until.ts';

/* What partners have assigned and nobody has used in time (003-07), from the assignment to the reports. */

const [ann, theo] = [idOf('ann'), idOf('theo')];

async function setup(onExpiry: 'return' | 'forfeit') {
  const marketplace = await openMarketplace({});
  const worker = startTestWorker(marketplace);
  await addPeople(marketplace, [ann]);
  await addPractitioners(marketplace, [theo]);
  await openAcme(marketplace, { credits: 100, onExpiry });
  const [known = '', unknown = ''] = await addMembers(marketplace, [`${ann}@example.test`, 'new@corp.test']);
  return { marketplace, worker, known, unknown };
}

/** Where the credits of the pool are, as its partner sees it. */
async function poolOf({ app }: Marketplace) {
  const pool = await readAs(app, { id: acme, isOperator: true }, (tx) => readPool(tx, acme));
  return pool && { available: pool.available, assigned: pool.assigned, used: pool.used, expired: pool.expired };
}

/** As those who report see each credit of Acme's: how many of each status. */
async function reported({ owner }: Marketplace): Promise<Record<string, number>> {
  const { rows } = await owner.query<{ status: string; credits: number }>(
    `select status, count(*)::int as credits from reporting.partner_credits where partner_id = $1 group by status`,
    [acme],
  );
  return Object.fromEntries(rows.map(({ status, credits }) => [status, credits]));
}

/** As if everything that is assigned or has an end had been given so many days earlier. */
async function age({ owner }: Marketplace, days: number): Promise<void> {
  for (const table of ['lots', 'partner_assignments']) {
    await owner.query(`update ${table} set expires_at = expires_at - make_interval(days => $1)`, [days]);
  }
}

it('goes back into the pool, where the contract returns it, with or without an account', async () => {
  const { marketplace, known, unknown } = await setup('return');
  const wanted = [assignment(known, 30), assignment(unknown, 20), booking(ann, theo, 9)];
  expect(await endings(marketplace, wanted)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  expect(await poolOf(marketplace)).toEqual({ available: 50, assigned: 40, used: 10, expired: 0 });
  expect(await reported(marketplace)).toEqual({ available: 40, used: 10 });

  await age(marketplace, 91);
  await until('it is back', async () => (await poolOf(marketplace))?.available === 90);
  expect(await poolOf(marketplace)).toEqual({ available: 90, assigned: 0, used: 10, expired: 0 });
  expect(await reported(marketplace)).toEqual({ returned: 40, used: 10 });
  expect(await holdingsOf(marketplace, ann)).toMatchObject({ balance: 0 });
  const { rows } = await marketplace.owner.query(
    `select o.lane, t.debit_type, t.amount::int from operations o join transfers t on t.operation_id = o.id
     where o.kind = 'partner.expire' order by t.amount`,
  );
  // Each in the lane of whoever had it: what waits for an account is the partner's.
  expect(rows).toEqual([
    { lane: idOf('boss'), debit_type: 'partner_return', amount: 20 },
    { lane: ann, debit_type: 'partner_return', amount: 20 },
  ]);
  expect(await violations(marketplace)).toEqual({});
});

it('is forfeited, where the contract says so, and what was refunded later ends once more', async () => {
  const { marketplace, known, unknown } = await setup('forfeit');
  const session = booking(ann, theo, 9);
  await endings(marketplace, [assignment(known, 30), assignment(unknown, 20), session]);
  await age(marketplace, 91);
  await until('it is gone', async () => (await reported(marketplace)).available === undefined);
  await until('nothing is open', async () => (await dueIn(marketplace)) === 0);
  expect(await poolOf(marketplace)).toEqual({ available: 50, assigned: 0, used: 10, expired: 40 });
  expect(await reported(marketplace)).toEqual({ expired: 40, used: 10 });

  expect(await endings(marketplace, [cancellation(theo, submissionOf(session).id)])).toEqual(['succeeded']);
  expect(await poolOf(marketplace)).toEqual({ available: 50, assigned: 10, used: 0, expired: 40 });
  expect(await reported(marketplace)).toEqual({ available: 10, expired: 40 });
  await age(marketplace, 31);
  await until('it is gone, too', async () => (await holdingsOf(marketplace, ann))?.balance === 0);
  expect(await poolOf(marketplace)).toEqual({ available: 50, assigned: 0, used: 0, expired: 50 });
  const { rows } = await marketplace.owner.query('select expired::int from partners');
  expect(rows).toEqual([{ expired: 50 }]);
  expect(await violations(marketplace)).toEqual({});
});

async function dueIn({ owner }: Marketplace): Promise<number> {
  const { rows } = await owner.query<{ due: number }>(
    `select (select count(*) from lots where remaining > 0 and expires_at <= now())::int
          + (select count(*) from partner_assignments where status = 'open' and expires_at <= now())::int as due`,
  );
  return rows[0]?.due ?? 0;
}

it('is spent before what has no end, and other credits are not touched by its end or by a removal (003-39)', async () => {
  const { marketplace, known } = await setup('return');
  await endings(marketplace, [allocation(ann, 15), assignment(known, 25), booking(ann, theo, 9)]);
  expect(await holdingsOf(marketplace, ann)).toMatchObject({ balance: 30 });
  const [removed] = await settled(marketplace, await submit(marketplace, [removal(known)]));
  expect(removed?.outcome).toMatchObject({ creditsReturned: 15, poolAvailable: 90 });
  expect(await holdingsOf(marketplace, ann)).toMatchObject({ balance: 15 });
  expect(await poolOf(marketplace)).toEqual({ available: 90, assigned: 0, used: 10, expired: 0 });
  expect(await violations(marketplace)).toEqual({});
});

it('cannot be claimed any more, nor spent, when no schedule has looked (003-08)', async () => {
  const { marketplace, worker, known, unknown } = await setup('forfeit');
  await endings(marketplace, [assignment(known, 30), assignment(unknown, 20)]);
  await worker.close();
  await age(marketplace, 91);
  // Nobody has taken anything away yet, and it counts for nothing all the same.
  expect(await poolOf(marketplace)).toEqual({ available: 50, assigned: 0, used: 0, expired: 50 });
  expect(await reported(marketplace)).toEqual({ expired: 50 });

  const late = idOf('late');
  const names = { firstName: 'Nina', lastName: 'Late', roles: [], timeZone: 'UTC', active: true, emailVerified: true };
  const requests = [booking(ann, theo, 9), transfer(ann, theo, 1), assignment(unknown, 7)];
  const ids = await submit(marketplace, requests);
  await putUser(marketplace.app, late, { ...names, email: 'new@corp.test' });
  startTestWorker(marketplace);
  const said = (await settled(marketplace, ids)).map(({ status, rejection }) => rejection?.code ?? status);
  expect(said).toEqual(['insufficient_credits', 'insufficient_credits', 'succeeded']);
  await until('the others are over', async () => (await dueIn(marketplace)) === 0);
  await until('what is not over is claimed', async () => (await holdingsOf(marketplace, late))?.balance === 7);
  expect(await poolOf(marketplace)).toEqual({ available: 43, assigned: 7, used: 0, expired: 50 });
  expect(await violations(marketplace)).toEqual({});
});

it('is found once by each schedule, whatever the contract says when it is', async () => {
  const { marketplace, worker, known } = await setup('forfeit');
  await endings(marketplace, [assignment(known, 30)]);
  await worker.close();
  await age(marketplace, 91);
  const found = async () => {
    const ofAssignments = await runSchedule(marketplace.app, expireAssignments);
    const ofLots = await runSchedule(marketplace.app, expireCredits);
    return [ofAssignments?.length, ofLots?.length];
  };
  expect(await found()).toEqual([1, 0]);
  expect(await found()).toEqual([0, 0]);
  await putAcme(marketplace, 'return');
  startTestWorker(marketplace);
  await until('it is back', async () => (await poolOf(marketplace))?.available === 100);
  expect(await violations(marketplace)).toEqual({});
});

it('goes by the contract as it is, also when that is being changed: who ends it waits for the partner', async () => {
  const { marketplace, worker, known } = await setup('forfeit');
  await endings(marketplace, [assignment(known, 30)]);
  await worker.close();
  await age(marketplace, 91);
  await meanwhile(marketplace, async (client) => {
    await client.query(`update partners set on_expiry = 'return'`);
    startTestWorker(marketplace);
    await until('the end waits, or has not waited', async () => {
      const { rowCount } = await marketplace.owner.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
         union all select from operations where kind = 'partner.expire' and status = 'succeeded'`,
      );
      return rowCount !== 0;
    });
    await client.query('commit');
  });
  await until('it has ended', async () => (await dueIn(marketplace)) === 0);
  expect(await poolOf(marketplace)).toEqual({ available: 100, assigned: 0, used: 0, expired: 0 });
});

it('is in lots of accounts only: what waits for an account is counted by its assignments', async () => {
  const { marketplace, known, unknown } = await setup('return');
  await endings(marketplace, [assignment(known, 30), assignment(unknown, 20)]);
  const lotsIn = async (accountId: Uuid) => {
    const { rowCount } = await marketplace.owner.query('select from lots where account_id = $1', [accountId]);
    return rowCount;
  };
  expect([await lotsIn(creditsOf(ann)), await lotsIn(unclaimedOf(acme))]).toEqual([1, 0]);
});
