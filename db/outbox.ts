import type pg from 'pg';
import type { Uuid } from '../shared/domain/ids.ts';
import type { JsonObject } from '../shared/domain/json.ts';
import type { OutgoingKind } from '../shared/domain/outbox.ts';
import type { Submission } from './accept.ts';
import { byColumn } from './by-column.ts';
import { type Tx, withTransaction, withTransactionFrom } from './client.ts';
import { closeApplied, openItem } from './reconciliation.ts';
import { acceptScheduled, unlessJustRecorded } from './schedules.ts';
import { type Queryable, sendTogether, statement } from './statement.ts';

/**
 * The outbox, as its deliverers see it. An entry is claimed for some time by moving its due time: who claims it and
 * dies leaves it to become due again. So everything is delivered at least once, and the other side tells a repeat by
 * the entry's id.
 *
 *   waiting ──delivered──▶ sent        waiting ──nothing to do any more──▶ skipped
 *   waiting ──failed──▶ waiting, later ──out of attempts──▶ failed, with a reconciliation item ──retry──▶ waiting
 */

export interface OutboxRow {
  readonly id: Uuid;
  readonly kind: OutgoingKind;
  readonly type: string;
  readonly user_id: Uuid | null;
  readonly subject_id: Uuid | null;
  readonly data: JsonObject;
  /** This one included. */
  readonly attempts: number;
  /** When it was written, epoch ms. */
  readonly created_ms: number;
  /** What an earlier attempt has made of it. */
  readonly rendered: JsonObject | null;
}

/** Longer than any delivery may take: an entry that is claimed is nobody else's for so long. */
const claimMs = 60_000;

const claim = statement<OutboxRow>(
  'claim_outbox',
  `with due as (
     select id from outbox where kind = $1 and status = 'waiting' and due_at <= now()
     order by due_at limit $2 for no key update skip locked
   )
   update outbox o set due_at = now() + make_interval(secs => ${claimMs / 1_000}), attempts = o.attempts + 1
   from due where o.id = due.id
   returning o.id, o.kind, o.type, o.user_id, o.subject_id, o.data, o.attempts, o.rendered,
     (extract(epoch from o.created_at) * 1000)::float8 as created_ms`,
);

/** Claims up to `max` due entries of one kind, those that are due longest. */
export async function claimOutgoing(on: Queryable, kind: OutgoingKind, max: number): Promise<OutboxRow[]> {
  return (await claim(on, [kind, max])).rows;
}

const freeze = statement(
  'freeze_outgoing',
  'update outbox set rendered = $2::jsonb where id = $1 and rendered is null',
);

/** Keeps what an entry was made into, before it is sent for the first time. */
export async function freezeOutgoing(on: Queryable, id: Uuid, rendered: object): Promise<void> {
  await freeze(on, [id, JSON.stringify(rendered)]);
}

const settle = statement(
  'settle_outgoing',
  `update outbox set status = settled.status, last_error = settled.why, settled_at = now()
   from unnest($1::uuid[], $2::text[], $3::text[]) as settled (id, status, why)
   where outbox.id = settled.id and outbox.status in ('waiting', 'failed')`,
);

/** An entry that is over. */
export interface SettledOutgoing {
  readonly id: Uuid;
  readonly status: 'sent' | 'skipped';
  /** Why it was skipped. */
  readonly why: string | null;
  /** Operations that follow from what was answered. */
  readonly steps: readonly Submission[];
}

/**
 * Records that entries are over, and in the same transaction what follows from their answers: none is over whose answer
 * could be lost. Closes the items that failures had opened. Answers with the operations that are new, whose lanes are
 * to be woken.
 */
export function settleOutgoing(pool: pg.Pool, settled: readonly SettledOutgoing[]): Promise<readonly Submission[]> {
  const steps = new Map(settled.flatMap((one) => one.steps.map((step) => [step.id, step])));
  const ids = settled.map(({ id }) => id);
  return unlessJustRecorded(() =>
    withTransactionFrom(
      pool,
      (client) => acceptScheduled({ client }, [...steps.values()]),
      async (tx, recorded) => {
        await sendTogether(tx.client, () => [
          settle(tx.client, settledArrays(settled)),
          closeApplied(tx, 'effect', ids),
        ]);
        return recorded;
      },
    ),
  );
}

const settledArrays = byColumn<SettledOutgoing>(
  ({ id }) => id,
  ({ status }) => status,
  ({ why }) => why,
);

/**
 * Of one entry that is known by its id. Called waiting it would be looked for among all that wait, as long as few did
 * when the statement was planned (see `updateHolds`).
 */
const waits = `status not in ('sent', 'skipped', 'failed')`;

const postpone = statement(
  'postpone_outgoing',
  `update outbox set due_at = now() + make_interval(secs => $2::float8 / 1000), last_error = $3
   where id = $1 and ${waits}`,
);

const putOff = statement(
  'put_off_outgoing',
  `update outbox set due_at = now() + make_interval(secs => $2::float8 / 1000), attempts = attempts - 1
   where id = $1 and ${waits}`,
);

/** Due again in `inMs`, without that having been an attempt. */
export async function putOffOutgoing(on: Queryable, id: Uuid, inMs: number): Promise<void> {
  await putOff(on, [id, inMs]);
}

const fail = statement(
  'fail_outgoing',
  `update outbox set status = 'failed', last_error = $2 where id = $1 and ${waits}`,
);

/** Asks a person about what an entry is about, instead of about the entry; false when there is nobody to ask about. */
export type GiveUp = (
  tx: Tx,
  entry: OutboxRow,
  failure: { readonly error: string; readonly attempts: number },
) => Promise<boolean>;

/** Records a failed attempt: due again in `retryInMs`, or, when that is null, waiting for a person. */
export async function failOutgoing(
  pool: pg.Pool,
  entry: OutboxRow,
  { error, retryInMs }: { readonly error: string; readonly retryInMs: number | null },
  giveUp: GiveUp | undefined,
): Promise<void> {
  const { id, type, user_id: userId, subject_id: subjectId, attempts } = entry;
  if (retryInMs !== null) {
    await postpone(pool, [id, retryInMs, error]);
    return;
  }
  await withTransaction(pool, async (tx) => {
    const { rowCount } = await fail(tx.client, [id, error]);
    if (rowCount === 0 || (await giveUp?.(tx, entry, { error, attempts })) === true) return;
    const about = userId === null ? `for ${subjectId}` : `to user ${userId}`;
    const summary = `${type} ${about} could not be delivered`;
    await openItem(tx, { category: 'effect', subjectId: id, kind: type, summary, error, attempts });
  });
}
