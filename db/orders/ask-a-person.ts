import { sql } from 'drizzle-orm';
import type { Uuid } from '../../shared/domain/ids.ts';
import { notifyChanged } from '../announce.ts';
import type { Tx } from '../client.ts';
import { openItem } from '../reconciliation.ts';

/**
 * What has become of a payment cannot be found out: a person is asked. Until then the order keeps its stock and points,
 * whatever the time. Under the lane's lock, as whatever changes operations beside the workers. False when the operation
 * does not wait for it any more.
 */
export async function askAPerson(
  tx: Tx,
  operationId: Uuid,
  { error, attempts }: { readonly error: string; readonly attempts: number },
): Promise<boolean> {
  await tx.db.execute(sql`
    select from lane_heads where id = (select lane from operations where id = ${operationId}) for no key update`);
  const { rows } = await tx.db.execute<{ kind: string; lane: Uuid }>(sql`
    update operations set status = 'reconciling', last_error = ${error}
    where id = ${operationId} and status = 'processing' returning kind, lane`);
  const [operation] = rows;
  if (operation === undefined) return false;
  await tx.db.execute(sql`
    update orders set reserved_until = null where id = ${operationId} and status = 'awaiting_payment'`);
  const summary = `What has become of the payment of ${operation.kind} of user ${operation.lane} is not known`;
  await openItem(tx, {
    category: 'operation',
    subjectId: operationId,
    kind: operation.kind,
    summary,
    error,
    attempts,
  });
  await notifyChanged(tx.client, [operationId]);
  return true;
}
