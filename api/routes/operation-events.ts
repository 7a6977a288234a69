import type { Response } from 'express';
import { isFinal, type OperationRecord } from '../../db/queries/operations.ts';
import type { Settlements } from '../../db/settlements.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { commonHeaders } from '../http/exchange.ts';
import { unavailable } from '../http/problem.ts';
import { rateLimited } from '../http/rate-limit.ts';
import { operationView } from '../representations/operation.ts';

/** Each stream holds a connection and a place in the poll. */
const streamsMax = 2_000;
const streamsPerCallerMax = 50;

/** Contract §8: proxies and clients take a connection without traffic for dead. */
const commentEveryMs = 15_000;

/** What a client that does not read may have waiting; an operation is a few hundred bytes. */
const unreadBytesMax = 64_000;

export interface EventStreams {
  /** Throws before anything is sent when there are too many streams, or the operation is not the caller's. */
  readonly open: (stream: Stream) => Promise<void>;
}

export interface Stream {
  readonly callerId: Uuid;
  readonly operationId: Uuid;
  /** The operation as the caller sees it; throws when it is not theirs. */
  readonly read: () => Promise<OperationRecord>;
  readonly res: Response;
}

export function createEventStreams(settlements: Settlements): EventStreams {
  const open = new Map<Uuid, number>();
  let all = 0;

  const enter = (callerId: Uuid) => {
    if (all >= streamsMax) throw unavailable('Too many streams are open.');
    const own = open.get(callerId) ?? 0;
    if (own >= streamsPerCallerMax) throw rateLimited('You have too many streams open.', 5);
    all += 1;
    open.set(callerId, own + 1);
  };
  const leave = (callerId: Uuid) => {
    all -= 1;
    const own = (open.get(callerId) ?? 1) - 1;
    if (own === 0) open.delete(callerId);
    else open.set(callerId, own);
  };

  return {
    open: async (stream) => {
      enter(stream.callerId);
      try {
        await follow(settlements, stream);
      } finally {
        leave(stream.callerId);
      }
    },
  };
}

/** Resolves when the operation is final, the client has gone, or the process ends. */
async function follow(settlements: Settlements, { operationId, read, res }: Stream): Promise<void> {
  const news = newsOf(settlements, operationId, res);
  let comments: NodeJS.Timeout | undefined;
  try {
    for (let operation = await read(); !res.destroyed; operation = await read()) {
      if (!res.headersSent) begin(res);
      comments ??= setInterval(() => res.write(': still here\n\n'), commentEveryMs);
      res.write(eventOf(operation));
      if (isFinal(operation.status) || res.writableLength > unreadBytesMax) break;
      if (!(await news.next(operation))) break;
    }
    res.end();
  } finally {
    clearInterval(comments);
    news.close();
  }
}

interface News {
  /** True when the operation is no longer as it was shown; false when there will be no more news. */
  readonly next: (shown: OperationRecord) => Promise<boolean>;
  readonly close: () => void;
}

function newsOf(settlements: Settlements, operationId: Uuid, res: Response): News {
  let seen: OperationRecord | null = null;
  let hasEnded = false;
  let wake: () => void = () => undefined;
  const end = () => {
    hasEnded = true;
    wake();
  };
  const unwatch = settlements.watch(operationId, (operation) => {
    if (operation === null) return end();
    seen = operation;
    wake();
  });
  res.once('close', end);
  return {
    next: async (shown) => {
      while (!hasEnded) {
        if (seen !== null && isNewer(seen, shown)) return true;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return false;
    },
    close: () => {
      res.off('close', end);
      unwatch();
    },
  };
}

/** What was seen before the row was read for the stream tells nothing new. */
function isNewer(seen: OperationRecord, shown: OperationRecord): boolean {
  return seen.status !== shown.status || seen.attempts !== shown.attempts;
}

function begin(res: Response): void {
  res.writeHead(200, [
    ...commonHeaders(res),
    'Content-Type',
    'text/event-stream; charset=utf-8',
    'Cache-Control',
    'no-store',
    // Tells nginx and its like to pass events on as they come.
    'X-Accel-Buffering',
    'no',
  ]);
}

function eventOf(operation: OperationRecord): string {
  return `event: operation\ndata: ${JSON.stringify(operationView(operation))}\n\n`;
}
