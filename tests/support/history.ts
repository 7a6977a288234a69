import { createHash } from 'node:crypto';
import type pg from 'pg';
import { chargeOf, checkOut, closeDispute, openBook, openDispute, refund } from '../../bin/demo/fake-stripe/book.ts';
import { acceptOperations, type Submission } from '../../db/accept.ts';
import { withTransaction } from '../../db/client.ts';
import { putPractitioner, putUser, type UserEntry } from '../../db/directory.ts';
import { openEndpointItem } from '../../db/events/endpoint-item.ts';
import { createEndpoint } from '../../db/events/endpoints.ts';
import { addMember, putPartner } from '../../db/partners.ts';
import { resolveItem, retryItem } from '../../db/reconciliation.ts';
import { runSchedule } from '../../db/schedules.ts';
import { receiveEvent } from '../../db/stripe/inbox.ts';
import { giveUpWaiting } from '../../db/stripe/waiting.ts';
import type { Role } from '../../shared/contract/roles.ts';
import { operationIdOf, reconciliationItemIdOf, type Uuid } from '../../shared/domain/ids.ts';
import { assignmentIdOf, memberIdOf } from '../../shared/domain/partner.ts';
import type { Practice } from '../../shared/domain/state.ts';
import type { OperationKind } from '../../shared/operations/define.ts';
import { kindsByName, operations } from '../../shared/operations/registry.ts';
import { stripeEvent } from '../../shared/stripe/event.ts';
import { expireCredits } from '../../workers/schedules/expire-credits.ts';
import { applyAll } from './batches.ts';
import { aPractice, clara, eve, hourMs, idOf, theo } from './builders.ts';
import { type Request, trade } from './history-shop.ts';
import { addPlans } from './plans.ts';
import { basic, yearly } from './stripe-stories.ts';

/*
 * A small past with something of everything, made the way that real ones are: accepted by the API's statement, applied
 * by the workers' batches. Paul is a practitioner as well; Ada is an admin, and Pia acts for a partner.
 */

export const paul = idOf('paul');
export const acme = idOf('acme');
const ada = idOf('ada');
const pia = idOf('pia');

const kinds = kindsByName(operations);

const inAMonth = new Date(Date.now() + 30 * 24 * hourMs).toISOString();
const longAgo = new Date(Date.now() - 24 * hourMs).toISOString();

/** Ids of operations and endpoints that tests pick out. */
export const history = {
  datedAllocation: keyed(ada, 'dated'),
  liveBooking: keyed(clara, 'live'),
  nextBooking: keyed(clara, 'next'),
  peerBooking: keyed(theo, 'peer'),
  cancelledBooking: keyed(clara, 'cancelled'),
  cancelledPeerBooking: keyed(paul, 'indebts'),
  slotHold: keyed(clara, 'keep'),
  otherSlotHold: keyed(paul, 'keep'),
  waitlistEntry: keyed(paul, 'wait'),
  transfer: keyed(eve, 'gift'),
  refused: keyed(eve, 'too much'),
  reconciling: keyed(eve, 'poison'),
  replayed: keyed(eve, 'replay'),
  resolved: keyed(eve, 'resolved'),
  waiting: keyed(eve, 'waiting'),
  endpoint: idOf('endpoint'),
  disabledEndpoint: idOf('disabled endpoint'),
} as const;

function keyed(caller: Uuid, key: string): Uuid {
  return operationIdOf(caller, key);
}

/** `pool` is of the role `app`. */
export async function makeHistory(pool: pg.Pool): Promise<void> {
  await putPeople(pool);
  await hearOfEverything(pool);
  await submit(pool, ada, [
    ['credits.allocate', 'clara', { userId: clara, amount: 100, source: 'bonus' }],
    ['credits.allocate', 'eve', { userId: eve, amount: 100, source: 'purchase' }],
    ['credits.allocate', 'less', { userId: eve, amount: -10, source: 'adjustment' }],
    ['credits.allocate', 'theo', { userId: theo, amount: 20, source: 'bonus' }],
    ['credits.allocate', 'paul', { userId: paul, amount: 50, source: 'bonus' }],
    ['credits.allocate', 'dated', { userId: clara, amount: 15, source: 'bonus', expiresAt: inAMonth }],
    ['credits.allocate', 'mistake', { userId: paul, amount: 3, source: 'bonus' }],
    ['credits.allocate', 'late', { userId: eve, amount: 8, source: 'bonus', expiresAt: longAgo }],
  ]);
  await applyAll(pool);
  await payAndDispute(pool);
  await submit(pool, ada, [['credits.void', 'void', { allocationId: keyed(ada, 'mistake'), userId: paul }]]);
  await letExpire(pool);
  await bookAndCancel(pool);
  await sponsor(pool);
  await trade({
    pool,
    submit: (caller, requests, lane) => submit(pool, caller, requests, lane),
    applyAll: () => applyAll(pool),
  });
  await failAndRepair(pool);
}

