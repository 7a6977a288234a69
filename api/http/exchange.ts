import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import type { Logger } from '../../shared/runtime/log.ts';
import type { Metrics } from './metrics.ts';
import { securityHeaders } from './security-headers.ts';

/** One request and its answer, as logs and metrics see it. */
export interface Exchange {
  readonly requestId: string;
  readonly startedAt: number;
  /** The pattern of the route, which names no person; null when nothing is there. */
  route: string | null;
  operationId: string | null;
}

/** What may be echoed into a header and a log line. */
const saneRequestId = /^[\w.:-]{1,128}$/;

/**
 * Names each request (X-Request-Id, taken over from a proxy when it is sane), and writes one line and one measurement
 * when it is over. Lines carry no path, query or body: those may name people.
 */
export function exchanges(log: Logger, metrics: Metrics): RequestHandler {
  return (req, res, next) => {
    const asked = req.headers['x-request-id'];
    const requestId = typeof asked === 'string' && saneRequestId.test(asked) ? asked : randomUUID();
    const exchange: Exchange = { requestId, startedAt: performance.now(), route: null, operationId: null };
    res.locals.exchange = exchange;

    const { method } = req;
    res.once('close', () => {
      const ms = performance.now() - exchange.startedAt;
      // The client has gone before the answer was written: 499, as proxies log it.
      const status = res.writableFinished ? res.statusCode : 499;
      const route = exchange.route ?? 'unmatched';
      metrics.observeRequest(method, route, status, ms);
      const { operationId } = exchange;
      log.info({ requestId, method, route, status, ms: Math.round(ms * 10) / 10, operationId }, 'request');
    });
    next();
  };
}

/** The headers of every answer, names and values in turn, for `writeHead`. */
export function commonHeaders(res: Response): string[] {
  return [...securityHeaders, 'X-Request-Id', exchangeOf(res).requestId];
}

/** Sets the headers of every answer where somebody else writes it: pages, files, Bull Board. */
export function setCommonHeaders(res: Response): void {
  const headers = commonHeaders(res);
  for (let n = 0; n < headers.length; n += 2) res.setHeader(headers[n] ?? '', headers[n + 1] ?? '');
}

/** The exchange of a response that passed through `exchanges`. */
export function exchangeOf(res: Response): Exchange {
  const exchange: Exchange = res.locals.exchange;
  return exchange;
}
