import { Worker } from 'bullmq';
import { and, eq, gt, inArray, lt, or, sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { Redis } from 'ioredis';
import pg from 'pg';
import { z } from 'zod';
import { accounts, bookings, operations, practitioners, transfers, users } from '../../db/schema.ts';
import { house } from '../../shared/domain/accounts.ts';
import { earliestStart, isAvailable, priceOf } from '../../shared/domain/availability.ts';
import { transferIdOf, type Uuid } from '../../shared/domain/ids.ts';
import { jobQueueName } from './jobs.ts';

/*
 * Baseline (b), a process of its own: a BullMQ worker that applies each job in one ordinary Drizzle transaction, as
 * most such systems do. Same checks, same tables, same rows as ours; no lanes, so that two bookings of one user may
 * overtake each other.
 */

const environment = z.object({
  DATABASE_URL: z.string(),
  REDIS_URL: z.string(),
  CONCURRENCY: z.coerce.number().int().positive(),
});

const job = z.object({ operationId: z.guid() });

const payload = z.object({
  practitionerId: z.guid(),
  startsAt: z.string(),
  durationMinutes: z.number(),
  sessionType: z.string(),
});

type Wanted = z.infer<typeof payload>;

type Transaction = Parameters<Parameters<NodePgDatabase['transaction']>[0]>[0];

/** Sessions last a day at most and buffers four hours, which bounds the search for those that collide. */
const reachMs = 28 * 3_600_000;

const { DATABASE_URL, REDIS_URL, CONCURRENCY } = environment.parse(process.env);
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: CONCURRENCY, options: '-c jit=off' });
const db = drizzle({ client: pool });
const connection = new Redis(REDIS_URL, { maxRetriesPerRequest: null });
const worker = new Worker(jobQueueName, ({ data }) => applyOperation(job.parse(data).operationId), {
  connection,
  concurrency: CONCURRENCY,
});
worker.on('failed', (_job, error) => {
  console.error(error);
  process.exit(1);
});

process.once('SIGTERM', async () => {
  await worker.close();
  await pool.end();
  process.exit(0);
});
process.once('disconnect', () => process.exit(1));

async function applyOperation(operationId: Uuid): Promise<void> {
  await db.transaction(async (tx) => {
    const [operation] = await tx.select().from(operations).where(eq(operations.id, operationId)).for('no key update');
    if (operation?.status !== 'accepted') return;

    const outcome = await book(tx, operationId, operation.callerId, payload.parse(operation.payload));
    await tx
      .update(operations)
      .set({ status: 'succeeded', outcome, settledAt: sql`now()`, attempts: operation.attempts + 1 })
      .where(eq(operations.id, operationId));
  });
}

async function book(tx: Transaction, operationId: Uuid, clientId: Uuid, wanted: Wanted) {
  const { practitionerId, sessionType, durationMinutes } = wanted;
  const startsAt = new Date(wanted.startsAt);
  const endsAt = new Date(startsAt.getTime() + durationMinutes * 60_000);

  const people = await tx
    .select()
    .from(users)
    .where(inArray(users.id, [clientId, practitionerId]))
    .orderBy(users.id)
    .for('no key update');
  if (people.length !== 2 || people.some(({ active, deletedAt }) => !active || deletedAt !== null))
    throw refused('people');
  const [practice] = await tx.select().from(practitioners).where(eq(practitioners.id, practitionerId));
  if (practice === undefined) throw refused('practitioner_not_found');

  const now = Date.now();
  const price = priceOf(practice, sessionType, durationMinutes);
  if (startsAt.getTime() < now) throw refused('starts_in_past');
  if (price === null) throw refused('not_offered');
  if (startsAt.getTime() < earliestStart(practice, now)) throw refused('outside_availability');
  if (!isAvailable(practice, startsAt.getTime(), endsAt.getTime())) throw refused('outside_availability');

  const bufferedUntil = new Date(endsAt.getTime() + practice.bufferMinutes * 60_000);
  await assertFree(tx, practitionerId, startsAt, bufferedUntil);
  await assertFree(tx, clientId, startsAt, endsAt);

  const [account] = await tx.select().from(accounts).where(eq(accounts.id, clientId)).for('no key update');
  if (account === undefined || account.balance - account.held < price.credits) throw refused('insufficient_credits');

  const { freeUntilHours, lateRefundPercent } = practice.cancellationPolicy;
  await tx.insert(bookings).values({
    id: operationId,
    clientId,
    practitionerId,
    peer: false,
    status: 'booked',
    startsAt,
    endsAt,
    bufferedUntil,
    timeZone: practice.timeZone,
    sessionType,
    creditCost: price.credits,
    freeUntilHours,
    lateRefundPercent,
  });
  await tx.insert(transfers).values({
    id: transferIdOf(operationId, 0),
    operationId,
    debitAccount: clientId,
    creditAccount: house.revenue,
    amount: price.credits,
    debitType: 'session_payment',
    creditType: 'session_earning',
    source: 'booking',
    debitBefore: account.balance,
    referenceType: 'booking',
    referenceId: operationId,
    description: sessionType,
  });
  const balanceAfter = account.balance - price.credits;
  await tx.update(accounts).set({ balance: balanceAfter, updatedAt: sql`now()` }).where(eq(accounts.id, clientId));
  return {
    bookingId: operationId,
    peer: false,
    creditCost: price.credits,
    balanceBefore: account.balance,
    balanceAfter,
    startsAt: startsAt.toISOString(),
    endsAt: endsAt.toISOString(),
  };
}

/** Neither treating nor being treated at that time. */
async function assertFree(tx: Transaction, personId: Uuid, from: Date, to: Date): Promise<void> {
  const [session] = await tx
    .select({ id: bookings.id })
    .from(bookings)
    .where(
      and(
        or(eq(bookings.openPractitionerId, personId), eq(bookings.openClientId, personId)),
        gt(bookings.startsAt, new Date(from.getTime() - reachMs)),
        lt(bookings.startsAt, to),
        gt(bookings.bufferedUntil, from),
      ),
    )
    .limit(1);
  if (session !== undefined) throw refused('slot_taken');
}

/** Nothing that the bench submits may be refused. */
function refused(code: string): Error {
  return new Error(`refused: ${code}`);
}
