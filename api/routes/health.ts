import { timingSafeEqual } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import { missingObjects } from '../../db/required-objects.ts';
import { hasRole } from '../../shared/contract/roles.ts';
import type { Logger } from '../../shared/runtime/log.ts';
import type { Producer } from '../../shared/runtime/queues.ts';
import { impatient } from '../acceptance/record.ts';
import { type Authenticator, bearerTokenOf } from '../http/authentication.ts';
import type { Metrics } from '../http/metrics.ts';
import { Problem, unavailable } from '../http/problem.ts';
import { definePublicRoute, type Route, sendJson } from '../http/route.ts';

export interface HealthDeps {
  readonly app: pg.Pool;
  readonly producer: Pick<Producer, 'ping'>;
  readonly authenticator: Authenticator;
  readonly metrics: Metrics;
  readonly metricsToken: string | null;
  readonly log: Pick<Logger, 'warn'>;
}

/** Contract §8: an answer within 5 s, whatever hangs. */
const checkLimitMs = 4_000;

const parts = ['database', 'schema', 'queues'] as const;
type Part = (typeof parts)[number];
type Readiness = Readonly<Record<Part, boolean>>;

const readinessSchema = z.object({
  ready: z.literal(true),
  checks: z.object({ database: z.boolean(), schema: z.boolean(), queues: z.boolean() }),
});

export function healthRoutes(deps: HealthDeps): Route[] {
  const readiness = sharedCheck(deps);
  return [
    definePublicRoute({
      method: 'get',
      path: '/healthz',
      tag: 'Health',
      summary: 'Is the process alive?',
      answers: { 200: { description: 'It is.', schema: z.object({ alive: z.literal(true) }) } },
      handle: (_req, res) => sendJson(res, 200, { alive: true }),
    }),
    definePublicRoute({
      method: 'get',
      path: '/readyz',
      tag: 'Health',
      summary: 'Can the process serve?',
      description: 'Checks that PostgreSQL answers, that its schema is complete, and that the queues answer.',
      answers: { 200: { description: 'It can.', schema: readinessSchema } },
      handle: async (_req, res) => {
        const checks = await readiness();
        const failing = parts.filter((part) => !checks[part]);
        if (failing.length === 0) return sendJson(res, 200, { ready: true, checks });
        throw new Problem('unavailable', `Not ready: ${failing.join(', ')}.`, {
          headers: { 'Retry-After': '2' },
          members: { ready: false, checks },
        });
      },
    }),
    definePublicRoute({
      method: 'get',
      path: '/metrics',
      tag: 'Health',
      summary: 'Metrics for Prometheus',
      description: 'Takes a token with the role `ops`, or the METRICS_TOKEN.',
      needsToken: true,
      answers: { 200: { description: 'Metrics.', contentType: 'text/plain', schema: z.string() } },
      handle: async (req, res) => {
        const token = bearerTokenOf(req.headers.authorization);
        if (!isSame(token, deps.metricsToken)) {
          const { roles } = await deps.authenticator.authenticate(token);
          if (!hasRole(roles, 'ops')) throw new Problem('forbidden', 'This needs the role ops, or the metrics token.');
        }
        const text = await deps.metrics.render();
        res.setHeader('Content-Type', deps.metrics.contentType);
        res.end(text);
      },
    }),
  ];
}

/** One check at a time, whoever asks: a burst of probes must not become a burst of queries. */
function sharedCheck(deps: HealthDeps): () => Promise<Readiness> {
  let running: Promise<Readiness> | null = null;
  return () => {
    running ??= check(deps).finally(() => {
      running = null;
    });
    return running;
  };
}

async function check({ app, producer, log }: HealthDeps): Promise<Readiness> {
  const database = impatient(app);
  const attempt = async (part: Part, work: Promise<unknown>): Promise<boolean> => {
    try {
      await within(work);
      return true;
    } catch (error) {
      log.warn({ err: error, part }, 'not ready');
      return false;
    }
  };
  const [isAlive, isComplete, areQueuesAlive] = await Promise.all([
    attempt('database', database.query({ text: 'select 1' })),
    attempt('schema', missingObjects(database).then(assertNothingMissing)),
    attempt('queues', producer.ping()),
  ]);
  return { database: isAlive, schema: isComplete, queues: areQueuesAlive };
}

function assertNothingMissing(missing: readonly string[]): void {
  if (missing.length === 0) return;
  throw new Error(`the database lacks ${missing.length} objects, the first of them ${missing.slice(0, 5).join(', ')}`);
}

async function within<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(`No answer within ${checkLimitMs} ms.`)), checkLimitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function isSame(token: string, expected: string | null): boolean {
  if (expected === null) return false;
  const [a, b] = [Buffer.from(token), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
