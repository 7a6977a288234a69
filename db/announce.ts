import { encodeNotices } from '../shared/contract/settlement-notice.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import { operationColumns } from './queries/operations.ts';
import { type Queryable, statement } from './statement.ts';

/*
 * Everybody who waits for an operation is told of a change when the transaction commits. A notice names ids, and who
 * hears it reads the rows; of a few operations it shows the rows themselves, which spares whoever waits a round trip.
 */

const notify = statement(
  'notify_changed',
  `select pg_notify('operations_changed', notice) from unnest($1::text[]) as notice`,
);

/** Tells everybody who waits for one of these operations, when this transaction commits, that it has changed. */
export async function notifyChanged(on: Queryable, ids: readonly Uuid[]): Promise<void> {
  await notify(on, [encodeNotices(ids)]);
}

/** Of more than these somebody else's wait for a commit would grow for rows that mostly nobody waits for. */
const shownMax = 8;

// PostgreSQL takes notices of less than 8,000 bytes. A row that is longer is named, and read by whoever waits for it. With
// an offset the row is written once, not once for each time that it is mentioned.
const show = statement(
  'show_changed',
  `select pg_notify(channel.name, case when octet_length(row) < 7900 then row else json_build_object('id', id)::text end)
   from outcome_channel as channel cross join (
     select id, row_to_json(operation)::text as row
     from (select ${operationColumns} from operations where id = any($1::uuid[])) as operation offset 0) as shown`,
);

/** The same; the rows must be as they will be committed. */
export async function tellOutcomes(on: Queryable, ids: readonly Uuid[]): Promise<void> {
  await (ids.length <= shownMax ? show(on, [ids]) : notifyChanged(on, ids));
}
