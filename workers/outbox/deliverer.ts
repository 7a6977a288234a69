import type pg from 'pg';
import type { Submission } from '../../db/accept.ts';
import { describeError } from '../../db/failures.ts';
import {
  claimOutgoing,
  failOutgoing,
  type GiveUp,
  type OutboxRow,
  putOffOutgoing,
  type SettledOutgoing,
  settleOutgoing,
} from '../../db/outbox.ts';
import type { OutgoingKind } from '../../shared/domain/outbox.ts';
import type { Logger } from '../../shared/runtime/log.ts';
import { onDemand } from '../on-demand.ts';
import { type RetryPolicy, retryInMsOf } from '../retry-policy.ts';
import { together } from './together.ts';

/** What became of an entry; `skipped`: there is no reason to deliver it any more. */
export type Delivered =
  /** `steps`: operations that follow from what was answered. */
  | { readonly status: 'sent'; readonly steps?: readonly Submission[] }
  | { readonly status: 'skipped'; readonly why: string }
  /** Not yet: it waits for something else. */
  | { readonly status: 'later'; readonly inMs: number };

/** Ends an attempt that takes too long, or when the process shuts down. */
export interface Limit {
  /** Made when it is first asked for: a signal costs more than charging a card does, which does without. */
  readonly signal: AbortSignal;
}

/** Delivers entries of one kind. Whatever it throws is a failed attempt. */
export interface Channel {
  readonly kind: OutgoingKind;
  readonly deliver: (entry: OutboxRow, limit: Limit) => Promise<Delivered>;
  /** Deliveries at a time in one process; absent: a few. */
  readonly concurrency?: number;
  /** Absent: that of all deliveries. */
  readonly retry?: RetryPolicy;
  /** Asks a person when no attempt is left; absent, or when it asks nobody: an item about the entry itself. */
  readonly giveUp?: GiveUp;
}

export interface Deliverer {
  /** Looks for what is due, now. */
  wake(): void;
  /** Takes nothing new, gives what is in hand a few seconds, and puts the rest back. */
  close(): Promise<void>;
}

export interface DelivererOptions {
  readonly pool: pg.Pool;
  readonly channel: Channel;
  readonly retry: RetryPolicy;
  /** Has operations applied that have been recorded. */
  readonly onRecorded: (recorded: readonly Submission[]) => Promise<void>;
  readonly log: Logger;
}

/** Of one kind in one process, unless the channel says more. */
const usualConcurrency = 8;

const attemptLimitMs = 30_000;

/** What is answered and waits to be recorded holds up nothing, as long as it is no more than so many times what is asked. */
const inHandPerAsked = 8;

/** Well within the time that a worker has to end in. */
const closeLimitMs = 5_000;

/** Whatever no wake-up told of is found by looking: retries, and what was left by a process that died. */
const lookEveryMs = 1_000;

/**
 * Delivers the entries of one kind, each attempt on its own: however long the other side takes or fails, it delays
 * nothing but entries of that kind. What is answered in one moment is recorded together.
 */
export function startDeliverer({ pool, channel, retry, onRecorded, log }: DelivererOptions): Deliverer {
  const { concurrency = usualConcurrency } = channel;
  /** From the claim to the record. */
  const inHand = new Set<Promise<void>>();
  /** Of those, what the other side has not answered yet. */
  const underWay = new Set<AbortController>();
  let givesUp = false;
  let isRoomNew = false;

  const look = async (): Promise<void> => {
    const room = Math.min(concurrency - underWay.size, concurrency * inHandPerAsked - inHand.size);
    if (room <= 0) return;
    const due = await claimOutgoing(pool, channel.kind, room);
    for (const entry of due) begin(entry);
    if (due.length === room) looking.wake();
  };

  const begin = (entry: OutboxRow): void => {
    const work = attempt(entry)
      .catch((error: unknown) => log.warn({ err: error, outboxId: entry.id }, 'a delivery could not be recorded'))
      .finally(() => {
        inHand.delete(work);
        lookSoon();
      });
    inHand.add(work);
  };

  /** When all that ended in this moment have made room. */
  const lookSoon = (): void => {
    if (isRoomNew) return;
    isRoomNew = true;
    setImmediate(() => {
      isRoomNew = false;
      looking.wake();
    });
  };

  const settle = together(async (settled: readonly SettledOutgoing[]) => {
    const recorded = await settleOutgoing(pool, settled);
    if (recorded.length > 0) {
      // When they are not woken, the sweeper finds them.
      await onRecorded(recorded).catch((error: unknown) => log.warn({ err: error }, 'what follows was not woken'));
    }
    return settled;
  });

  const deliver = async (entry: OutboxRow): Promise<Delivered> => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new Error(`no answer within ${attemptLimitMs} ms`)), attemptLimitMs);
    underWay.add(limit);
    try {
      return await channel.deliver(entry, limit);
    } finally {
      clearTimeout(timer);
      underWay.delete(limit);
      lookSoon();
    }
  };

  const attempt = async (entry: OutboxRow): Promise<void> => {
    let delivered: Delivered;
    try {
      delivered = await deliver(entry);
    } catch (error) {
      if (givesUp) return putOffOutgoing(pool, entry.id, 0);
      const retryInMs = retryInMsOf(channel.retry ?? retry, entry.attempts, Math.random());
      log.warn(
        { err: error, outboxId: entry.id, type: entry.type, attempts: entry.attempts, retryInMs },
        'not delivered',
      );
      await failOutgoing(pool, entry, { error: describeError(error), retryInMs }, channel.giveUp);
      return;
    }
    if (delivered.status === 'later') return putOffOutgoing(pool, entry.id, delivered.inMs);
    await settleOne(settledBy(entry, delivered));
    log.info({ outboxId: entry.id, type: entry.type, status: delivered.status }, 'delivered');
  };

  /** What fails together may be due to one alone: then each is recorded by itself. */
  const settleOne = async (settled: SettledOutgoing): Promise<void> => {
    try {
      await settle(settled);
    } catch (error) {
      log.warn({ err: error, outboxId: settled.id }, 'deliveries were not recorded together');
      const recorded = await settleOutgoing(pool, [settled]);
      await onRecorded(recorded);
    }
  };

  const looking = onDemand(lookEveryMs, look, (error) =>
    log.warn({ err: error, kind: channel.kind }, 'the outbox could not be read'),
  );

  return {
    wake: looking.wake,
    close: async () => {
      await looking.close();
      const timer = setTimeout(() => {
        givesUp = true;
        for (const limit of underWay) limit.abort(new Error('the process ends'));
      }, closeLimitMs);
      await Promise.all(inHand);
      clearTimeout(timer);
    },
  };
}

function settledBy({ id }: OutboxRow, delivered: Exclude<Delivered, { readonly status: 'later' }>): SettledOutgoing {
  return delivered.status === 'sent'
    ? { id, status: 'sent', why: null, steps: delivered.steps ?? [] }
    : { id, status: 'skipped', why: delivered.why, steps: [] };
}
