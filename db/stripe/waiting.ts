import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { type StripeEvent, stripeEvent } from '../../shared/stripe/event.ts';
import type { Submission } from '../accept.ts';
import { inInbox, tryAgain } from './inbox.ts';
import { openPaymentItems } from './payment-items.ts';

/** Most of what an event lacks is in the events that Stripe sends with it; only then is its API asked. */
const askAfterSeconds = 2;

/** Contract §8: what belongs to nobody known is with a person within 30 s. */
const patienceSeconds = 15;

/** Events that wait for what Stripe's API may know; each is given out once, until a person has it tried again. */
export async function claimUnasked(pool: pg.Pool, limit: number): Promise<StripeEvent[]> {
  const { rows } = await drizzle({ client: pool }).execute<{ payload: unknown }>(sql`
    update stripe_events set asked_at = now()
    where id in (
      select id from stripe_events
      where status in ('waiting', 'unresolved') and asked_at is null
        and received_at <= now() - make_interval(secs => ${askAfterSeconds})
      order by received_at limit ${limit} for update skip locked)
    returning payload`);
  return rows.map(({ payload }) => stripeEvent.parse(payload));
}

/** Has an event asked about once more, when an answer has failed; one that is with a person already stays there. */
export async function askLater(pool: pg.Pool, eventId: string): Promise<void> {
  await drizzle({ client: pool }).execute(sql`
    update stripe_events set asked_at = null where id = ${eventId} and status = 'waiting'`);
}

/** Adds what Stripe's API has answered about an event, and tries it again. Returns what has been recorded. */
export function answerEvent(
  pool: pg.Pool,
  eventId: string,
  answers: readonly StripeEvent[],
): Promise<readonly Submission[]> {
  return inInbox(pool, (tx) => tryAgain(tx, [eventId], answers));
}

const findImpatient = sql`
  select id from stripe_events
  where status = 'waiting' and received_at <= now() - make_interval(secs => ${patienceSeconds})
  order by received_at limit 100`;

/** Asks a person about what has waited long enough. Returns what could be recorded after all. */
export async function giveUpWaiting(pool: pg.Pool): Promise<readonly Submission[]> {
  // Asked first without the lock: most seconds nothing waits, and webhooks wait for nobody.
  const found = await drizzle({ client: pool }).execute<{ id: string }>(findImpatient);
  if (found.rows.length === 0) return [];
  const ids = found.rows.map(({ id }) => id);
  return inInbox(pool, async (tx) => {
    const recorded = await tryAgain(tx, ids);
    const { rows } = await tx.db.execute<{ id: string }>(sql`
      update stripe_events set status = 'unresolved'
      where id = any(${sql.param(ids)}::text[]) and status = 'waiting' returning id`);
    await openPaymentItems(
      tx,
      rows.map(({ id }) => id),
    );
    return recorded;
  });
}
