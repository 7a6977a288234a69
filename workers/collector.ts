import type { Uuid } from '../shared/domain/ids.ts';
import { fullShapeOf, lanesMaxOf, type Shape, type ShapeLimits, shapeAfter } from './crowd.ts';
import { lanesOfDepth } from './depth.ts';

/**
 * Jobs wake lanes; the collector makes batches of them. There is no timer: whenever a committer is free it takes
 * whatever waits, so that a lone operation is applied at once and a crowd shares a transaction.
 *
 * A lane is `waiting` (in `waiting`, with the tickets of the jobs that woke it), then `serving` (in a committer's
 * batch). What the batch says of it decides what is next:
 *
 *   served      → its tickets are done; if it was woken again meanwhile, it waits again with the new tickets
 *   unfinished  → it waits again, behind the others, and keeps its tickets
 *   busy        → another batch holds it, or a calendar that it needs: that batch may have read the lane just before
 *                 our operation was there, so it waits again, after a short and growing pause. After some of these a
 *                 batch is made of such lanes that waits for calendars, so that nobody is passed over for ever
 *   failed      → (the database was away) its tickets are refused; the queue brings the jobs again
 *
 * A lane is in one committer's hands at a time, so that the committers of one process never lock each other out.
 */

export interface Collector {
  /**
   * Resolves when all these lanes have been served by a batch that began after the call; rejects when they could not
   * be. What is then still waiting is not lost: it is in the database, and the sweeper wakes it.
   */
  wake(lanes: readonly Uuid[]): Promise<void>;
  /** Whether a batch that has not begun yet will serve this lane. */
  isWaiting(lane: Uuid): boolean;
  /** Lets the batches in hand end, begins no other, and refuses whoever still waits. */
  close(): Promise<void>;
}

export interface Served {
  readonly busy: readonly Uuid[];
  /** How many of the lanes and calendars that the batch wanted other processes hold. */
  readonly strangers: number;
  readonly unfinished: readonly Uuid[];
  /** How many operations waited in a lane, on average. */
  readonly depth: number;
}

export interface CollectorOptions {
  readonly serve: (committer: number, batch: BatchToServe) => Promise<Served>;
  /** Batches at a time, at most. */
  readonly committers: number;
  /** In all batches at a time. */
  readonly operationsAtOnceMax: number;
}

export interface BatchToServe {
  readonly lanes: readonly Uuid[];
  readonly operationsMax: number;
  /** For calendars that another batch holds. */
  readonly waits: boolean;
}

interface Ticket {
  remaining: number;
  readonly done: () => void;
  readonly refuse: (why: unknown) => void;
}

interface WaitingLane {
  readonly tickets: Ticket[];
  /** How often it was found in other hands since it was woken. */
  readonly missed: number;
}

/** The lanes of a batch, and whether it waits for calendars. */
interface Taken {
  readonly lanes: ReadonlyMap<Uuid, WaitingLane>;
  readonly waits: boolean;
}

/** A lane that is busy elsewhere is asked for again after 4, 8, 16 … ms: a batch there takes some tens of them. */
const busyPauseMs = 4;
const busyPauseMaxMs = 128;

/** Missed this often, some 60 ms after it was woken, a lane is worth waiting for. */
const patientAfter = 4;

