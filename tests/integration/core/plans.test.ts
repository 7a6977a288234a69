import type pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { loadState } from '../../../db/load-state.ts';
import { putOffOutgoing } from '../../../db/outbox.ts';
import { updateHolds } from '../../../db/persist.ts';
import { updateFreedSlots } from '../../../db/persist-waitlist.ts';
import { idOf, plainSettings } from '../../support/builders.ts';
import { addPeople, addPractitioners, openMarketplace } from '../../support/marketplace.ts';

/*
 * Plans are made once for a connection, and must still be good when there is much more of what there was little then:
 * each table has an index on what is not over, of which there is nothing when these are planned.
 */

interface Change {
  readonly table: string;
  /** Three thousand rows that are over. */
  readonly fill: string;
  /** Has the statement prepared. */
  readonly run: (client: pg.PoolClient) => Promise<unknown>;
  readonly statement: string;
  readonly condition: string;
}

const changes: readonly Change[] = [
  {
    table: 'holds',
    fill: `insert into holds (id, account_id, operation_id, amount, reference_type, reference_id, status, ended_at)
           select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 'order', gen_random_uuid(), 'captured', now()
           from generate_series(1, 3000)`,
    run: (client) => updateHolds(client, ['{}', '{}', '{}']),
    statement: `update_holds('{}', '{}', '{}')`,
    condition: '(id = new.id)',
  },
  {
    table: 'freed_slots',
    fill: `insert into freed_slots (id, practitioner_id, starts_at, ends_at, status, offered_to)
           select gen_random_uuid(), gen_random_uuid(), now(), now() + interval '1 hour', 'closed', '{}'
           from generate_series(1, 3000)`,
    run: (client) => updateFreedSlots(client, []),
    statement: `update_freed_slots('{}', '{}', '{}', '{}')`,
    condition: '(id = new.id)',
  },
  {
    table: 'outbox',
    fill: `insert into outbox (id, operation_id, kind, type, user_id, subject_id, data, status, settled_at)
           select gen_random_uuid(), gen_random_uuid(), 'mail', 'any', gen_random_uuid(), gen_random_uuid(), '{}', 'sent', now()
           from generate_series(1, 3000)`,
    run: (client) => putOffOutgoing(client, idOf('entry'), 1),
    statement: `put_off_outgoing('${idOf('entry')}', 1)`,
    condition: '(id = $1)',
  },
];

it.each(changes)(
  'finds what changes of $table by its id, also when it was planned while there was none',
  async (change) => {
    const { owner, app } = await openMarketplace();
    const asOwner = await owner.connect();
    onTestFinished(() => asOwner.release(true));
    await asOwner.query('set session_replication_role = replica'); // rows of nobody will do
    await asOwner.query(change.fill);
    await asOwner.query(`analyze ${change.table}`);

    const client = await app.connect();
    onTestFinished(() => client.release(true));
    await change.run(client);
    const { rows } = await client.query(`explain execute ${change.statement}`);
    const plan = rows.map((row) => row['QUERY PLAN'].trim()).join('\n');
    expect(plan).toContain(`Index Scan using ${change.table}_pkey`);
    expect(plan).toContain(`Index Cond: ${change.condition}`);
  },
);

it('passes over sessions that are over by then without a look at their rows, and looks at none that is closed', async () => {
  const { owner, app } = await openMarketplace();
  const [ann, bob, cyd] = [idOf('ann'), idOf('bob'), idOf('cyd')];
  await addPeople({ owner }, [ann, cyd]);
  await addPractitioners({ owner }, [bob]);
  const client = await app.connect();
  onTestFinished(() => client.release(true));
  const span = { from: Date.UTC(2100, 0, 2), to: Date.UTC(2100, 0, 2, 1) };
  const spans = [ann, bob].map((personId) => ({ personId, ...span }));
  const claim = { parties: new Map(), busy: new Set<never>() };
  await loadState(client, [{ calendars: spans }], claim, plainSettings);

  // A day of sessions of half an hour, the last of them at the time in question.
  await owner.query(
    `insert into bookings (id, client_id, practitioner_id, peer, status, starts_at, ends_at, buffered_until, time_zone,
                           session_type, credit_cost, free_until_hours, late_refund_percent)
     select gen_random_uuid(), $1, $2, false, 'booked', at, at + interval '30 minutes', at + interval '30 minutes', 'UTC',
            'massage', 3, 24, 50
     from generate_series($3::timestamptz - interval '24 hours', $3, interval '30 minutes') as at`,
    [cyd, bob, new Date(span.from).toISOString()],
  );
  const [from, to] = [span.from, span.to].map((at) => new Date(at).toISOString());
  const { rows } = await client.query(
    `explain (analyze, timing off, summary off, buffers off)
     execute read_calendars('{${ann},${bob}}', '{${from},${from}}', '{${to},${to}}')`,
  );
  const plan = rows.map((row) => row['QUERY PLAN'].trim()).join('\n');
  expect(plan).toMatch(/(?:using|on) bookings_open_of_practitioner .*actual rows=1(\.00)? loops=1/);
  for (const index of ['bookings_closed_of_practitioner', 'bookings_closed_of_client'])
    expect(plan).toMatch(new RegExp(`(?:using|on) ${index} .*never executed`));
});
