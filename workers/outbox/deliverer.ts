import type pg from 'pg';
import { describeError } from '../../db/failures.ts';
import {
  claimOutgoing,
  failOutgoing,
  type GiveUp,
  type OutboxRow,
  putOffOutgoing,
  settleOutgoing,
} from '../../db/outbox.ts';
import type { OutgoingKind } from '../../shared/domain/outbox.ts';
import type { Logger } from '../../shared/runtime/log.ts';
import { onDemand } from '../on-demand.ts';
import { type RetryPolicy, retryInMsOf } from '../retry-policy.ts';

/** What became of an entry; `skipped`: there is no reason to deliver it any more. */
export type Delivered =
  | { readonly status: 'sent' }
  | { readonly status: 'skipped'; readonly why: string }
  /** Not yet: it waits for something else. */
  | { readonly status: 'later'; readonly inMs: number };

/** Delivers entries of one kind. Whatever it throws is a failed attempt. */
export interface Channel {
  readonly kind: OutgoingKind;
  /** `signal` ends an attempt that takes too long, or when the process shuts down. */
  readonly deliver: (entry: OutboxRow, signal: AbortSignal) => Promise<Delivered>;
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
  readonly log: Logger;
}

/** Deliveries at a time, of one kind in one process. */
const concurrency = 8;

const attemptLimitMs = 30_000;

/** Well within the time that a worker has to end in. */
const closeLimitMs = 5_000;

/** Whatever no wake-up told of is found by looking: retries, and what was left by a process that died. */
const lookEveryMs = 1_000;

/**
 * Delivers the entries of one kind, each attempt on its own: however long the other side takes or fails, it delays
 * nothing but entries of that kind.
 */
export function startDeliverer({ pool, channel, retry, log }: DelivererOptions): Deliverer {
  const giveUp = new AbortController();
  const inHand = new Set<Promise<void>>();

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
        looking.wake();
      });
    inHand.add(work);
  };

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
    await settleOutgoing(pool, entry.id, delivered.status, delivered.status === 'skipped' ? delivered.why : null);
    log.info({ outboxId: entry.id, type: entry.type, status: delivered.status }, 'delivered');
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
