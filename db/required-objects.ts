import { is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import * as schema from './schema.ts';
import { type Queryable, statement } from './statement.ts';

/*
 * What the database must have for us to serve, taken from the schema itself: 001-56 and 002-18 are about systems that
 * believed in a column and a function that were not there.
 */

/** What the table definitions do not say; see the migrations called `…_rules` and `…_views`. */
const rules = [
  'constraint bookings.bookings_no_overlap_per_practitioner',
  'constraint bookings.bookings_no_overlap_per_client',
  'function app_user',
  'function app_is_operator',
  'function oldest_transaction',
  'function receiver_entry_id',
  'function currency_digits',
  'index stripe_events_open_subjects',
  'role counterfoil_app',
  'role counterfoil_reader',
  'role reporting',
  'view reporting.credits',
  'view reporting.credit_transactions',
  'view reporting.client_sessions',
  'view reporting.bookings_by_day',
  'view reporting.practitioner_credits',
  'view reporting.operation_hours',
  'view reporting.customers',
  'view reporting.orders',
  'view reporting.loyalty_transactions',
  'view reporting.loyalty_reconciliation_queue',
  ...[
    'users',
    'operations',
    'accounts',
    'transfers',
    'holds',
    'lots',
    'allocation_voids',
    'bookings',
    'slot_holds',
    'waitlist_entries',
    'freed_slots',
    'reconciliation_items',
    'operator_actions',
    'outbox',
    'notification_preferences',
    'event_endpoints',
    'event_deliveries',
    'partners',
    'partner_members',
    'partner_assignments',
    'stripe_events',
    'stripe_purchases',
    'stripe_comparisons',
    'tallied_hours',
    'partner_uploads',
    'partner_upload_rows',
    'vendors',
    'products',
    'stock_movements',
    'orders',
    'order_items',
    'order_refunds',
  ].flatMap((table) => [`row security ${table}`, `policy ${table}.app`, `policy ${table}.reader`]),
];

const required: ReadonlySet<string> = new Set([...Object.values(schema).flatMap(objectsOf), ...rules]);

function objectsOf(exported: unknown): string[] {
  if (!is(exported, PgTable)) return [];
  const { name, columns, checks, indexes, uniqueConstraints } = getTableConfig(exported);
  return [
    ...columns.map((column) => `column ${name}.${column.name}`),
    ...checks.map((check) => `constraint ${name}.${check.name}`),
    ...uniqueConstraints.map((constraint) => `constraint ${name}.${constraint.name}`),
    ...indexes.flatMap(({ config }) => (config.name === undefined ? [] : [`index ${config.name}`])),
  ];
}

const selectObjects = statement<{ object: string }>(
  'read_objects',
  `with tables as (
     select oid, relname, relrowsecurity from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
   )
   select 'column ' || t.relname || '.' || a.attname as object
   from pg_attribute a join tables t on t.oid = a.attrelid where a.attnum > 0 and not a.attisdropped
   union all
   select 'constraint ' || t.relname || '.' || c.conname
   from pg_constraint c join tables t on t.oid = c.conrelid where c.convalidated
   union all
   select 'index ' || c.relname from pg_index i join tables t on t.oid = i.indrelid join pg_class c on c.oid = i.indexrelid
   where i.indisvalid
   union all
   select 'row security ' || relname from tables where relrowsecurity
   union all
   select 'policy ' || t.relname || '.' || p.polname from pg_policy p join tables t on t.oid = p.polrelid
   union all
   select 'function ' || proname from pg_proc where pronamespace = 'public'::regnamespace
   union all
   select 'view ' || n.nspname || '.' || v.relname
   from pg_class v join pg_namespace n on n.oid = v.relnamespace where n.nspname = 'reporting' and v.relkind = 'v'
   union all
   select 'role ' || rolname from pg_roles where rolname like 'counterfoil%' or rolname = 'reporting'`,
);

/** Names what is missing of what we need; nothing when the migrations of this version have run. */
export async function missingObjects(on: Queryable): Promise<string[]> {
  const { rows } = await selectObjects(on, []);
  const present = new Set(rows.map(({ object }) => object));
  return [...required].filter((object) => !present.has(object));
}
