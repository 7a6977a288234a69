import { sql } from 'drizzle-orm';
import { notifyChanged } from '../announce.ts';
import type { Tx } from '../client.ts';
import { recordEvents } from '../events/record.ts';
import type { Waiting } from '../lanes.ts';

/**
 * The points of a paid order could not be settled, for now or at all. The payment stands, and its customer hears so at
 * once (004-18): the checkout ends with what it has come to without them.
 */
export async function endWithoutPoints({ db, client }: Tx, { payload }: Waiting): Promise<void> {
  const { rows } = await db.execute<{ id: string }>(sql`
    update operations set status = 'succeeded', outcome = progress, settled_at = now()
    where id = (${JSON.stringify(payload)}::jsonb->>'orderId')::uuid and status = 'processing' and progress->>'status' = 'paid'
    returning id`);
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return;
  await recordEvents(client, ids);
  await notifyChanged(client, ids);
}

/** What a person reads who looks at it (004-03, 004-27). */
export function summaryOfPoints({ payload }: Waiting): string {
  const { orderId, customerId, pointsEarned, pointsRedeemed } = Object(payload);
  return `Points of order ${orderId} of customer ${customerId} could not be settled: ${pointsEarned} earned, ${pointsRedeemed} redeemed`;
}
