import type pg from 'pg';
import type { Submission } from '../db/accept.ts';
import { type CalendarClaim, claimCalendars, isBusy } from '../db/calendars.ts';
import { claimAndLoad } from '../db/claim-and-load.ts';
import { type Tx, withTransactionFrom } from '../db/client.ts';
import { type LockedLane, lanesWithWork, openLanes, type Waiting } from '../db/lanes.ts';
import { loadState } from '../db/load-state.ts';
import { pointsStep } from '../db/orders/payments.ts';
import { persist } from '../db/persist.ts';
import { closeApplied } from '../db/reconciliation.ts';
import { acceptScheduled } from '../db/schedules.ts';
import { sendTogether } from '../db/statement.ts';
import type { OutboxEntry, WorkingState } from '../shared/domain/changes.ts';
import type { Footprint } from '../shared/domain/footprint.ts';
import { idOf, type Uuid } from '../shared/domain/ids.ts';
import type { OutgoingKind } from '../shared/domain/outbox.ts';
import type { Settings } from '../shared/domain/state.ts';
import { type DecidedBatch, decideBatch, isUnfinished } from '../shared/operations/decide-batch.ts';
import type { OperationKind, Prepared } from '../shared/operations/define.ts';
import { depthOf } from './depth.ts';
import {
  advanceOf,
  dueOf,
  type LaneWork,
  readLimitsOf,
  untilBusy,
  withMoreIn,
  withOneInParts,
  withoutUnfinished,
} from './lane-work.ts';
import type { OwnClaim, OwnClaims } from './own-claims.ts';
import { type Settled, settledOf } from './settled.ts';

/**
 * One batch is one transaction: lock lanes → read what waits → claim calendars → load state → decide → persist → commit.
 *
 * A retry at any line changes nothing that was not rolled back; a COMMIT whose answer is lost is found out by running
 * the batch again, which then finds the lanes' heads further on. The order within a lane is that of `lane_seq`, and
 * nobody else applies the lane while its lock is held.
 */

export interface BatchContext {
  readonly pool: pg.Pool;
  readonly kinds: ReadonlyMap<string, OperationKind>;
  readonly settings: Settings;
  /** Awaited before anything is decided: a process that dies from here on has died with these operations in hand. */
  readonly inHand: (operationIds: readonly Uuid[]) => Promise<void>;
  /** Of all batches of this process. */
  readonly claims: OwnClaims;
}

export interface BatchRequest {
  readonly lanes: readonly Uuid[];
  readonly operationsMax: number;
  /** Whether to wait for calendars that another batch holds; otherwise what needs them is left, as busy. */
  readonly waits: boolean;
  /** Of one operation that has failed and can do less (`canBeReduced`): whether it is to. */
  readonly isReduced?: boolean;
}

export interface BatchResult {
  /** Lanes that another process or committer holds, or whose next operation needs a calendar that is held. */
  readonly busy: readonly Uuid[];
  /** How many of the lanes and calendars that it wanted other processes hold. */
  readonly strangers: number;
  /** Lanes with more due operations than fitted. */
  readonly unfinished: readonly Uuid[];
  /** Lanes whose next operation a process has died with: it must run in a batch of its own. */
  readonly suspect: readonly Uuid[];
  /** How many operations waited in a lane, see `depthOf`. */
  readonly depth: number;
  readonly settled: readonly Settled[];
  /** What there is to do outside now. */
  readonly outgoing: readonly OutgoingKind[];
}

/** A batch that did not commit, with what it was about to apply; `cause` says why. */
export class BatchError extends Error {
  readonly operations: readonly Waiting[];

  constructor(operations: readonly Waiting[], cause: unknown) {
    super(`a batch of ${operations.length} operations failed`, { cause });
    this.name = 'BatchError';
    this.operations = operations;
  }
}

/** An operation of a kind that this process does not know: a newer API is ahead of it, or the row is damaged. */
export class UnknownKindError extends Error {
  constructor(kind: string) {
    super(`no operation kind is called ${kind}`);
    this.name = 'UnknownKindError';
  }
}

