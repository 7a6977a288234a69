import { sql } from 'drizzle-orm';
import { derivedId, type Uuid } from '../../shared/domain/ids.ts';
import type { UnpaidInvoice } from '../../shared/stripe/facts.ts';
import type { Tx } from '../client.ts';

/**
 * Tells whoever was to pay an invoice that it could not be collected, once for each attempt; not when it has been paid
 * since, which a late event may not know.
 */
export async function tellOfFailedPayment(
  { db }: Tx,
  { invoice, attempt }: UnpaidInvoice,
  userId: Uuid,
  hasMail: boolean,
): Promise<void> {
  await db.execute(sql`
    insert into outbox (id, kind, type, user_id, data, status, settled_at)
    select ${derivedId(`payment-failed/${invoice}/${attempt}`)}, 'mail', 'payment_failed', ${userId},
           ${JSON.stringify({ invoice, attempt })}::jsonb, ${hasMail ? 'waiting' : 'skipped'},
           case when ${!hasMail} then now() end
    where not exists (select from stripe_purchases where paid_with = ${invoice})
    on conflict (id) do nothing`);
}
