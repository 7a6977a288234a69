import type pg from 'pg';
import type { Uuid } from '../../shared/domain/ids.ts';
import { type Tx, withTransaction } from '../client.ts';
import { type Parameter, statement } from '../statement.ts';
import { type Claimed, isPending } from './claim.ts';
import { openEndpointItem } from './endpoint-item.ts';

/** What became of a delivery in this process's hands. */
export type Result =
  | { readonly status: 'delivered'; readonly statusCode: number }
  | {
      readonly status: 'failed';
      /** Null: there was no answer. */
      readonly statusCode: number | null;
      readonly error: string;
      readonly retryInMs: number;
      /** The subscriber says that it will never take anything again. */
      readonly isGone: boolean;
    }
  /** Given back, whatever became of it: somebody else sends it again. */
  | { readonly status: 'released' };

export interface Finished {
  readonly delivery: Claimed;
  readonly result: Result;
}

export interface ResultOptions {
  /** For how long one event may fail before its endpoint is disabled. */
  readonly retryDays: number;
  /** Endpoints that took nothing for a while: once they do, what waits for its next try need not wait longer. */
  readonly downEndpoints: ReadonlySet<Uuid>;
}

interface FailedRow {
  readonly id: Uuid;
  readonly endpoint_id: Uuid;
  readonly status: string;
  readonly is_given_up: boolean;
}

// Attempts tell whether the delivery is still in our hands: who took it over after our lease has counted one more.
const finish = statement<FailedRow>(
  'finish_event_deliveries',
  `update event_deliveries d
   set status = case when r.ending = 'delivered' then 'delivered' else 'pending' end,
       delivered_at = case when r.ending = 'delivered' then now() end,
       leased_until = null,
       failures = case when r.ending = 'failed' then d.failures + 1 else d.failures end,
       failing_since = case r.ending when 'failed' then coalesce(d.failing_since, now()) when 'released' then d.failing_since end,
       due_at = case r.ending when 'failed' then now() + make_interval(secs => r.retry_s) when 'released' then d.due_at end,
       last_attempt_at = now(),
       last_status_code = r.status_code,
       last_error = r.error
   from unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::text[], $6::float8[])
     as r (id, attempts, ending, status_code, error, retry_s)
   where d.id = r.id and d.attempts = r.attempts and ${isPending('d')}
   returning d.id, d.endpoint_id, d.status,
             coalesce(d.failing_since <= now() - make_interval(days => $7), false) as is_given_up`,
);

const noteSuccess = statement(
  'note_endpoint_success',
  'update event_endpoints set last_success_at = now() where id = any($1::uuid[])',
);

const hurry = statement(
  'hurry_event_deliveries',
  `update event_deliveries set due_at = now()
   where endpoint_id = any($1::uuid[]) and status = 'pending' and due_at > now() and leased_until is null`,
);

const disable = statement<{ readonly url: string }>(
  'disable_event_endpoint',
  `update event_endpoints set disabled_at = now(), disabled_reason = $2
   where id = $1 and disabled_at is null and deleted_at is null returning url`,
);

/** Records what became of deliveries; of those that are no longer in our hands nothing is said. */
export async function recordResults(
  pool: pg.Pool,
  finished: readonly Finished[],
  { retryDays, downEndpoints }: ResultOptions,
): Promise<void> {
  await withTransaction(pool, async (tx) => {
    const { client } = tx;
    const { rows } = await finish(client, [...arraysOf(finished), retryDays]);
    const alive = [...new Set(rows.flatMap((row) => (row.status === 'delivered' ? [row.endpoint_id] : [])))];
    if (alive.length > 0) await noteSuccess(client, [alive]);
    const recovered = alive.filter((id) => downEndpoints.has(id));
    if (recovered.length > 0) await hurry(client, [recovered]);

    const givenUp = new Set(rows.filter((row) => row.is_given_up).map(({ id }) => id));
    for (const { delivery, result } of finished) {
      if (result.status !== 'failed') continue;
      if (result.isGone) await disableEndpoint(tx, delivery, 'the subscriber answers 410 Gone');
      else if (givenUp.has(delivery.id))
        await disableEndpoint(tx, delivery, `an event failed for ${retryDays} days: ${result.error}`);
    }
  });
}

/** Rare: once in the life of most endpoints. */
async function disableEndpoint(tx: Tx, { endpointId, attempts }: Claimed, reason: string): Promise<void> {
  const { rows } = await disable(tx.client, [endpointId, reason]);
  for (const { url } of rows) await openEndpointItem(tx, { endpointId, url, error: reason, attempts });
}

function arraysOf(finished: readonly Finished[]): Parameter[] {
  return [
    finished.map(({ delivery }) => delivery.id),
    finished.map(({ delivery }) => delivery.attempts),
    finished.map(({ result }) => result.status),
    finished.map(({ result }) => (result.status === 'released' ? null : result.statusCode)),
    finished.map(({ result }) => (result.status === 'failed' ? result.error : null)),
    finished.map(({ result }) => (result.status === 'failed' ? result.retryInMs / 1_000 : null)),
  ];
}
