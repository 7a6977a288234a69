import type { Changes, OutboxEntry, PlacedHold, PostedTransfer } from '../shared/domain/changes.ts';
import { idOf, type Uuid } from '../shared/domain/ids.ts';
import type { Account } from '../shared/domain/state.ts';
import type { DecidedBatch } from '../shared/operations/decide-batch.ts';
import { insertVoids, voidArrays } from './allocations.ts';
import { tellOutcomes } from './announce.ts';
import { plainArray } from './array-literal.ts';
import { byColumn } from './by-column.ts';
import { recordEvents } from './events/record.ts';
import { changedLotArrays, insertLots, lotArrays, updateLots } from './lots.ts';
import { bookingArrays, changedArrays, insertBookings, updateBookings } from './persist-bookings.ts';
import { appliedAmong, finishedIn, operationWrites } from './persist-operations.ts';
import { partnerWrites } from './persist-partners.ts';
import { shopWrites } from './persist-shop.ts';
import { endSlotHolds, insertSlotHolds } from './persist-slot-holds.ts';
import { endWaitlistEntries, insertFreedSlots, insertWaitlistEntries, updateFreedSlots } from './persist-waitlist.ts';
import { type Parameter, type Queryable, sendTogether, statement } from './statement.ts';
import { assertRows, write } from './write.ts';

/**
 * Writes a decided batch and moves its lanes on: at most one statement per table, all sent together. Every one says how
 * many rows it met; one too few means that the rows are not as they were read, and the transaction must not commit.
 */
export async function persist(
  on: Queryable,
  { decided: all, changes }: DecidedBatch,
  lanes: readonly LaneAdvance[],
): Promise<void> {
  const finished = finishedIn(changes.ofShops);
  const applied = appliedAmong(all, finished);
  await sendTogether(on, () => [
    ...writesOf(on, changes),
    ...operationWrites(on, all, finished),
    advanceLanes(on, lanes),
    ...(applied.length === 0 ? [] : [recordEvents(on, applied)]),
    tellOutcomes(on, [...all, ...finished].map(idOf)),
  ]);
}

/** Moves the heads of lanes forward and takes out the replays that are done. */
export async function advanceLanes(on: Queryable, lanes: readonly LaneAdvance[]): Promise<void> {
  const { rowCount } = await advance(on, laneArrays(lanes));
  assertRows('advanced lanes', rowCount, lanes.length);
}

export interface LaneAdvance {
  readonly id: Uuid;
  readonly settledSeq: number;
  /** The replays that remain. */
  readonly replays: readonly Uuid[];
}

const laneArrays = byColumn<LaneAdvance>(
  idOf,
  ({ settledSeq }) => settledSeq,
  ({ replays }) => plainArray(replays),
);

/** Sent in this order: what is referred to comes before what refers to it. */
function writesOf(on: Queryable, changes: Changes): Promise<void>[] {
  const { bookingsCreated, bookingsChanged, accounts, transfers, holdsPlaced, holdsChanged, outbox } = changes;
  const { lotsOpened, lotsChanged, voids } = changes;
  const { slotHoldsTaken, slotHoldsEnded, waitlistJoined, waitlistEnded, slotsFreed, freedSlotsChanged } = changes;
  return [
    write('new bookings', bookingsCreated.size, () => insertBookings(on, bookingArrays([...bookingsCreated.values()]))),
    write('changed bookings', bookingsChanged.size, () =>
      updateBookings(on, changedArrays([...bookingsChanged.values()])),
    ),
    write('changed accounts', accounts.size, () => updateAccounts(on, accountArrays([...accounts.values()]))),
    write('transfers', transfers.length, () => insertTransfers(on, transferArrays(transfers))),
    write('new holds', holdsPlaced.size, () => insertHolds(on, holdArrays([...holdsPlaced.values()]))),
    write('changed holds', holdsChanged.size, () => updateHolds(on, changedHoldArrays([...holdsChanged.values()]))),
    write('outbox', outbox.length, () => insertOutbox(on, outboxArrays(outbox))),
    // What is replaced makes room first: there is one live hold per holder and practitioner.
    write('ended slot holds', slotHoldsEnded.size, () => endSlotHolds(on, [...slotHoldsEnded.values()])),
    write('new slot holds', slotHoldsTaken.size, () => insertSlotHolds(on, [...slotHoldsTaken.values()])),
    write('ended waitlist entries', waitlistEnded.size, () => endWaitlistEntries(on, waitlistEnded)),
    write('new waitlist entries', waitlistJoined.size, () => insertWaitlistEntries(on, [...waitlistJoined.values()])),
    write('changed freed slots', freedSlotsChanged.size, () => updateFreedSlots(on, [...freedSlotsChanged.values()])),
    // Those that nobody waits for are not kept: how many are is not ours to know.
    slotsFreed.size === 0 ? Promise.resolve() : insertFreedSlots(on, [...slotsFreed.values()]).then(() => undefined),
    ...partnerWrites(on, changes.ofPartners),
    ...shopWrites(on, changes.ofShops),
    write('new lots', lotsOpened.size, () => insertLots(on, lotArrays([...lotsOpened.values()]))),
    write('changed lots', lotsChanged.size, () => updateLots(on, changedLotArrays([...lotsChanged.values()]))),
    write('voids', voids.length, () => insertVoids(on, voidArrays(voids))),
  ];
}

