import type pg from 'pg';
import { z } from 'zod';
import { readAs } from '../../db/queries/read-as.ts';
import { type KindStats, type PeerStats, readKinds, readPeers, readWaiting } from '../../db/queries/stats.ts';
import { queueNames } from '../../shared/contract/queues.ts';
import type { Producer } from '../../shared/runtime/queues.ts';
import { defineRoute, nothing, type Route } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';

/** What rates are over: long enough to be calm, short enough to be about today. */
const windowHours = 24;

const rate = z.number().min(0).max(1).nullable().meta({ description: 'Null without anything to divide by.' });

const statsSchema = z
  .object({
    windowHours: z.int().meta({ description: 'Rates are over the operations accepted within these last hours.' }),
    queues: z
      .record(z.enum(queueNames), z.record(z.string(), z.int()))
      .nullable()
      .meta({ description: 'Jobs by state; null while the queues are away.' }),
    waiting: z.object({
      operations: z.int(),
      oldest: z
        .object({ id: z.guid(), kind: z.string(), acceptedAt: z.iso.datetime(), ageSeconds: z.number() })
        .nullable(),
    }),
    throughput: z.object({ settledLastMinute: z.int(), perSecond: z.number() }),
    kinds: z.array(
      z.object({
        kind: z.string(),
        accepted: z.int(),
        succeeded: z.int(),
        rejected: z.int(),
        reconciling: z.int(),
        resolved: z.int(),
        successRate: rate,
        rejectionRate: rate,
      }),
    ),
    peerBookings: z.object({
      submitted: z.int().meta({ description: 'Bookings that practitioners asked for.' }),
      succeeded: z.int(),
      rejected: z.int(),
      successRate: rate,
      rejectionRate: rate,
      shareOfBookings: rate,
      cancellationRate: rate,
    }),
  })
  .meta({ id: 'Stats' });

export interface StatsDeps {
  readonly reader: pg.Pool;
  readonly producer: Pick<Producer, 'depths'>;
}

export function statsRoutes({ reader, producer }: StatsDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/stats',
      tag: 'Operators',
      summary: 'Read how it is going',
      roles: ['ops'],
      params: nothing,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'Numbers of this moment.', schema: statsSchema } },
      handle: async ({ caller }) => {
        const depths = producer.depths().catch(() => null);
        const read = await readAs(reader, viewerOf(caller), async (tx) => ({
          waiting: await readWaiting(tx),
          kinds: await readKinds(tx, windowHours),
          peers: await readPeers(tx, windowHours),
        }));
        const settledLastMinute = read.kinds.reduce((sum, kind) => sum + kind.settledLastMinute, 0);
        const { count, oldest } = read.waiting;
        return {
          windowHours,
          queues: await depths,
          waiting: {
            operations: count,
            oldest: oldest && { ...oldest, ageSeconds: (Date.now() - oldest.acceptedAt.getTime()) / 1_000 },
          },
          throughput: { settledLastMinute, perSecond: Math.round((settledLastMinute / 60) * 100) / 100 },
          kinds: read.kinds.map(kindView),
          peerBookings: peerView(read.peers),
        };
      },
    }),
  ];
}

function kindView({ settledLastMinute: _, ...kind }: KindStats) {
  const { succeeded, rejected } = kind;
  return {
    ...kind,
    successRate: ratio(succeeded, succeeded + rejected),
    rejectionRate: ratio(rejected, succeeded + rejected),
  };
}

function peerView({ submitted, succeeded, rejected, bookings, peerBookings, peerCancelled }: PeerStats) {
  return {
    submitted,
    succeeded,
    rejected,
    successRate: ratio(succeeded, succeeded + rejected),
    rejectionRate: ratio(rejected, succeeded + rejected),
    shareOfBookings: ratio(peerBookings, bookings),
    cancellationRate: ratio(peerCancelled, peerBookings),
  };
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;
}
