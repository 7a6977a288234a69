import type pg from 'pg';
import { tellOutcomes } from '../../db/announce.ts';
import { encodeNotices, settlementChannel } from '../../shared/contract/settlement-notice.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { until } from './until.ts';

/** The process that serves whoever listens in this database, once it does; another one than `before`. */
export function untilListening(owner: pg.Pool, before: number | null = null): Promise<number> {
  const listeners = `select pid from pg_stat_activity where application_name = 'counterfoil-listener'
                     and query ilike 'select 1' and state = 'idle' and datname = current_database()
                     and pid is distinct from $1`;
  return until('somebody listens', async () => (await owner.query(listeners, [before])).rows[0]?.pid ?? null);
}

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
