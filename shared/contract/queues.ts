import { z } from 'zod';
import type { Uuid } from '../domain/ids.ts';

/** One queue per family of operations, so that an operator reads Bull Board at a glance (design.md §2.2). */
export const queueNames = ['booking', 'refund', 'allocation', 'loyalty', 'effects'] as const;

export type QueueName = (typeof queueNames)[number];

/**
 * How many operations one job names at most. Operations accepted in the same instant share a job; the bound keeps a
 * job's data near 20 kB, readable on the board and cheap to hold in memory.
 */
export const operationsPerJobMax = 256;

/**
 * A job is a wake-up: it names the operations that were accepted (what an operator wants to see) and their lanes
 * (what a worker needs). What to apply, and in which order, a worker reads from Postgres only.
 */
export const wakeUp = z.object({
  operations: z.array(z.guid()).min(1).max(operationsPerJobMax),
  lanes: z.array(z.guid()).min(1).max(operationsPerJobMax),
});

export type WakeUp = z.infer<typeof wakeUp>;

/**
 * The job id of the sweeper's wake-up for an operation. BullMQ silently swallows a job id that it still keeps, so it
 * differs from the operation's own, from attempt to attempt and from one sweeping period to the next.
 */
export function wakeUpIdOf(operationId: Uuid, attempts: number, period: number): string {
  return `wake-${operationId}-${attempts}-${period}`;
}
