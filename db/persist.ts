import { encodeNotices } from '../shared/contract/settlement-notice.ts';
import type { Changes, PostedTransfer } from '../shared/domain/apply.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import type { Account, Booking } from '../shared/domain/state.ts';
import type { DecidedBatch } from '../shared/operations/decide-batch.ts';
import { plainArray, textArray } from './array-literal.ts';
import { type Queryable, sendTogether, statement } from './statement.ts';

/**
 * Writes a decided batch and moves its lanes on: at most one statement per table, all sent together. Every one says how
 * many rows it met; one too few means that the rows are not as they were read, and the transaction must not commit.
 */
export async function persist(
  on: Queryable,
  { decided, changes }: DecidedBatch,
  lanes: readonly LaneAdvance[],
): Promise<void> {
  await sendTogether(on, () => [
    ...writesOf(on, changes),
    settle(on, decided),
    advanceLanes(on, lanes),
    notifyChanged(
      on,
      decided.map(({ id }) => id),
    ),
  ]);
}

async function settle(on: Queryable, decided: DecidedBatch['decided']): Promise<void> {
  const { rowCount } = await settleOperations(on, [
    plainArray(decided.map(({ id }) => id)),
    plainArray(decided.map(({ decision }) => (decision.status === 'applied' ? 'succeeded' : 'rejected'))),
    textArray(decided.map(({ decision }) => (decision.status === 'applied' ? JSON.stringify(decision.outcome) : null))),
    textArray(
      decided.map(({ decision }) => (decision.status === 'rejected' ? JSON.stringify(decision.rejection) : null)),
    ),
  ]);
  assertRows('settled operations', rowCount, decided.length);
}

/** Moves the heads of lanes forward and takes out the replays that are done. */
export async function advanceLanes(on: Queryable, lanes: readonly LaneAdvance[]): Promise<void> {
  const { rowCount } = await advance(on, [
    plainArray(lanes.map(({ id }) => id)),
    plainArray(lanes.map(({ settledSeq }) => settledSeq)),
    textArray(lanes.map(({ replays }) => plainArray(replays))),
  ]);
  assertRows('advanced lanes', rowCount, lanes.length);
}

export interface LaneAdvance {
  readonly id: Uuid;
  readonly settledSeq: number;
  /** The replays that remain. */
  readonly replays: readonly Uuid[];
}

/** Tells everybody who waits for one of these operations, when this transaction commits, that it has changed. */
export async function notifyChanged(on: Queryable, ids: readonly Uuid[]): Promise<void> {
  await notify(on, [encodeNotices(ids)]);
}

/** Sent in this order: what is referred to comes before what refers to it. */
function writesOf(on: Queryable, { bookingsCreated, bookingsChanged, accounts, transfers }: Changes): Promise<void>[] {
  return [
    write('new bookings', bookingsCreated.size, () => insertBookings(on, bookingArrays([...bookingsCreated.values()]))),
    write('changed bookings', bookingsChanged.size, () =>
      updateBookings(on, changedArrays([...bookingsChanged.values()])),
    ),
    write('changed accounts', accounts.size, () => updateAccounts(on, accountArrays([...accounts.values()]))),
    write('transfers', transfers.length, () => insertTransfers(on, transferArrays(transfers))),
  ];
}

async function write(what: string, rows: number, send: () => Promise<{ rowCount: number | null }>): Promise<void> {
  if (rows > 0) assertRows(what, (await send()).rowCount, rows);
}

/** The rows under our locks are not the rows that we read: a bug, and nothing may be committed on top of it. */
class RowsMissingError extends Error {
  constructor(what: string, found: number, expected: number) {
    super(`${what}: ${found} rows, expected ${expected}`);
    this.name = 'RowsMissingError';
  }
}

function assertRows(what: string, found: number | null, expected: number): void {
  if (found !== expected) throw new RowsMissingError(what, found ?? 0, expected);
}

const settleOperations = statement(
  'settle_operations',
  `update operations o
   set status = new.status, outcome = new.outcome::jsonb, rejection = new.rejection::jsonb, settled_at = now(),
       attempts = o.attempts + 1, due_at = null, last_error = null
   from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as new (id, status, outcome, rejection)
   where o.id = new.id and o.status in ('accepted', 'retrying')`,
);

const advance = statement(
  'advance_lanes',
  `update lane_heads h set settled_seq = new.settled_seq, replays = new.replays::uuid[]
   from unnest($1::uuid[], $2::bigint[], $3::text[]) as new (id, settled_seq, replays)
   where h.id = new.id and h.settled_seq <= new.settled_seq`,
);

const notify = statement(
  'notify_changed',
  `select pg_notify('operations_changed', notice) from unnest($1::text[]) as notice`,
);