export async function runBatch(context: BatchContext, request: BatchRequest): Promise<BatchResult> {
  const { lanes, operationsMax, waits, isReduced = false } = request;
  let batch: readonly Waiting[] = [];
  const mine = context.claims.begin();
  try {
    const limits = readLimitsOf(operationsMax, lanes.length);
    const openAll = (client: pg.ClientBase) => openLanes(client, lanes, limits);
    return await withTransactionFrom(context.pool, openAll, async (tx, open) => {
      const isInParts = ({ kind }: Waiting) => context.kinds.get(kind)?.inParts === true;
      const due = withOneInParts(dueOf(open, operationsMax), isInParts);
      batch = operationsOf(due);

      const prepared = prepareAll(context.kinds, batch, isReduced);
      const { claim, state } = await claimFor(context, tx, { batch, prepared, waits, mine });
      const strangers = mine.strangersAmong(claim.busy);
      const isMadeHere = movesOfThisBatch(batch, claim);
      const work = untilBusy(due, ({ id }) => {
        const footprint = prepared.get(id)?.footprint ?? {};
        return isBusy(claim, footprint) || isMadeHere(footprint);
      });
      batch = operationsOf(work);

      const none: BatchApplied = { settled: [], outgoing: [], done: work };
      const { done, ...applied } =
        batch.length === 0 ? none : await applyBatch(context, tx, { work, batch, prepared, claim, state });
      const elsewhere = await lanesWithWork(tx.client, without(lanes, open.lanes));
      return {
        busy: [...elsewhere, ...lanesWith(done, 'busy')],
        strangers: strangers + elsewhere.length,
        ...restsOf(done),
        depth: depthOf(open.lanes, lanes.length),
        ...applied,
      };
    });
  } catch (error) {
    throw new BatchError(batch, error);
  } finally {
    mine.end();
  }
}

interface Batch extends Claimed {
  readonly work: readonly LaneWork[];
  readonly batch: readonly Waiting[];
  readonly prepared: ReadonlyMap<Uuid, Prepared>;
}

interface Claimed {
  readonly claim: CalendarClaim;
  /** Where it came along with the claim. */
  readonly state: WorkingState | null;
}

interface ToClaim extends Pick<Batch, 'batch' | 'prepared'>, Pick<BatchRequest, 'waits'> {
  readonly mine: OwnClaim;
}

/** Claims the calendars of a batch; of one operation together with its state where that can be, a round trip less. */
async function claimFor(
  context: BatchContext,
  { client }: Tx,
  { batch, prepared, waits, mine }: ToClaim,
): Promise<Claimed> {
  const footprints = footprintsOf(batch, prepared);
  const [alone] = footprints;
  if (alone !== undefined && batch.length === 1 && !waits) {
    // Not noted among the claims of this process: for the batch beside it, a few calendars are no crowd.
    const [atOnce] = await Promise.all([claimAndLoad(client, alone, context.settings), inHand(context, batch)]);
    if (atOnce !== null) return atOnce;
  }
  return { claim: await claimCalendars(client, footprints, { waits, onWanted: mine.add }), state: null };
}

interface BatchApplied extends Pick<BatchResult, 'settled' | 'outgoing'> {
  /** What was settled of each lane, and what is left of it now. */
  readonly done: readonly LaneWork[];
}

async function applyBatch(
  context: BatchContext,
  tx: Tx,
  { work, batch, prepared, claim, state }: Batch,
): Promise<BatchApplied> {
  const decided = decideBatch(
    state ?? (await loadFor(context, tx, { batch, prepared, claim })),
    preparedOf(batch, prepared),
  );
  const unfinished = new Set(decided.decided.filter(isUnfinished).map(idOf));
  const done = withoutUnfinished(work, unfinished);
  const settled = operationsOf(done);
  const replayed = settled.filter(isReplayed).map(idOf);
  const asked = [...replayed, ...decided.changes.ofShops.finished.keys()];
  await sendTogether(tx.client, () => [
    persist(tx.client, decided, done.filter(hasWork).map(advanceOf)),
    asked.length === 0 ? Promise.resolve() : closeApplied(tx, 'operation', asked),
  ]);

  const outgoing = [...new Set(decided.changes.outbox.filter(isWaiting).map(kindOf))];
  const followed = new Set((await acceptScheduled(tx, followingOf(decided))).map(({ lane }) => lane));
  return { settled: settledOf(settled, decided), outgoing, done: withMoreIn(done, followed) };
}

