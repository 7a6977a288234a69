import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type LoadOrder,
  type LoadReport,
  loadOrder,
  type PreparedRequest,
  preparedRequest,
  ready,
} from './messages.ts';

/*
 * The load generator, a process of its own, so that its work shows in nobody's numbers but those of the processor,
 * which all share. It is told what to do, says that it is ready, begins when told to, and reports.
 */

const examplesMax = 3;

interface Tally {
  readonly times: number[];
  readonly examples: string[];
  unexpected: number;
}

process.once('disconnect', () => process.exit(1));
const ordered: unknown[] = await once(process, 'message');
const order = loadOrder.parse(ordered[0]);
const prepared = readFileSync(order.requestsFile, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => preparedRequest.parse(JSON.parse(line)));
const agent = new Agent({ keepAlive: true, maxSockets: order.connections });
tell(ready.parse({ ready: true }));
await once(process, 'message');

const tally: Tally = { times: [], examples: [], unexpected: 0 };
const startedAt = performance.timeOrigin + performance.now();
await (order.perSecond === null ? sendFlatOut(order) : sendPaced(order, order.perSecond));
agent.destroy();
tell(reportOf(startedAt, tally)); // whoever reads it ends us: by ending ourselves we might outrun it

/** Every connection sends its next request when it has the answer to the last. */
async function sendFlatOut(to: LoadOrder): Promise<void> {
  const remaining = prepared.values();
  await Promise.all(
    Array.from({ length: to.connections }, async () => {
      for (const one of remaining) await send(to, one);
    }),
  );
}

/** Requests leave on schedule even when answers are late, so that a slow server cannot slow its judge down. */
async function sendPaced(to: LoadOrder, perSecond: number): Promise<void> {
  const begunAt = performance.now();
  const sent: Promise<void>[] = [];
  for (const one of prepared) {
    const dueAt = begunAt + (sent.length * 1_000) / perSecond;
    const ahead = dueAt - performance.now();
    if (ahead > 0) await pause(ahead);
    sent.push(send(to, one));
  }
  await Promise.all(sent);
}

async function send(to: LoadOrder, one: PreparedRequest): Promise<void> {
  const begunAt = performance.now();
  const { status, text } = await post(to, one);
  tally.times.push(performance.now() - begunAt);
  if (status === to.expectedStatus) return;
  tally.unexpected += 1;
  if (tally.examples.length < examplesMax) tally.examples.push(`${status} ${text.slice(0, 300)}`);
}

function post({ origin, prefer }: LoadOrder, { path, token, key, body }: PreparedRequest) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const outgoing = request(`${origin}${path}`, {
      agent,
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'idempotency-key': key,
        ...(prefer === null ? {} : { prefer }),
      },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', reject);
      incoming.once('end', () =>
        resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    outgoing.end(body);
  });
}

function reportOf(at: number, { times, unexpected, examples }: Tally): LoadReport {
  const sorted = times.sort((a, b) => a - b);
  const percentile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { startedAt: at, p50Ms: percentile(0.5), p99Ms: percentile(0.99), unexpected, examples };
}

function tell(message: object): void {
  process.send?.(message);
}
