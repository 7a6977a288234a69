import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { pino } from 'pino';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Waiting } from '../../db/lanes.ts';
import { clara, idOf, now } from '../../tests/support/builders.ts';
import { tellOfFailure, tellOfUpdates } from './updates.ts';

const exporter = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();

afterAll(() => {
  trace.disable();
  context.disable();
});
beforeEach(() => exporter.reset());

const order = idOf('order');
const vendor = idOf('vendor');
const points = { pointsEarned: 25, pointsRedeemed: 50 };

function anOperation(changes: Partial<Waiting> = {}): Waiting {
  return {
    id: idOf('operation'),
    kind: 'loyalty.apply',
    userId: clara,
    laneSeq: 2,
    caller: { id: idOf('house'), roles: ['ops'] },
    at: now,
    payload: { orderId: order, customerId: clara, vendorId: vendor, ...points },
    attempts: 0,
    crashes: 0,
    isDue: true,
    isReplay: false,
    ...changes,
  };
}

function aLog() {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => lines.push(JSON.parse(line)) });
  return { log, lines };
}

const about = { orderId: order, requestId: order, customerId: clara, vendorId: vendor, earned: 25, redeemed: 50 };
const attributes = { operation: 'loyalty.apply', customer: clara, order, vendor };

describe('a loyalty update', () => {
  it('is one line that begins with the id of the request (004-35), and a span (004-38)', () => {
    const { log, lines } = aLog();
    tellOfUpdates(log, [{ operation: anOperation(), outcome: { orderId: order, ...points, pointsBalance: 75 } }]);
    expect(lines).toEqual([
      {
        level: 30,
        ...about,
        operationId: idOf('operation'),
        netChange: -25,
        msg: `[${order}] loyalty updated: earned 25, redeemed 50, net change -25`,
      },
    ]);
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({ name: 'loyalty.update', attributes, status: { code: SpanStatusCode.UNSET } });
    expect(span?.events).toMatchObject([{ name: 'points', attributes: { earned: 25, redeemed: 50, netChange: -25 } }]);
  });

  it('is told of a checkout that was paid with points alone, which moves them itself', () => {
    const { log, lines } = aLog();
    const payload = { customerId: clara, vendorId: vendor, items: [] };
    const operation = anOperation({ id: order, kind: 'checkout.create', payload });
    tellOfUpdates(log, [{ operation, outcome: { orderId: order, pointsEarned: 0, pointsRedeemed: 50 } }]);
    expect(lines).toMatchObject([{ requestId: order, customerId: clara, earned: 0, redeemed: 50, netChange: -50 }]);
  });

  it('is not told of what moves no points, or is no update', () => {
    const { log, lines } = aLog();
    const outcome = { orderId: order, pointsEarned: 0, pointsRedeemed: 0 };
    tellOfUpdates(log, [
      { operation: anOperation(), outcome },
      { operation: anOperation(), outcome: null },
      { operation: anOperation({ kind: 'points.adjust', payload: {} }), outcome: { balanceAfter: 3 } },
    ]);
    expect(lines).toEqual([]);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it('that fails is a line that says where it is now (004-36), and a span with the error (004-38)', () => {
    const { log, lines } = aLog();
    tellOfFailure(log, anOperation(), new Error('no such points'), null);
    expect(lines).toMatchObject([
      { level: 50, ...about, msg: `[${order}] loyalty update failed; logged to reconciliation queue` },
    ]);
    expect(lines[0]?.err).toMatchObject({ message: 'no such points' });
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({ attributes, status: { code: SpanStatusCode.ERROR } });
    expect(span?.events.map(({ name }) => name)).toEqual(['points', 'exception']);
  });

  it('that fails for now says when it is tried again', () => {
    const { log, lines } = aLog();
    tellOfFailure(log, anOperation(), new Error('lost'), 500);
    expect(lines[0]?.msg).toBe(`[${order}] loyalty update failed; tried again in 500 ms`);
  });
});
