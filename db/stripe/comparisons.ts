import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { inInbox } from './inbox.ts';

/** A comparison with the events that Stripe lists, as it begins. */
export interface Comparison {
  readonly id: number;
  /** Epoch seconds; events made since then are compared. */
  readonly since: number;
}

/** Overlaps with the one before it: an event may appear in the list a little after its time. */
const overlapMinutes = 15;

/** How far the first one goes back; Stripe keeps events for thirty days. */
const firstDays = 3;

/** Begins a comparison unless one has begun within the last `everyMinutes`, in whatever process. */
export async function beginComparison(pool: pg.Pool, everyMinutes: number): Promise<Comparison | null> {
  // Asked first without the lock: most seconds it is not time yet, and webhooks wait for nobody.
  const recent = sql`
    select from stripe_comparisons where started_at > now() - make_interval(mins => ${everyMinutes}) limit 1`;
  const { rowCount } = await drizzle({ client: pool }).execute(recent);
  if (rowCount === 1) return null;
  return inInbox(pool, async ({ db }) => {
    const { rows } = await db.execute<{ id: string; since: number }>(sql`
      insert into stripe_comparisons (since)
      select coalesce(
        (select max(started_at) - make_interval(mins => ${overlapMinutes})
         from stripe_comparisons where finished_at is not null),
        now() - make_interval(days => ${firstDays}))
      where not exists (${recent})
      returning id, extract(epoch from since)::float8 as since`);
    const [begun] = rows;
    return begun === undefined ? null : { id: Number(begun.id), since: Math.floor(begun.since) };
  });
}

/** Those of the events that are not here. */
export async function missingEvents(pool: pg.Pool, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await drizzle({ client: pool }).execute<{ id: string }>(sql`
    select given.id from unnest(${sql.param(ids)}::text[]) as given (id)
    where not exists (select from stripe_events e where e.id = given.id)`);
  return new Set(rows.map(({ id }) => id));
}

/** Ends a comparison. Returns the events that are here, though Stripe does not list them. */
export async function endComparison(
  pool: pg.Pool,
  { id, since }: Comparison,
  { listed, missing }: { readonly listed: readonly string[]; readonly missing: readonly string[] },
): Promise<readonly string[]> {
  const { rows } = await drizzle({ client: pool }).execute<{ unlisted: string[] }>(sql`
    update stripe_comparisons c
    set finished_at = now(), listed = ${listed.length}, missing = ${sql.param(missing)}::text[],
        unlisted = array(
          select e.id from stripe_events e
          where e.created_at >= to_timestamp(${since}::float8) and e.received_at < c.started_at
            and e.id <> all(${sql.param(listed)}::text[])
          order by e.id)
    where c.id = ${id} returning unlisted`);
  return rows[0]?.unlisted ?? [];
}
