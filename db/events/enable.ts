import type { Uuid } from '../../shared/domain/ids.ts';
import { type Queryable, statement } from '../statement.ts';

const enable = statement(
  'enable_event_endpoint',
  'update event_endpoints set disabled_at = null, disabled_reason = null where id = $1 and deleted_at is null',
);

const forgetFailures = statement(
  'forget_event_failures',
  `update event_deliveries set due_at = null, failing_since = null, failures = 0
   where endpoint_id = $1 and status = 'pending' and due_at is not null`,
);

/** Has events sent to an endpoint again, from where it stopped, as if it had never failed. False without such a one. */
export async function sendAgain(on: Queryable, endpointId: Uuid): Promise<boolean> {
  const { rowCount } = await enable(on, [endpointId]);
  if (rowCount === 1) await forgetFailures(on, [endpointId]);
  return rowCount === 1;
}
