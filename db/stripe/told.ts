import { sql } from 'drizzle-orm';
import type { ChargeFacts, DisputeFacts, FailedRefund, SubscriptionFacts } from '../../shared/stripe/facts.ts';
import type { Tx } from '../client.ts';

/*
 * What Stripe has told about charges, disputes and subscriptions, added up in ways that do not depend on the order in
 * which it is told.
 */

/** The newest word counts, for a failed refund makes the total smaller; of one second the largest. `at`: epoch seconds. */
export async function keepCharge({ db }: Tx, { id, amount, refunded }: ChargeFacts, at: number): Promise<void> {
  await db.execute(sql`
    insert into stripe_charges as c (id, amount, refunded, said_at)
    values (${id}, ${amount}, ${refunded}, to_timestamp(${at}::float8))
    on conflict (id) do update
      set amount = greatest(c.amount, excluded.amount),
          refunded = case
            when excluded.said_at > c.said_at then excluded.refunded
            when excluded.said_at = c.said_at then greatest(c.refunded, excluded.refunded)
            else c.refunded
          end,
          said_at = greatest(c.said_at, excluded.said_at)`);
}

/** Whichever of its events was made first says when it failed. `at`: epoch seconds. */
export async function keepFailedRefund({ db }: Tx, { id, charge, amount }: FailedRefund, at: number): Promise<void> {
  await db.execute(sql`
    insert into stripe_failed_refunds as r (id, charge_id, amount, failed_at)
    values (${id}, ${charge}, ${amount}, to_timestamp(${at}::float8))
    on conflict (id) do update set failed_at = least(r.failed_at, excluded.failed_at)`);
}

export async function keepDispute({ db }: Tx, { id, charge, amount, funds, outcome }: DisputeFacts): Promise<void> {
  await db.execute(sql`
    insert into stripe_disputes as d (id, charge_id, amount, withdrawn, reinstated, outcome)
    values (${id}, ${charge}, ${amount}, ${funds === 'withdrawn'}, ${funds === 'reinstated'}, ${outcome})
    on conflict (id) do update
      set amount = greatest(d.amount, excluded.amount), withdrawn = d.withdrawn or excluded.withdrawn,
          reinstated = d.reinstated or excluded.reinstated, outcome = coalesce(d.outcome, excluded.outcome)`);
}

/** The newest word counts; an end stays an end. `at`: epoch seconds. */
export async function keepSubscription({ db }: Tx, told: SubscriptionFacts, at: number): Promise<void> {
  const { id, customer, status, cancelAtPeriodEnd, endedAt } = told;
  await db.execute(sql`
    insert into stripe_subscriptions as s (id, customer_id, status, cancel_at_period_end, ended_at, said_at)
    values (${id}, ${customer}, ${status}, ${cancelAtPeriodEnd}, to_timestamp(${endedAt}::float8),
            to_timestamp(${at}::float8))
    on conflict (id) do update
      set customer_id = coalesce(excluded.customer_id, s.customer_id),
          status = case when excluded.said_at >= s.said_at then excluded.status else s.status end,
          cancel_at_period_end =
            case when excluded.said_at >= s.said_at then excluded.cancel_at_period_end else s.cancel_at_period_end end,
          ended_at = coalesce(s.ended_at, excluded.ended_at),
          said_at = greatest(s.said_at, excluded.said_at)`);
}
