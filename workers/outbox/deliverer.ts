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

/** Delivers entries of one kind. Whatever it throws is a failed attempt. */
export interface Channel {
  readonly kind: OutgoingKind;
  /** `signal` ends an attempt that takes too long, or when the process shuts down. */
  readonly deliver: (entry: OutboxRow, signal: AbortSignal) => Promise<Delivered>;
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
  const giveUp = new AbortController();
  const inHand = new Set<Promise<void>>();
  let isRoomNew = false;

  const look = async (): Promise<void> => {
    const room = concurrency - inHand.size;
    if (room === 0) return;
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

  const attempt = async (entry: OutboxRow): Promise<void> => {
    let delivered: Delivered;
    try {
      const signal = AbortSignal.any([giveUp.signal, AbortSignal.timeout(attemptLimitMs)]);
      delivered = await channel.deliver(entry, signal);
    } catch (error) {
      if (giveUp.signal.aborted) return putOffOutgoing(pool, entry.id, 0);
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
      const limit = setTimeout(() => giveUp.abort(), closeLimitMs);
      await Promise.all(inHand);
      clearTimeout(limit);
    },
  };
}

function settledBy({ id }: OutboxRow, delivered: Exclude<Delivered, { readonly status: 'later' }>): SettledOutgoing {
  return delivered.status === 'sent'
    ? { id, status: 'sent', why: null, steps: delivered.steps ?? [] }
    : { id, status: 'skipped', why: delivered.why, steps: [] };
}
