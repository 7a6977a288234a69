import { sql } from 'drizzle-orm';
import type pg from 'pg';
import { objectIdOf, type StripeEvent, stripeEvent } from '../../shared/stripe/event.ts';
import type { Facts } from '../../shared/stripe/facts.ts';
import { factsOf } from '../../shared/stripe/facts-of-event.ts';
import type { Submission } from '../accept.ts';
import { type Tx, withTransaction } from '../client.ts';
import { acceptScheduled, unlessJustRecorded } from '../schedules.ts';
import { settlePayment } from './entitlements.ts';
import { tellOfFailedPayment } from './failed-payments.ts';
import { orderMoneyIn, settleOrder } from './order-payments.ts';
import { ownerOf } from './owners.ts';
import { closePaymentItems } from './payment-items.ts';
import { enterPurchases, Lacking } from './purchases.ts';
import { paymentOf, relate } from './relations.ts';
import { keepCharge, keepDispute, keepFailedRefund, keepSubscription } from './told.ts';
import { inTurn } from './turns.ts';

/*
 * Events of Stripe become operations here (design.md §2.13). An event is kept once, adds its facts to what is known, and
 * whatever follows from all of it is recorded as operations in the same transaction. What lacks something (the user, the
 * plan, the payment that was refunded) waits, and is tried again after every event that shares an object with it: the
 * order in which events come makes no difference.
 *
 * One transaction at a time: Stripe sends some tens a second at most, and what they are about overlaps in ways that no
 * row could stand for. Locks: this one, then the tails of lanes.
 */
const inboxLock = 726_173_117;

export interface Receiving {
  readonly origin: 'webhook' | 'comparison';
  /** Whether what people are told is mailed; recorded it is in any case. */
  readonly hasMail: boolean;
}

export interface Received {
  readonly isNew: boolean;
  /** What has been recorded, whose lanes are to be woken. */
  readonly recorded: readonly Submission[];
}

/** Keeps an event, and does what follows from it; the same one again does nothing. */
export function receiveEvent(pool: pg.Pool, event: StripeEvent, { origin, hasMail }: Receiving): Promise<Received> {
  return inInbox(pool, async (tx) => {
    const facts = factsOf(event);
    const { rowCount } = await tx.db.execute(sql`
      insert into stripe_events (id, type, created_at, object_id, subjects, payload, status, origin)
      values (${event.id}, ${event.type}, to_timestamp(${event.created}::float8), ${objectIdOf(event)},
              ${sql.param(facts?.subjects ?? [])}::text[], ${JSON.stringify(event)}::jsonb,
              ${facts === null ? 'ignored' : 'settled'}, ${origin})
      on conflict do nothing`);
    if (rowCount === 0) return { isNew: false, recorded: [] };
    if (facts === null) return { isNew: true, recorded: [] };
    const recorded = await absorb(tx, event, facts);
    // Whom nobody knows nobody can tell; what they owe is no credits of ours.
    const debtor = facts.unpaid === null ? null : await ownerOf(tx, facts.owner);
    if (facts.unpaid !== null && debtor !== null) await tellOfFailedPayment(tx, facts.unpaid, debtor, hasMail);
    return { isNew: true, recorded };
  });
}

/** Runs `work` while nobody else changes what is known about payments. Throws `BusyError` when too many wait for that. */
export function inInbox<Result>(pool: pg.Pool, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  return inTurn(pool, () =>
    unlessJustRecorded(() =>
      withTransaction(pool, async (tx) => {
        await lockInbox(tx);
        return work(tx);
      }),
    ),
  );
}