/** Of two endpoints, one is disabled and waits for a person. */
async function hearOfEverything(pool: pg.Pool): Promise<void> {
  const endpoint = { url: 'https://hooks.example/', types: null, secret: 'whsec_' };
  for (const id of [history.endpoint, history.disabledEndpoint]) await createEndpoint(pool, ada, { id, ...endpoint });
  const reason = 'it failed for days';
  await pool.query('update event_endpoints set disabled_at = now(), disabled_reason = $2 where id = $1', [
    history.disabledEndpoint,
    reason,
  ]);
  const failure = { endpointId: history.disabledEndpoint, url: endpoint.url, error: reason, attempts: 9 };
  await withTransaction(pool, (tx) => openEndpointItem(tx, failure));
}

/**
 * Clara subscribes for a month and a year; the year is disputed, and won; a part of the month is refunded. Somebody
 * unknown pays, too, and a person is asked about it.
 */
async function payAndDispute(pool: pg.Pool): Promise<void> {
  await addPlans({ app: pool });
  const book = openBook('history', { now: Math.floor(Date.now() / 1_000) });
  const monthly = checkOut(book, { items: [{ price: basic, quantity: 1 }], userId: clara });
  const year = checkOut(book, { items: [{ price: yearly, quantity: 1 }], userId: clara });
  closeDispute(book, openDispute(book, chargeOf(book, year)), 'won');
  refund(book, chargeOf(book, monthly), 300);
  checkOut(book, { items: [{ price: basic, quantity: 1 }], userId: idOf('stranger') });
  for (const event of book.events)
    await receiveEvent(pool, stripeEvent.parse(event), { origin: 'webhook', hasMail: false });
  await pool.query(`update stripe_events set received_at = now() - interval '1 minute' where status = 'waiting'`);
  await giveUpWaiting(pool);
}

/** What was given with an end that had passed was never there to be spent. */
async function letExpire(pool: pg.Pool): Promise<void> {
  await runSchedule(pool, expireCredits);
  await applyAll(pool);
}

async function bookAndCancel(pool: pg.Pool): Promise<void> {
  const session = (practitionerId: Uuid, hour: number, sessionType = 'massage') => ({
    practitionerId,
    startsAt: new Date((Math.floor(Date.now() / hourMs) + 24 + hour) * hourMs).toISOString(),
    durationMinutes: 60,
    sessionType,
  });
  await submit(pool, clara, [
    ['booking.create', 'live', session(theo, 0)],
    ['booking.create', 'next', session(theo, 2)],
    ['booking.create', 'cancelled', session(theo, 4)],
    ['booking.create', 'free', session(theo, 6, 'first talk')],
    ['booking.cancel', 'cancel', { bookingId: history.cancelledBooking, reason: 'ill' }],
    ['booking.cancel', 'again', { bookingId: history.cancelledBooking }],
  ]);
  await submit(pool, theo, [['booking.create', 'peer', session(paul, 8)]]);
  await submit(pool, paul, [['booking.create', 'indebts', session(theo, 10)]]);
  await applyAll(pool);
  await submit(pool, paul, [['slot.hold', 'keep', session(theo, 12)]]);
  await submit(pool, clara, [
    ['slot.hold', 'first', session(paul, 12)],
    ['slot.hold', 'instead', session(paul, 14)],
    ['booking.create', 'free as well', session(theo, 16, 'first talk')],
    ['slot.hold', 'keep', session(theo, 14)],
  ]);
  await applyAll(pool);

  // Paul waits for what Clara cancels, and is offered it.
  const freed = keyed(clara, 'freed');
  const { startsAt } = session(theo, 18);
  const endsAt = new Date(Date.parse(startsAt) + hourMs).toISOString();
  const wanted = { practitionerId: theo, durationMinutes: 60, sessionType: 'massage' };
  await submit(pool, clara, [['booking.create', 'for paul', session(theo, 18)]]);
  await submit(pool, paul, [['waitlist.join', 'wait', { ...wanted, from: startsAt, to: endsAt }]]);
  await applyAll(pool);
  await submit(pool, clara, [['booking.cancel', 'freed', { bookingId: keyed(clara, 'for paul') }]]);
  await applyAll(pool);
  const offer = { freedSlotId: freed, turn: 0, practitionerId: theo, startsAt, endsAt };
  await submit(pool, theo, [['waitlist.offer', 'offer', offer]]);
  await applyAll(pool);

  // Theo gives away what Paul paid him, and owes it when Paul cancels; the next income repays a part.
  await submit(pool, theo, [['credits.transfer', 'all', { toUserId: eve, amount: 20 }]]);
  await applyAll(pool);
  await submit(pool, paul, [['booking.cancel', 'cancel', { bookingId: history.cancelledPeerBooking }]]);
  await applyAll(pool);
  await submit(pool, ada, [['credits.allocate', 'repay', { userId: theo, amount: 4, source: 'bonus' }]]);
  await submit(pool, eve, [
    ['credits.transfer', 'gift', { toUserId: clara, amount: 5, note: 'for the tea' }],
    ['credits.transfer', 'too much', { toUserId: clara, amount: 1_000 }],
  ]);
  await applyAll(pool);
}

