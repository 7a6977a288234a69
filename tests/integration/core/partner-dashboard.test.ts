import pg from 'pg';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createPool, type Tx } from '../../../db/client.ts';
import { listDashboardMembers, readPool } from '../../../db/queries/partner-dashboard.ts';
import { readAs } from '../../../db/queries/read-as.ts';
import { poolOf, unclaimedOf } from '../../../shared/domain/accounts.ts';
import { idOf } from '../../support/builders.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

/* What the dashboard costs when a partner has ten thousand members, and others have more. */

const members = 10_000;
const [acme, umbrella] = [idOf('acme'), idOf('umbrella')];
const operator = { id: acme, isOperator: true };

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  await fill(owner);
  await owner.end();
  return () => database.drop();
}, 120_000);

/** Two partners; every second member has an account, with what is left of two assignments of three and a session. */
async function fill(owner: pg.Client): Promise<void> {
  await owner.query(
    `insert into users (id, email, first_name, last_name, roles, time_zone, active, email_verified)
     select md5('user ' || n)::uuid, 'user-' || n || '@corp.test', 'A', 'B', '{client}', 'UTC', true, true
     from generate_series(1, $1::int) as n`,
    [4 * members],
  );
  for (const [id, nth, count] of [
    [acme, 1, members],
    [umbrella, 2, 3 * members],
  ] as const) {
    await owner.query(
      `insert into partners (id, name, owner_user_id, expiry_days, on_expiry, funded)
       values ($1, 'Name', md5('user ' || $2::text)::uuid, 90, 'return', 30 * $3::int)`,
      [id, nth, count],
    );
    await owner.query(
      `insert into accounts (id, partner_id, purpose, balance) values ($2, $1, 'pool', 0), ($3, $1, 'unclaimed', $4)`,
      [id, poolOf(id), unclaimedOf(id), 15 * count],
    );
    await owner.query(
      `insert into partner_members (id, partner_id, email, first_name, user_id, credits_assigned)
       select md5($2 || ' member ' || n)::uuid, $1, n || '@corp.test', 'Member',
              case when n % 2 = 0 then md5('user ' || (n + case when $2 = '2' then $4::int else 0 end))::uuid end, 30
       from generate_series(1, $3::int) as n`,
      [id, String(nth), count, members],
    );
  }
  await owner.query(`
    insert into partner_assignments (id, partner_id, member_id, operation_id, amount, status, assigned_at, expires_at)
    select md5(m.id || ' ' || n)::uuid, m.partner_id, m.id, m.id, 10, 'open', now() - make_interval(days => 20 * n),
           now() + make_interval(days => 90 - 20 * n)
    from partner_members m cross join generate_series(1, 3) as n;
    insert into accounts (id, owner_id, balance) select user_id, user_id, 15 from partner_members where user_id is not null;
    insert into lots (id, account_id, operation_id, origin_id, amount, remaining, expires_at, source, status)
    select s.id, m.user_id, s.id, s.id, 10, case when s.assigned_at > now() - interval '30 days' then 10 else 5 end,
           s.expires_at, 'partner', 'live'
    from partner_assignments s join partner_members m on m.id = s.member_id
    where m.user_id is not null and s.assigned_at > now() - interval '50 days';
    insert into bookings (id, client_id, practitioner_id, peer, status, starts_at, ends_at, buffered_until, time_zone,
                          session_type, credit_cost, free_until_hours, late_refund_percent)
    select user_id, user_id, md5('user 1')::uuid, false, 'booked', start, start + interval '1 minute',
           start + interval '1 minute', 'UTC', 'talk', 1, 0, 0
    from (select user_id, now() + make_interval(mins => row_number() over ()::int) as start
          from partner_members where user_id is not null) as session`);
  await owner.query('analyze');
}

interface Asked {
  readonly text: string;
  readonly values: unknown[];
}

/** The reader's transaction, with a list of what is asked in it. */
async function watching(work: (tx: Tx) => Promise<unknown>): Promise<{ asked: Asked[]; plans: unknown[] }> {
  const pool = createPool(database.url, { role: 'reader', name: 'counterfoil-test', max: 1, log: () => {} });
  onTestFinished(() => pool.end());
  return readAs(pool, operator, async (tx) => {
    const asked: Asked[] = [];
    const client = new Proxy(tx.client, {
      get: (target, name) =>
        name === 'query'
          ? (text: string, values: unknown[]) => {
              asked.push({ text, values });
              return target.query(text, values);
            }
          : Reflect.get(target, name),
    });
    await work({ ...tx, client });
    const plans: unknown[] = [];
    for (const { text, values } of asked) {
      plans.push((await tx.client.query(`explain (analyze, format json) ${text}`, values)).rows[0]['QUERY PLAN']);
    }
    return { asked, plans };
  });
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string | undefined;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number | undefined;
  readonly Plans?: readonly Plan[] | undefined;
}

const plan: z.ZodType<Plan> = z.object({
  'Node Type': z.string(),
  'Index Name': z.string().optional(),
  'Actual Rows': z.number(),
  'Actual Loops': z.number(),
  'Rows Removed by Filter': z.number().optional(),
  Plans: z.lazy(() => z.array(plan)).optional(),
});

const explained = z.tuple([z.object({ Plan: plan })]);

function nodesOf(node: Plan): Plan[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

function nodesIn(answer: unknown): Plan[] {
  const [{ Plan: root }] = explained.parse(answer);
  return nodesOf(root);
}

/** The most rows that one step of the plan looks at. */
function mostRows(answer: unknown): number {
  return Math.max(
    ...nodesIn(answer).map(
      (node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
    ),
  );
}

it('sums up the pool in one statement, in time that grows with its credits and no faster', async () => {
  const { asked, plans } = await watching((tx) => readPool(tx, acme));
  expect(asked).toHaveLength(1);
  // Never more than all the assignments, or all the lots, that there are.
  expect(mostRows(plans[0])).toBeLessThanOrEqual(4 * members * 3);
});

it('reads a page of members in one statement, which touches what belongs to them only (003-17, 003-18)', async () => {
  const limit = 200;
  const { asked, plans } = await watching((tx) => listDashboardMembers(tx, acme, { limit, after: null }));
  expect(asked).toHaveLength(1);
  // Three assignments each, of which two have a lot.
  expect(mostRows(plans[0])).toBeLessThanOrEqual(limit * 3);
  const used = nodesIn(plans[0]);
  expect(used.flatMap((node) => node['Index Name'] ?? [])).toEqual(
    expect.arrayContaining(['partner_members_in_order', 'lots_of_account']),
  );
  // The rules of who may see what have some that an operator never gets to.
  expect(used.filter((node) => node['Node Type'] === 'Seq Scan' && node['Actual Loops'] > 0)).toEqual([]);
});

it('says what they have left, as it says of the pool', async () => {
  const pool = createPool(database.url, { role: 'reader', name: 'counterfoil-test', max: 1, log: () => {} });
  onTestFinished(() => pool.end());
  const read = await readAs(pool, operator, async (tx) => ({
    pool: await readPool(tx, acme),
    page: await listDashboardMembers(tx, acme, { limit: 100, after: null }),
  }));
  // 15 in an account, 30 where they wait for one.
  expect(read.pool).toMatchObject({ funded: 300_000, available: 0, assigned: 225_000, used: 75_000, expired: 0 });
  expect(new Set(read.page.map(({ record }) => record.creditsRemaining))).toEqual(new Set([15, 30]));
});
