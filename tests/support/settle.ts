import type pg from 'pg';
import { encodeNotices, settlementChannel } from '../../shared/contract/settlement-notice.ts';
import type { Uuid } from '../../shared/domain/ids.ts';

/** Does to an operation's row what a worker does, with its notice unless that is to be lost. */
export async function settle(
  owner: pg.Pool,
  id: Uuid,
  { outcome, notify = true }: { readonly outcome: object; readonly notify?: boolean },
): Promise<void> {
  await owner.query(
    `update operations set status = 'succeeded', attempts = 1, settled_at = now(), outcome = $2 where id = $1`,
    [id, outcome],
  );
  if (notify) await tellChanged(owner, id);
}

export async function tellChanged(owner: pg.Pool, id: Uuid): Promise<void> {
  for (const notice of encodeNotices([id])) await owner.query('select pg_notify($1, $2)', [settlementChannel, notice]);
}