/** Clara's partner gives credits to her, to somebody without an account, and to somebody whom it removes again. */
async function sponsor(pool: pg.Pool): Promise<void> {
  const entry = { name: 'Acme', ownerUserId: pia, expiryDays: 90, onExpiry: 'return', memberCap: null } as const;
  await putPartner(pool, acme, entry);
  const members = ['clara@test.example', 'new@test.example', 'gone@test.example', 'late@test.example'];
  for (const email of members) await addMember(pool, pia, { email, firstName: 'Member' });
  const [known = '', unknown = '', gone = '', late = ''] = members.map((email) => memberIdOf(acme, email));
  await submit(pool, ada, [['partner.fund', 'fund', { partnerId: acme, credits: 100 }]]);
  await applyAll(pool);
  await submit(pool, pia, [
    ['partner.assign', 'known', { memberId: known, credits: 10 }],
    ['partner.assign', 'unknown', { memberId: unknown, credits: 20 }],
    ['partner.assign', 'gone', { memberId: gone, credits: 30 }],
    ['partner.assign', 'late', { memberId: late, credits: 5 }],
    ['partner.assign', 'too much', { memberId: known, credits: 1_000 }],
    ['partner.remove_member', 'remove', { memberId: gone }],
  ]);
  await applyAll(pool);
  await putUser(pool, idOf('late'), userNamed('late'));
  await applyAll(pool);
  for (const onExpiry of ['return', 'forfeit'] as const) {
    await putPartner(pool, acme, { ...entry, onExpiry });
    await letAssignmentExpire(pool, known, onExpiry);
  }
}

/** Credits that a member does not use in time. */
async function letAssignmentExpire(pool: pg.Pool, memberId: Uuid, key: string): Promise<void> {
  await submit(pool, pia, [['partner.assign', key, { memberId, credits: 6 }]]);
  await applyAll(pool);
  const assignmentId = assignmentIdOf(keyed(pia, key));
  for (const table of ['lots', 'partner_assignments']) {
    await pool.query(`update ${table} set expires_at = now() - interval '1 second' where id = $1`, [assignmentId]);
  }
  await submit(pool, ada, [['partner.expire', `expiry: ${key}`, { memberId, assignmentId, accountId: clara }]]);
  await applyAll(pool);
}

/** Three operations that nobody can apply: one waits for a person, one is to be tried again, one was closed by hand. */
async function failAndRepair(pool: pg.Pool): Promise<void> {
  const keys = ['poison', 'replay', 'resolved'];
  await acceptOperations(
    pool,
    keys.map((key) => submissionOf(eve, { kind: 'test.unknown', key, payload: {}, lane: eve })),
    Number.MAX_SAFE_INTEGER,
  );
  await applyAll(pool);

  const by = ada;
  await retryItem(pool, { itemId: reconciliationItemIdOf('operation', history.replayed), by, note: 'once more' });
  await resolveItem(pool, { itemId: reconciliationItemIdOf('operation', history.resolved), by, note: 'told them' });
  await submit(pool, eve, [['credits.transfer', 'waiting', { toUserId: clara, amount: 1 }]]);
}

/** Records what `caller` asks for; the lane follows from the kind unless it is given. */
export async function submit(pool: pg.Pool, caller: Uuid, requests: readonly Request[], lane?: Uuid): Promise<void> {
  const submissions = requests.map(([name, key, raw]) => {
    const { kind, submit } = kindOf(name);
    const submitted = submit({ id: caller, roles: rolesOf(caller) }, raw);
    return submissionOf(caller, { kind, key, ...submitted, lane: lane ?? submitted.lane });
  });
  await acceptOperations(pool, submissions, Number.MAX_SAFE_INTEGER);
}

interface Submitting extends Pick<Submission, 'kind' | 'payload' | 'lane'> {
  readonly key: string;
}

function submissionOf(callerId: Uuid, { key, ...submitted }: Submitting): Submission {
  const fingerprint = createHash('sha256').update(JSON.stringify(submitted.payload)).digest();
  return { id: keyed(callerId, key), callerId, callerRoles: rolesOf(callerId), fingerprint, ...submitted };
}

function kindOf(name: string): OperationKind {
  const kind = kinds.get(name);
  if (kind === undefined) throw new Error(`no operation kind is called ${name}`);
  return kind;
}

async function putPeople(pool: pg.Pool): Promise<void> {
  for (const [name, id] of Object.entries({ clara, theo, eve, paul, ada, pia })) {
    await putUser(pool, id, { ...userNamed(name), roles: rolesOf(id) });
  }
  for (const id of [theo, paul]) await putPractitioner(pool, id, practice);
}

function userNamed(name: string): UserEntry {
  const email = `${name}@test.example`;
  return { email, firstName: name, lastName: 'Test', roles: [], timeZone: 'UTC', active: true, emailVerified: true };
}

const practice: Practice = aPractice({
  prices: [
    { sessionType: 'massage', durationMinutes: 60, credits: 10 },
    { sessionType: 'first talk', durationMinutes: 60, credits: 0 },
  ],
  bufferMinutes: 15,
});

function rolesOf(id: Uuid): Role[] {
  if (id === ada) return ['admin'];
  return [theo, paul].includes(id) ? ['practitioner', 'client'] : ['client'];
}
