import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Producer } from '../../shared/runtime/queues.ts';

/** What the API counts; `render` is the text that Prometheus reads. */
export interface Metrics {
  readonly observeRequest: (method: string, route: string, status: number, ms: number) => void;
  readonly countSubmission: (kind: string, result: SubmissionResult) => void;
  readonly render: () => Promise<string>;
  readonly contentType: string;
}

/**
 * `accepted`: recorded now; `repeated`: recorded before; `reused`: refused with 422, because its key was used for
 * something else; `refused`, `full`: with 429, because its lane, or all lanes, are full; `failed`: not recorded.
 */
export type SubmissionResult = 'accepted' | 'repeated' | 'reused' | 'refused' | 'full' | 'failed';

/** Seconds; most answers take a few milliseconds, the longest wait for half a minute. */
const durationBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Metrics of this process (CPU, memory, event loop, garbage collection), of its requests, and of the queues. */
export function createMetrics(producer: Pick<Producer, 'depths'>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

  const durations = new Histogram({
    name: 'counterfoil_http_request_duration_seconds',
    help: 'From the first byte of a request to the last of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: durationBuckets,
    registers: [registry],
  });
  const submissions = new Counter({
    name: 'counterfoil_submissions_total',
    help: 'Operations that were submitted, by what became of the submission.',
    labelNames: ['kind', 'result'],
    registers: [registry],
  });
  const depths = new Gauge({
    name: 'counterfoil_queue_jobs',
    help: 'Jobs by queue and state.',
    labelNames: ['queue', 'state'],
    registers: [registry],
  });

  return {
    observeRequest: (method, route, status, ms) => durations.labels(method, route, String(status)).observe(ms / 1_000),
    countSubmission: (kind, result) => submissions.labels(kind, result).inc(),
    render: async () => {
      depths.reset();
      // While the queues are away the rest is worth all the more.
      const counts = await producer.depths().catch(() => ({}));
      for (const [queue, states] of Object.entries(counts)) {
        for (const [state, count] of Object.entries(states)) depths.labels(queue, state).set(count);
      }
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
