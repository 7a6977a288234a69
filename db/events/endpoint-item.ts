import { reconciliationItemIdOf, type Uuid } from '../../shared/domain/ids.ts';
import { type Queryable, statement } from '../statement.ts';

/** What items about endpoints that were disabled are called. */
export const endpointItemKind = 'event-endpoint';

const entry = (action: string, note: string) =>
  `jsonb_build_object('at', now(), 'by', 'counterfoil', 'action', ${action}, 'note', ${note})`;

const open = statement(
  'open_endpoint_item',
  `insert into reconciliation_items (id, category, subject_id, kind, summary, error, attempts, status, opened_at, history)
   values ($1, 'effect', $2, '${endpointItemKind}', $3, $4, $5, 'open', now(), jsonb_build_array(${entry("'opened'", '$4::text')}))
   on conflict (category, subject_id) do update
   set summary = excluded.summary, error = excluded.error, attempts = excluded.attempts, status = 'open',
       history = reconciliation_items.history || jsonb_build_array(${entry("'reopened'", '$4::text')})`,
);

export interface EndpointFailure {
  readonly endpointId: Uuid;
  readonly url: string;
  readonly error: string;
  readonly attempts: number;
}

/** Has a person look at an endpoint that was disabled; one endpoint has one item, however often that happens. */
export async function openEndpointItem(on: Queryable, failure: EndpointFailure): Promise<void> {
  const { endpointId, url, error, attempts } = failure;
  const summary = `the event endpoint ${new URL(url).host} was disabled`;
  await open(on, [reconciliationItemIdOf('effect', endpointId), endpointId, summary, error, attempts]);
}

const close = statement(
  'close_endpoint_item',
  `update reconciliation_items
   set status = 'resolved', history = history || jsonb_build_array(${entry("'applied'", "'the endpoint was enabled or deleted'")})
   where category = 'effect' and subject_id = $1 and status = 'open'`,
);

export async function closeEndpointItem(on: Queryable, endpointId: Uuid): Promise<void> {
  await close(on, [endpointId]);
}