const updateAccounts = statement(
  'update_accounts',
  `update accounts a set balance = new.balance, debt = new.debt, updated_at = now()
   from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as new (id, balance, debt) where a.id = new.id`,
);

function accountArrays(accounts: readonly Account[]): string[] {
  return [
    plainArray(accounts.map(({ id }) => id)),
    plainArray(accounts.map(({ balance }) => balance)),
    plainArray(accounts.map(({ debt }) => debt)),
  ];
}

const insertTransfers = statement(
  'insert_transfers',
  `insert into transfers (id, operation_id, debit_account, credit_account, amount, debit_type, credit_type, source,
                          debit_before, credit_before, debtor, reference_type, reference_id, description)
   select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::text[],
     $8::text[], $9::bigint[], $10::bigint[], $11::uuid[], $12::text[], $13::uuid[], $14::text[])`,
);

function transferArrays(transfers: readonly PostedTransfer[]): string[] {
  return [
    plainArray(transfers.map(({ id }) => id)),
    plainArray(transfers.map(({ operationId }) => operationId)),
    plainArray(transfers.map(({ debit }) => debit)),
    plainArray(transfers.map(({ credit }) => credit)),
    plainArray(transfers.map(({ amount }) => amount)),
    textArray(transfers.map(({ debitType }) => debitType)),
    textArray(transfers.map(({ creditType }) => creditType)),
    textArray(transfers.map(({ source }) => source)),
    plainArray(transfers.map(({ debitBefore }) => debitBefore)),
    plainArray(transfers.map(({ creditBefore }) => creditBefore)),
    plainArray(transfers.map(({ debtor }) => debtor)),
    textArray(transfers.map(({ reference }) => reference?.type ?? null)),
    plainArray(transfers.map(({ reference }) => reference?.id ?? null)),
    textArray(transfers.map(({ description }) => description)),
  ];
}

const insertBookings = statement(
  'insert_bookings',
  `insert into bookings (id, client_id, practitioner_id, peer, status, starts_at, ends_at, buffered_until, time_zone,
                         session_type, credit_cost, free_until_hours, late_refund_percent, notes, refunded_credits,
                         cancelled_by, cancelled_at, cancellation_reason)
   select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[], $5::text[], $6::timestamptz[],
     $7::timestamptz[], $8::timestamptz[], $9::text[], $10::text[], $11::bigint[], $12::int[], $13::int[], $14::text[],
     $15::bigint[], $16::text[], $17::timestamptz[], $18::text[])`,
);

function bookingArrays(bookings: readonly Booking[]): string[] {
  const [ids = '', status = '', ...change] = changedArrays(bookings);
  return [
    ids,
    plainArray(bookings.map(({ clientId }) => clientId)),
    plainArray(bookings.map(({ practitionerId }) => practitionerId)),
    plainArray(bookings.map(({ peer }) => peer)),
    status,
    plainArray(bookings.map(({ startsAt }) => instantOf(startsAt))),
    plainArray(bookings.map(({ endsAt }) => instantOf(endsAt))),
    plainArray(bookings.map(({ bufferedUntil }) => instantOf(bufferedUntil))),
    textArray(bookings.map(({ timeZone }) => timeZone)),
    textArray(bookings.map(({ sessionType }) => sessionType)),
    plainArray(bookings.map(({ creditCost }) => creditCost)),
    plainArray(bookings.map(({ cancellationPolicy }) => cancellationPolicy.freeUntilHours)),
    plainArray(bookings.map(({ cancellationPolicy }) => cancellationPolicy.lateRefundPercent)),
    textArray(bookings.map(({ notes }) => notes)),
    ...change,
  ];
}

const updateBookings = statement(
  'update_bookings',
  `update bookings b
   set status = new.status, refunded_credits = new.refunded, cancelled_by = new.cancelled_by,
       cancelled_at = new.cancelled_at, cancellation_reason = new.reason
   from unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::timestamptz[], $6::text[])
     as new (id, status, refunded, cancelled_by, cancelled_at, reason)
   where b.id = new.id`,
);

function changedArrays(bookings: readonly Booking[]): string[] {
  return [
    plainArray(bookings.map(({ id }) => id)),
    plainArray(bookings.map(({ status }) => status)),
    plainArray(bookings.map(({ refundedCredits }) => refundedCredits)),
    plainArray(bookings.map(({ cancellation }) => cancellation?.by ?? null)),
    plainArray(bookings.map(({ cancellation }) => (cancellation === null ? null : instantOf(cancellation.at)))),
    textArray(bookings.map(({ cancellation }) => cancellation?.reason ?? null)),
  ];
}

function instantOf(ms: number): string {
  return new Date(ms).toISOString();
}
