import type pg from 'pg';
import type { Uuid } from '../../shared/domain/ids.ts';
import { kindsByName, operations } from '../../shared/operations/registry.ts';
import { createLogger } from '../../shared/runtime/log.ts';
import { type ApplyContext, applyLanes } from '../../workers/apply-lanes.ts';
import { oneAtATime } from '../../workers/one-at-a-time.ts';
import { ownClaims } from '../../workers/own-claims.ts';
import { plainSettings } from './builders.ts';

/** For batches that a test makes itself, with no worker, queue or second try. */
export function batchContextOf(pool: pg.Pool): ApplyContext {
  return {
    pool,
    kinds: kindsByName(operations),
    settings: plainSettings,
    inHand: () => Promise.resolve(),
    claims: ownClaims(),
    log: createLogger('batch', 'silent'),
    retry: { attempts: 1, baseMs: 1 },
    alone: oneAtATime(),
    onBackoff: () => {},
    onOutbox: () => {},
  };
}

/** Applies whatever waits in any lane; what fails leaves its lane at once. */
export async function applyAll(pool: pg.Pool): Promise<void> {
  const context = batchContextOf(pool);
  for (let lanes = await waitingLanes(pool); lanes.length > 0; lanes = await waitingLanes(pool)) {
    await applyLanes(context, { lanes, operationsMax: 512, waits: true });
  }
}

async function waitingLanes(pool: pg.Pool): Promise<Uuid[]> {
  const { rows } = await pool.query<{ lane: Uuid }>(
    `select distinct o.lane from operations o join lane_heads h on h.id = o.lane where o.lane_seq > h.settled_seq
     union select id from lane_heads where replays <> '{}'`,
  );
  return rows.map(({ lane }) => lane);
}