export async function lockInbox({ db }: Tx): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(${inboxLock})`);
}

/** Adds one event to what is known, and tries again whatever may have waited for it. Records what follows. */
async function absorb(tx: Tx, event: StripeEvent, facts: Facts): Promise<readonly Submission[]> {
  const { due } = await tryEvent(tx, event, facts);
  return acceptScheduled(tx, [...due, ...(await tryWaiting(tx, facts))]);
}

/**
 * Tries events again that wait, also those about which a person has been asked, with what Stripe's API has answered
 * about them meanwhile: objects, in the form of events that nobody has sent. Records what follows.
 */
export async function tryAgain(
  tx: Tx,
  eventIds: readonly string[],
  answers: readonly StripeEvent[] = [],
): Promise<readonly Submission[]> {
  const due: Submission[] = [];
  for (const answer of answers) {
    const facts = factsOf(answer);
    if (facts !== null) due.push(...(await addFacts(tx, facts, answer.created)).due);
  }
  for (const event of await readEvents(tx, eventIds)) {
    const facts = factsOf(event);
    if (facts !== null) due.push(...(await tryEvent(tx, event, facts)).due, ...(await tryWaiting(tx, facts)));
  }
  return acceptScheduled(tx, due);
}

interface Tried {
  readonly due: readonly Submission[];
  /** Null: nothing; it is settled. */
  readonly lacks: string | null;
}

async function tryEvent(tx: Tx, event: StripeEvent, facts: Facts): Promise<Tried> {
  const tried = await addFacts(tx, facts, event.created);
  await markEvent(tx, event.id, tried.lacks);
  return tried;
}

/** Adds facts to what is known; the operations that follow, and what is lacking for more. */
async function addFacts(tx: Tx, facts: Facts, at: number): Promise<Tried> {
  await relate(tx, facts.payment);
  const userId = await ownerOf(tx, facts.owner);
  if (facts.subscription !== null) await keepSubscription(tx, facts.subscription, at);
  if (facts.charge !== null) await keepCharge(tx, facts.charge, at);
  if (facts.failedRefund !== null) await keepFailedRefund(tx, facts.failedRefund, at);
  if (facts.dispute !== null) await keepDispute(tx, facts.dispute);

  const { paid } = facts;
  const lack = paid === null ? null : await lackOf(() => enterPurchases(tx, paid, userId));
  const payment = await paymentOf(tx, facts.payment);
  const due = await settlePayment(tx, payment);
  const order = facts.order ?? orderMoneyIn(facts, payment);
  if (order === null) return { due, lacks: lack ?? (await lackOfPurchase(tx, facts, payment)) };
  const told = await settleOrder(tx, order);
  return { due: [...due, ...told.due], lacks: told.lacks };
}

/** A refund or dispute is about something that was paid. */
async function lackOfPurchase(
  { db }: Tx,
  { charge, dispute }: Facts,
  payment: readonly string[],
): Promise<string | null> {
  if (charge === null && dispute === null) return null;
  const { rows } = await db.execute(
    sql`select from stripe_purchases where paid_with = any(${sql.param(payment)}::text[]) limit 1`,
  );
  return rows.length > 0 ? null : `what ${charge?.id ?? dispute?.charge} has paid for is not known`;
}

async function lackOf(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    // Thrown before anything is written, and not by the database: the transaction goes on.
    if (error instanceof Lacking) return error.message;
    throw error;
  }
}

async function markEvent(tx: Tx, id: string, lack: string | null): Promise<void> {
  // What a person was asked about stays with that person until it is settled.
  const { rows } = await tx.db.execute<{ object_id: string }>(sql`
    update stripe_events
    set lacks = ${lack},
        status = case when ${lack}::text is null then 'settled' when status = 'unresolved' then status else 'waiting' end
    where id = ${id} returning object_id`);
  if (lack === null)
    await closePaymentItems(
      tx,
      rows.map(({ object_id: objectId }) => objectId),
    );
}

/** What waits and shares an object with `facts`, in the order of its making, until no more of it can be settled. */
async function tryWaiting(tx: Tx, facts: Facts): Promise<Submission[]> {
  const due: Submission[] = [];
  let subjects = [...new Set([...facts.subjects, ...(await paymentOf(tx, facts.payment))])];
  for (;;) {
    const { rows } = await tx.db.execute<{ id: string }>(sql`
      select id from stripe_events
      where status in ('waiting', 'unresolved') and subjects && ${sql.param(subjects)}::text[]
      order by created_at, id limit 200`);
    let hasSettled = false;
    for (const event of await readEvents(
      tx,
      rows.map(({ id }) => id),
    )) {
      const waiting = factsOf(event);
      if (waiting === null) continue;
      const tried = await tryEvent(tx, event, waiting);
      due.push(...tried.due);
      hasSettled ||= tried.lacks === null;
      subjects = [...new Set([...subjects, ...waiting.subjects])];
    }
    if (!hasSettled) return due;
  }
}

async function readEvents({ db }: Tx, ids: readonly string[]): Promise<StripeEvent[]> {
  const { rows } = await db.execute<{ payload: unknown }>(sql`
    select payload from stripe_events where id = any(${sql.param(ids)}::text[]) order by created_at, id`);
  return rows.map(({ payload }) => stripeEvent.parse(payload));
}