export function createCollector({ serve, committers, operationsAtOnceMax }: CollectorOptions): Collector {
  const waiting = new Map<Uuid, WaitingLane>();
  const serving = new Set<Uuid>();
  const idle = Array.from({ length: committers }, (_, committer) => committer);
  const inHand = new Set<Promise<void>>();
  /** Batches in hand that wait for nobody; one that does keeps no other from its turn. */
  let working = 0;
  // No batch applies more lanes than operations.
  const most: ShapeLimits = { batchesAtOnce: committers, lanesAtOnce: operationsAtOnceMax };
  let shape: Shape = fullShapeOf(most);
  let depth = 1;
  let isClosed = false;

  const enqueue = (lane: Uuid, tickets: readonly Ticket[], missed: number): void => {
    if (isClosed) {
      refuse(tickets, new ClosedError());
      return;
    }
    const known = waiting.get(lane);
    if (known === undefined) waiting.set(lane, { tickets: [...tickets], missed });
    else known.tickets.push(...tickets);
  };

  const operationsPerBatch = () => lanesMaxOf(most, shape.batchesAtOnce);
  const lanesPerBatch = () => Math.min(shape.lanesPerBatch, lanesOfDepth(depth, operationsPerBatch()));

  const take = (): Taken => {
    const lanesMax = lanesPerBatch();
    const lanes = new Map<Uuid, WaitingLane>();
    let waits: boolean | null = null;
    for (const [lane, entry] of waiting) {
      if (lanes.size >= lanesMax) break;
      if (serving.has(lane)) continue;
      // Whoever is first says what kind of batch it is; the others of that kind join in.
      waits ??= isPatient(entry);
      if (isPatient(entry) === waits) lanes.set(lane, entry);
    }
    for (const lane of lanes.keys()) {
      waiting.delete(lane);
      serving.add(lane);
    }
    return { lanes, waits: waits ?? false };
  };

  const fill = (): void => {
    while (idle.length > 0 && working < shape.batchesAtOnce && !isClosed) {
      const taken = take();
      const committer = taken.lanes.size === 0 ? undefined : idle.pop();
      if (committer === undefined) return;
      if (!taken.waits) working += 1;
      const work = run(committer, taken).finally(() => {
        if (!taken.waits) working -= 1;
        inHand.delete(work);
        idle.push(committer);
        fill();
      });
      inHand.add(work);
    }
  };

  const run = async (committer: number, { lanes, waits }: Taken): Promise<void> => {
    try {
      const batch = { lanes: [...lanes.keys()], operationsMax: operationsPerBatch(), waits };
      const { busy, unfinished, strangers, ...served } = await serve(committer, batch);
      for (const lane of lanes.keys()) serving.delete(lane);
      // A small batch was all there is, and says nothing about a crowd.
      if (lanes.size >= lanesPerBatch()) depth = served.depth;
      // Nor does one that has waited until they were gone.
      if (!waits) shape = shapeAfter(shape, { lanes: lanes.size, busy: busy.length, strangers }, most);
      settle(lanes, new Set(busy), new Set(unfinished));
    } catch (error) {
      for (const [lane, { tickets }] of lanes) {
        serving.delete(lane);
        refuse(tickets, error);
      }
    }
  };

  const settle = (taken: ReadonlyMap<Uuid, WaitingLane>, busy: ReadonlySet<Uuid>, unfinished: ReadonlySet<Uuid>) => {
    for (const [lane, { tickets, missed }] of taken) {
      if (busy.has(lane)) setTimeout(() => again(lane, tickets, missed + 1), pauseOf(missed));
      else if (unfinished.has(lane)) enqueue(lane, tickets, 0);
      else for (const ticket of tickets) complete(ticket);
    }
  };

  const again = (lane: Uuid, tickets: readonly Ticket[], missed: number): void => {
    enqueue(lane, tickets, missed);
    fill();
  };

  return {
    wake: (lanes) =>
      new Promise((done, reject) => {
        const wanted = new Set(lanes);
        const ticket: Ticket = { remaining: wanted.size, done, refuse: reject };
        for (const lane of wanted) enqueue(lane, [ticket], 0);
        fill();
      }),
    isWaiting: (lane) => waiting.has(lane),
    close: async () => {
      isClosed = true;
      for (const { tickets } of waiting.values()) refuse(tickets, new ClosedError());
      waiting.clear();
      await Promise.all(inHand);
    },
  };
}

function isPatient({ missed }: WaitingLane): boolean {
  return missed >= patientAfter;
}

function complete(ticket: Ticket): void {
  ticket.remaining -= 1;
  if (ticket.remaining === 0) ticket.done();
}

function refuse(tickets: readonly Ticket[], why: unknown): void {
  for (const ticket of tickets) ticket.refuse(why);
}

function pauseOf(missed: number): number {
  return Math.min(busyPauseMs * 2 ** missed, busyPauseMaxMs);
}

class ClosedError extends Error {
  constructor() {
    super('the worker is shutting down');
    this.name = 'ClosedError';
  }
}