/**
 * What is to be applied after this batch: points that have not moved with their sale. Recorded with it, so that none can
 * be forgotten; for one that is recorded already nothing happens.
 */
function followingOf({ changes: { ofShops } }: DecidedBatch): Submission[] {
  const orders = [...ofShops.ordersPlaced.values(), ...ofShops.ordersChanged.values()];
  return orders.filter(({ loyalty }) => loyalty === 'due').map(pointsStep);
}

async function loadFor(
  context: BatchContext,
  { client }: Tx,
  { batch, prepared, claim }: Pick<Batch, 'batch' | 'prepared' | 'claim'>,
): Promise<WorkingState> {
  const footprints = footprintsOf(batch, prepared);
  const loading = loadState(client, footprints, claim, context.settings);
  const [state] = await Promise.all([loading, inHand(context, batch)]);
  return state;
}

function inHand(context: BatchContext, batch: readonly Waiting[]): Promise<void> {
  return context.inHand(batch.map(idOf));
}

/**
 * Whose calendars a move needs is known from its booking; one that is made by this very batch has not been read, and the
 * move is left to the next.
 */
function movesOfThisBatch(batch: readonly Waiting[], { parties }: CalendarClaim): (footprint: Footprint) => boolean {
  const ids = new Set(batch.map(({ id }) => id));
  return ({ moves }) => (moves ?? []).some(({ bookingId }) => ids.has(bookingId) && !parties.has(bookingId));
}

function operationsOf(work: readonly LaneWork[]): Waiting[] {
  const all: Waiting[] = [];
  for (const { operations } of work) all.push(...operations);
  return all;
}

function footprintsOf(batch: readonly Waiting[], prepared: ReadonlyMap<Uuid, Prepared>): Footprint[] {
  return preparedOf(batch, prepared).map(footprintOf);
}

function preparedOf(batch: readonly Waiting[], prepared: ReadonlyMap<Uuid, Prepared>): Prepared[] {
  const those: Prepared[] = [];
  for (const { id } of batch) {
    const one = prepared.get(id);
    if (one !== undefined) those.push(one);
  }
  return those;
}

function prepareAll(kinds: BatchContext['kinds'], batch: readonly Waiting[], isReduced: boolean): Map<Uuid, Prepared> {
  const prepared = new Map<Uuid, Prepared>();
  for (const operation of batch) prepared.set(operation.id, prepare(kinds, operation, isReduced));
  return prepared;
}

function prepare(kinds: ReadonlyMap<string, OperationKind>, operation: Waiting, isReduced: boolean): Prepared {
  const kind = kinds.get(operation.kind);
  if (kind === undefined) throw new UnknownKindError(operation.kind);
  return kind.prepare(operation, isReduced);
}

function footprintOf({ footprint }: Prepared): Footprint {
  return footprint;
}

function isReplayed({ isReplay }: Waiting): boolean {
  return isReplay;
}

function isWaiting({ status }: OutboxEntry): boolean {
  return status === 'waiting';
}

function kindOf({ kind }: OutboxEntry): OutgoingKind {
  return kind;
}

function hasWork({ operations }: LaneWork): boolean {
  return operations.length > 0;
}

function without(wanted: readonly Uuid[], locked: readonly LockedLane[]): Uuid[] {
  const held = new Set(locked.map(({ id }) => id));
  return wanted.filter((id) => !held.has(id));
}

function restsOf(work: readonly LaneWork[]): Pick<BatchResult, 'unfinished' | 'suspect'> {
  return { unfinished: lanesWith(work, 'more'), suspect: lanesWith(work, 'suspect') };
}

function lanesWith(work: readonly LaneWork[], wanted: LaneWork['rest']): Uuid[] {
  return work.filter(({ rest }) => rest === wanted).map(({ lane }) => lane.id);
}
