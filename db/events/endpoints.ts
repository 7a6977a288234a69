import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type pg from 'pg';
import type { Uuid } from '../../shared/domain/ids.ts';
import { type Tx, withTransaction } from '../client.ts';
import { closeApplied } from '../reconciliation.ts';
import { eventEndpoints, operatorActions } from '../schema.ts';
import { statement } from '../statement.ts';
import { sendAgain } from './enable.ts';
import { type Replayed, replayEvents } from './replay.ts';

/* What operators do with endpoints; every deed leaves an audit row, in the same transaction. */

/** Every endpoint multiplies the rows that settling an operation writes. */
export const endpointsMax = 50;

/** For how long a secret that was rotated out still signs, next to the new one. */
const previousSecretHours = 24;

export interface EndpointEntry {
  readonly url: string;
  /** Null: all types. */
  readonly types: readonly string[] | null;
}

const insertEndpoint = statement(
  'insert_event_endpoint',
  `insert into event_endpoints (id, url, types, secret)
   select $1::uuid, $2, $3::text[], $4 where (select count(*) from event_endpoints where deleted_at is null) < ${endpointsMax}`,
);

/** False when there are as many as there may be. */
export function createEndpoint(
  pool: pg.Pool,
  by: Uuid,
  { id, url, types, secret }: EndpointEntry & { readonly id: Uuid; readonly secret: string },
): Promise<boolean> {
  return withTransaction(pool, async (tx) => {
    const { rowCount } = await insertEndpoint(tx.client, [id, url, types, secret]);
    if (rowCount !== 1) return false;
    await recordDeed(tx, by, 'create', id);
    return true;
  });
}

/** Replaces address and filter. What waits in line already stays there, whatever its type. */
export function putEndpoint(pool: pg.Pool, by: Uuid, id: Uuid, { url, types }: EndpointEntry): Promise<boolean> {
  return change(pool, by, 'put', id, { url, types: types === null ? null : [...types] });
}

/** Nobody hears of it any more at once; its deliveries are cleared away little by little. */
export function deleteEndpoint(pool: pg.Pool, by: Uuid, id: Uuid): Promise<boolean> {
  return change(pool, by, 'delete', id, { deletedAt: sql`now()` }, (tx) => closeApplied(tx, 'effect', [id]));
}

/** Goes on where it stopped: what happened meanwhile waits in line, and failures are forgotten. */
export function enableEndpoint(pool: pg.Pool, by: Uuid, id: Uuid): Promise<boolean> {
  return withTransaction(pool, async (tx) => {
    if (!(await sendAgain(tx.client, id))) return false;
    await closeApplied(tx, 'effect', [id]);
    await recordDeed(tx, by, 'enable', id);
    return true;
  });
}

/** Sends nothing until it is enabled again, and keeps what happens. */
export function disableEndpoint(pool: pg.Pool, by: Uuid, id: Uuid): Promise<boolean> {
  return change(pool, by, 'disable', id, {
    disabledAt: sql`coalesce(${eventEndpoints.disabledAt}, now())`,
    disabledReason: sql`coalesce(${eventEndpoints.disabledReason}, 'an operator disabled it')`,
  });
}

/** The new secret signs from now on, and the one before it as well for a day. */
export function rotateSecret(pool: pg.Pool, by: Uuid, id: Uuid, secret: string): Promise<boolean> {
  return change(pool, by, 'rotate-secret', id, {
    secret,
    previousSecret: sql`${eventEndpoints.secret}`,
    previousSecretUntil: sql`now() + make_interval(hours => ${previousSecretHours})`,
  });
}

/** Null when there is no such endpoint. */
export function replayTo(
  pool: pg.Pool,
  by: Uuid,
  id: Uuid,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<Replayed | null> {
  return withTransaction(pool, async (tx) => {
    const [found] = await tx.db.select({ id: eventEndpoints.id }).from(eventEndpoints).where(isLive(id));
    if (found === undefined) return null;
    await recordDeed(tx, by, 'replay', id, `${from} to ${to}`);
    return replayEvents(tx.client, id, from, to);
  });
}

type Deed = 'create' | 'put' | 'delete' | 'enable' | 'disable' | 'rotate-secret' | 'replay';

type Changes = { [Column in keyof Endpoint]?: Endpoint[Column] | SQL };

type Endpoint = typeof eventEndpoints.$inferInsert;

function change(
  pool: pg.Pool,
  by: Uuid,
  deed: Deed,
  id: Uuid,
  changes: Changes,
  further: (tx: Tx) => Promise<void> = async () => {},
): Promise<boolean> {
  return withTransaction(pool, async (tx) => {
    const { rowCount } = await tx.db.update(eventEndpoints).set(changes).where(isLive(id));
    if (rowCount !== 1) return false;
    await further(tx);
    await recordDeed(tx, by, deed, id);
    return true;
  });
}

function isLive(id: Uuid) {
  return and(eq(eventEndpoints.id, id), isNull(eventEndpoints.deletedAt));
}

async function recordDeed({ db }: Tx, by: Uuid, deed: Deed, id: Uuid, note: string | null = null): Promise<void> {
  await db.insert(operatorActions).values({ by, action: `event-endpoint.${deed}`, subject: id, note });
}