const advance = statement(
  'advance_lanes',
  `update lane_heads h set settled_seq = new.settled_seq, replays = new.replays::uuid[]
   from unnest($1::uuid[], $2::bigint[], $3::text[]) as new (id, settled_seq, replays)
   where h.id = new.id and h.settled_seq <= new.settled_seq`,
);

const updateAccounts = statement(
  'update_accounts',
  `update accounts a set balance = new.balance, held = new.held, debt = new.debt, updated_at = now()
   from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) as new (id, balance, held, debt)
   where a.id = new.id`,
);

const accountArrays = byColumn<Account>(
  ({ id }) => id,
  ({ balance }) => balance,
  ({ held }) => held,
  ({ debt }) => debt,
);

const insertTransfers = statement(
  'insert_transfers',
  `insert into transfers (id, operation_id, debit_account, credit_account, amount, debit_type, credit_type, source,
                          debit_before, credit_before, debtor, reference_type, reference_id, description)
   select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::text[],
     $8::text[], $9::bigint[], $10::bigint[], $11::uuid[], $12::text[], $13::uuid[], $14::text[])`,
);

const transferArrays = byColumn<PostedTransfer>(
  ({ id }) => id,
  ({ operationId }) => operationId,
  ({ debit }) => debit,
  ({ credit }) => credit,
  ({ amount }) => amount,
  ({ debitType }) => debitType,
  ({ creditType }) => creditType,
  ({ source }) => source,
  ({ debitBefore }) => debitBefore,
  ({ creditBefore }) => creditBefore,
  ({ debtor }) => debtor,
  ({ reference }) => reference?.type ?? null,
  ({ reference }) => reference?.id ?? null,
  ({ description }) => description,
);

// Whoever is placed again has its own: a session that was moved to where it is free and then to where it is not, the points
// of an order that was paid after its release.
const insertHolds = statement(
  'insert_holds',
  `insert into holds (id, account_id, operation_id, amount, reference_type, reference_id, status, ended_at)
   select id, account, operation, amount, reference_type, reference_id, status,
          case when status <> 'live' then now() end
   from unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::uuid[])
     as new (id, amount, status, account, operation, reference_type, reference_id)
   on conflict (id) do update set amount = excluded.amount, status = excluded.status, ended_at = excluded.ended_at
   where holds.status = 'released'`,
);

function holdArrays(holds: readonly PlacedHold[]): Parameter[] {
  return [...changedHoldArrays(holds), ...fixedHoldArrays(holds)];
}

const fixedHoldArrays = byColumn<PlacedHold>(
  ({ accountId }) => accountId,
  ({ operationId }) => operationId,
  ({ reference }) => reference.type,
  ({ reference }) => reference.id,
);

// Live is whatever has not ended. By that name the planner would take the index on live holds, a few when it plans, and
// go through all of them for each that is wanted, thousands later (measured: a crowd of checkouts gained a fifth).
export const updateHolds = statement(
  'update_holds',
  `update holds h set amount = new.amount, status = new.status, ended_at = case when new.status <> 'live' then now() end
   from unnest($1::uuid[], $2::bigint[], $3::text[]) as new (id, amount, status)
   where h.id = new.id and h.ended_at is null`,
);

const changedHoldArrays = byColumn<PlacedHold>(
  idOf,
  ({ amount }) => amount,
  ({ status }) => status,
);

// A step about a payment that is wanted again is the same entry, due once more.
const insertOutbox = statement(
  'insert_outbox',
  `insert into outbox (id, operation_id, kind, type, user_id, subject_id, data, status, settled_at)
   select id, operation_id, kind, type, user_id, subject_id, data::jsonb, status,
          case when status = 'skipped' then now() end
   from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::text[])
     as new (id, operation_id, kind, type, user_id, subject_id, data, status)
   on conflict (id) do update set status = 'waiting', due_at = now(), attempts = 0, last_error = null, settled_at = null
     where outbox.kind like 'payment.%'`,
);

const outboxArrays = byColumn<OutboxEntry>(
  idOf,
  ({ operationId }) => operationId,
  ({ kind }) => kind,
  ({ type }) => type,
  ({ userId }) => userId,
  ({ subjectId }) => subjectId,
  ({ data }) => JSON.stringify(data),
  ({ status }) => status,
);
