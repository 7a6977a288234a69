import type pg from 'pg';
import { tellOutcomes } from '../../db/announce.ts';
import { encodeNotices, settlementChannel } from '../../shared/contract/settlement-notice.ts';
import type { Uuid } from '../../shared/domain/ids.ts';

/** How somebody who waits hears: of ids, of the rows themselves, or not at all. */
export type Notice = 'names' | 'shows' | 'is lost';

/** Does to an operation's row what a worker does, with its notice. */
export async function settle(
  owner: pg.Pool,
  id: Uuid,
  { outcome, notice = 'names' }: { readonly outcome: object; readonly notice?: Notice },
): Promise<void> {
  await owner.query(
    `update operations set status = 'succeeded', attempts = 1, settled_at = now(), outcome = $2 where id = $1`,
    [id, outcome],
  );
  if (notice === 'names') await tellChanged(owner, id);
  if (notice === 'shows') await tellOutcomes(owner, [id]);
}

export async function tellChanged(owner: pg.Pool, id: Uuid): Promise<void> {
  for (const notice of encodeNotices([id])) await owner.query('select pg_notify($1, $2)', [settlementChannel, notice]);
}
