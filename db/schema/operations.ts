import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import type { JsonObject } from '../../shared/domain/json.ts';
import type { Rejection } from '../../shared/domain/rejection.ts';
import { bytea, instant } from './columns.ts';

/**
 * The end of each lane, where acceptance hands out numbers. A row of its own, apart from `lane_heads`, so that
 * accepting an operation never waits for a worker that is applying the lane.
 */
export const laneTails = pgTable('lane_tails', {
  id: uuid('id').primaryKey(),
  lastSeq: bigint('last_seq', { mode: 'number' }).notNull(),
  /** Accepted times never decrease along a lane, whatever the clocks of the API processes say. */
  lastAcceptedAt: instant('last_accepted_at').notNull(),
});

/** The head of each lane: whoever holds this row's lock applies the lane. */
export const laneHeads = pgTable('lane_heads', {
  id: uuid('id').primaryKey(),
  /** Everything up to this number is settled or has left the lane for the reconciliation queue. */
  settledSeq: bigint('settled_seq', { mode: 'number' }).notNull().default(0),
  /** Operations behind the head that a person asked to apply again. */
  replays: uuid('replays').array().notNull().default(sql`'{}'`),
});

export const operationStatuses = [
  'accepted',
  'retrying',
  'processing',
  'succeeded',
  'rejected',
  'reconciling',
  'resolved',
] as const;

/** One row per accepted operation. Its primary key, derived from caller and key, is what makes a repeat harmless. */
export const operations = pgTable(
  'operations',
  {
    id: uuid('id').primaryKey(),
    kind: text('kind').notNull(), // not an enum: a new kind must not need a migration
    lane: uuid('lane').notNull(),
    laneSeq: bigint('lane_seq', { mode: 'number' }).notNull(), // gapless per lane: the order in which it is applied
    callerId: uuid('caller_id').notNull(),
    callerRoles: text('caller_roles').array().notNull(),
    fingerprint: bytea('fingerprint').notNull(), // sha-256 of method, path and body; tells a repeat from a reused key
    payload: jsonb('payload').$type<JsonObject>().notNull(),
    acceptedAt: instant('accepted_at').notNull(),
    status: text('status', { enum: operationStatuses }).notNull().default('accepted'),
    attempts: integer('attempts').notNull().default(0),
    /** How often a worker process died while it had this operation in hand. */
    crashes: integer('crashes').notNull().default(0),
    dueAt: instant('due_at'),
    /** When a person last asked to apply it again; from then on the time at which it counts. */
    replayedAt: instant('replayed_at'),
    settledAt: instant('settled_at'),
    /** Of one that is applied in parts: what they have come to so far. */
    progress: jsonb('progress').$type<JsonObject>(),
    outcome: jsonb('outcome').$type<JsonObject>(),
    rejection: jsonb('rejection').$type<Rejection>(),
    resolution: jsonb('resolution').$type<{ by: string; note: string; at: string }>(),
    /** For operators and logs; never shown to callers. */
    lastError: text('last_error'),
  },
  (t) => [
    unique('operations_one_per_lane_position').on(t.lane, t.laneSeq),
    // The only other index: no index names `status`, so that settling stays a heap-only update. What waits is found
    // from here, starting at the low-water mark that the sweeper keeps.
    index('operations_accepted_at').on(t.acceptedAt),
    check(
      'operations_status_known',
      sql`${t.status} in ('accepted', 'retrying', 'processing', 'succeeded', 'rejected', 'reconciling', 'resolved')`,
    ),
    check('operations_outcome_iff_succeeded', sql`(${t.status} = 'succeeded') = (${t.outcome} is not null)`),
    check('operations_rejection_iff_rejected', sql`(${t.status} = 'rejected') = (${t.rejection} is not null)`),
    check('operations_resolution_iff_resolved', sql`(${t.status} = 'resolved') = (${t.resolution} is not null)`),
    check(
      'operations_settled_iff_final',
      sql`(${t.status} in ('succeeded', 'rejected', 'resolved')) = (${t.settledAt} is not null)`,
    ),
  ],
);
