import { poolOf, unclaimedOf } from '../../shared/domain/accounts.ts';
import { lotIdOf } from '../../shared/domain/ids.ts';
import { type BookingWish, type DirectoryChange, type Operation, sponsored, sponsors } from './histories.ts';
import {
  type Credit,
  creditsOf,
  expire,
  type Lot,
  type NaiveCredits,
  openLot,
  receive,
  renewed,
  spendable,
  take,
  takeBack,
  undated,
} from './naive-credits.ts';

/*
 * The rules of booking and credits once more, as somebody would write them who has all the time in the world: one
 * history, one operation after the other, arrays and plain loops. It shares no code with what it judges, only ids.
 */

export type Answer = { readonly code: string } | { readonly outcome: object };

interface Session {
  readonly id: string;
  readonly client: string;
  readonly practitioner: string;
  readonly peer: boolean;
  readonly type: string;
  readonly minutes: number;
  start: number;
  end: number;
  buffer: number;
  cost: number;
  /** The earliest that it ever was to start: late cancellations are measured from there. */
  earliestStart: number;
  readonly freeUntilHours: number;
  readonly lateRefundPercent: number;
  cancelled: boolean;
  /** How it went, once that was said. */
  over: 'completed' | 'no_show' | null;
  refunded: number;
  /** The very credits that have paid for it, in the order in which they were taken. */
  paid: Credit[];
}

interface Keep {
  readonly id: string;
  readonly holder: string;
  readonly practitioner: string;
  readonly start: number;
  readonly end: number;
  readonly buffer: number;
  readonly dies: number;
}

interface Sponsored {
  readonly id: string;
  readonly partner: string;
  user: string | null;
  removed: boolean;
  given: { readonly amount: number; readonly at: number }[];
}

export interface NaiveModel extends NaiveCredits {
  readonly sponsored: Sponsored[];
  readonly people: DirectoryChange[];
  readonly sessions: Session[];
  /** Slot holds that nobody has ended; some may be over. */
  keeps: Keep[];
}

export function aNaiveModel(): NaiveModel {
  const members = sponsored.map(({ id, partnerId: partner, userId: user }) => {
    return { id, partner, user, removed: false, given: [] };
  });
  return { sponsored: members, people: [], sessions: [], keeps: [], credits: {}, lots: [], gifts: [], debt: {} };
}

export function changeDirectory(model: NaiveModel, change: DirectoryChange): void {
  const index = model.people.findIndex((person) => person.id === change.id);
  if (index >= 0) model.people.splice(index, 1);
  model.people.push(change);
}

/** What the operation is answered, and the model afterwards is what it should have become. */
export function perform(model: NaiveModel, operation: Operation): Answer {
  const answer = answerOf(model, operation);
  return typeof answer === 'string' ? { code: answer } : { outcome: answer };
}

/** The outcome, or the code of the rejection. */
function answerOf(model: NaiveModel, operation: Operation): object | string {
  const { id, caller, at } = operation.submitted;
  switch (operation.kind) {
    case 'booking.create':
      return book(model, id, caller.id, at, operation.submitted.payload);
    case 'booking.cancel':
      return cancel(model, id, caller.id, caller.roles, at, operation.submitted.payload.bookingId);
    case 'booking.reschedule': {
      const { bookingId, startsAt } = operation.submitted.payload;
      return move(model, id, caller.id, caller.roles, at, bookingId, startsAt);
    }
    case 'booking.complete':
      return end(model, id, caller.id, caller.roles, at, operation.submitted.payload.bookingId, 'nobody');
    case 'booking.no_show': {
      const { bookingId, party } = operation.submitted.payload;
      return end(model, id, caller.id, caller.roles, at, bookingId, party);
    }
    case 'credits.allocate':
      return allocate(model, id, at, operation.submitted.payload);
    case 'credits.expire':
      return expire(model, at, operation.submitted.payload.accountId, operation.submitted.payload.lotId);
    case 'credits.void':
      return takeBack(model, operation.submitted.payload.allocationId, operation.submitted.payload.userId);
    case 'credits.transfer': {
      const { toUserId, amount } = operation.submitted.payload;
      return transfer(model, id, at, caller.id, toUserId, amount);
    }
    case 'slot.hold':
      return keep(model, id, caller.id, at, operation.submitted.payload);
    case 'slot.release':
      return letGo(model, caller.id, at, operation.submitted.payload.holdId);
    case 'partner.fund':
      return fund(model, operation.submitted.payload.partnerId, operation.submitted.payload.credits);
    case 'partner.assign':
      return assign(model, caller.id, at, operation.submitted.payload);
    case 'partner.remove_member':
      return removeMember(model, at, caller.id, operation.submitted.payload.memberId);
    case 'partner.claim':
      return claim(model, operation.submitted.payload.memberId, operation.submitted.payload.userId);
    case 'subscription.allocate':
    case 'payment.give_back':
      return pay(model, operation.submitted.payload.userId, operation.submitted.payload.credits);
    case 'payment.clawback':
      return unpay(model, at, operation.submitted.payload.userId, operation.submitted.payload.credits);
  }
}

function book(model: NaiveModel, id: string, callerId: string, at: number, wish: BookingWish): string | object {
  const parties = partiesOrNo(model, callerId, wish.practitionerId);
  if (typeof parties === 'string') return parties;
  const { client, practitioner, practice } = parties;
  const start = new Date(wish.startsAt).getTime();
  const end = start + wish.durationMinutes * 60_000;
  const cost = priceOrNo(model, { ...wish, clientId: callerId, practice, start, end, at });
  if (typeof cost === 'string') return cost;

  const before = creditsOf(model, callerId).length;
  if (spendable(model, callerId, at).length < cost) return 'insufficient_credits';

  const peer = client.practice !== null && client.roles.some((role) => role === 'practitioner');
  const paid = take(model, callerId, cost, at);
  if (peer) receive(model, practitioner.id, undated(cost));
  const { cancellationPolicy, bufferMinutes: buffer } = practice;
  model.keeps = model.keeps.filter((kept) => {
    const isOwn = kept.holder === callerId && kept.practitioner === practitioner.id && at < kept.dies;
    return !(isOwn && kept.start < end && start < kept.end);
  });
  model.sessions.push({
    id,
    client: callerId,
    practitioner: practitioner.id,
    peer,
    type: wish.sessionType,
    minutes: wish.durationMinutes,
    start,
    earliestStart: start,
    end,
    buffer,
    cost,
    ...cancellationPolicy,
    cancelled: false,
    over: null,
    refunded: 0,
    paid,
  });
  return {
    bookingId: id,
    peer,
    creditCost: cost,
    balanceBefore: before,
    balanceAfter: before - cost,
    startsAt: new Date(start).toJSON(),
    endsAt: new Date(end).toJSON(),
  };
}

function partiesOrNo(model: NaiveModel, callerId: string, practitionerId: string) {
  const practitioner = find(model, practitionerId);
  if (practitioner?.practice == null) return 'practitioner_not_found';
  if (!practitioner.active) return 'practitioner_inactive';
  const client = find(model, callerId);
  if (client === undefined) return 'client_not_found';
  if (!client.active) return 'client_inactive';
  if (callerId === practitionerId) return 'self_booking';
  return { client, practitioner, practice: practitioner.practice };
}

function keep(model: NaiveModel, id: string, callerId: string, at: number, wish: BookingWish): string | object {
  const parties = partiesOrNo(model, callerId, wish.practitionerId);
  if (typeof parties === 'string') return parties;
  const { practice } = parties;
  const start = new Date(wish.startsAt).getTime();
  const end = start + wish.durationMinutes * 60_000;
  const cost = priceOrNo(model, { ...wish, clientId: callerId, practice, start, end, at });
  if (typeof cost === 'string') return cost;

  const { practitionerId: practitioner } = wish;
  const dies = at + 5 * 60_000;
  model.keeps = model.keeps.filter((kept) => kept.holder !== callerId || kept.practitioner !== practitioner);
  model.keeps.push({ id, holder: callerId, practitioner, start, end, buffer: practice.bufferMinutes, dies });
  return {
    holdId: id,
    practitionerId: practitioner,
    startsAt: new Date(start).toJSON(),
    endsAt: new Date(end).toJSON(),
    expiresAt: new Date(dies).toJSON(),
    creditCost: cost,
  };
}

function letGo(model: NaiveModel, callerId: string, at: number, holdId: string): string | object {
  const kept = model.keeps.find(({ id, holder, dies }) => id === holdId && holder === callerId && at < dies);
  if (kept === undefined) return 'hold_not_found';
  model.keeps.splice(model.keeps.indexOf(kept), 1);
  return { holdId };
}

interface Wanted {
  readonly clientId: string;
  readonly practitionerId: string;
  readonly practice: Practice;
  readonly sessionType: string;
  readonly durationMinutes: number;
  readonly start: number;
  readonly end: number;
  readonly at: number;
  /** The session that is moved. */
  readonly moved?: string;
}

/** What such a session costs, or why it cannot be. */
function priceOrNo(model: NaiveModel, wanted: Wanted): string | number {
  const { clientId, practitionerId, practice, sessionType, durationMinutes, start, end, at, moved } = wanted;
  if (start < at) return 'starts_in_past';

  let cost = -1;
  for (const price of practice.prices) {
    if (price.sessionType === sessionType && price.durationMinutes === durationMinutes) cost = price.credits;
  }
  if (cost < 0) return 'not_offered';

  if (start - at < practice.minimumNoticeMinutes * 60_000) return 'outside_availability';
  for (let minute = start; minute < end; minute += 60_000) {
    if (!worksAt(practice, minute)) return 'outside_availability';
  }

  for (const session of model.sessions) {
    if (session.cancelled || session.id === moved) continue;
    // Negative when they overlap.
    const minutesBetween = Math.max(start - session.end, session.start - end) / 60_000;
    if (session.practitioner === practitionerId) {
      if (minutesBetween < practice.bufferMinutes || minutesBetween < session.buffer) return 'slot_taken';
    }
    if (session.client === practitionerId && minutesBetween < 0) return 'slot_taken';
  }
  let sameDay = 0;
  for (const session of model.sessions) {
    if (session.cancelled || session.id === moved || session.practitioner !== practitionerId) continue;
    if (wallClock(practice.timeZone, session.start).date === wallClock(practice.timeZone, start).date) sameDay += 1;
  }
  if (practice.sessionsPerDayMax !== null && sameDay >= practice.sessionsPerDayMax) return 'slot_taken';
  for (const kept of model.keeps) {
    if (kept.practitioner !== practitionerId || kept.holder === clientId || at >= kept.dies) continue;
    const minutesBetween = Math.max(start - kept.end, kept.start - end) / 60_000;
    if (minutesBetween < practice.bufferMinutes || minutesBetween < kept.buffer) return 'slot_taken';
  }
  for (const session of model.sessions) {
    if (session.cancelled || session.id === moved) continue;
    if (session.client !== clientId && session.practitioner !== clientId) continue;
    if (Math.max(start - session.end, session.start - end) < 0) return 'client_busy';
  }
  return cost;
}

function move(
  model: NaiveModel,
  id: string,
  callerId: string,
  roles: readonly string[],
  at: number,
  bookingId: string,
  startsAt: string,
): string | object {
  const session = model.sessions.find((candidate) => candidate.id === bookingId);
  if (session === undefined) return 'booking_not_found';
  const isParty = session.client === callerId || session.practitioner === callerId;
  if (!isParty && !roles.includes('ops') && !roles.includes('admin')) return 'booking_not_found';
  if (session.cancelled) return 'already_cancelled';
  if (session.over !== null || (at > session.start && isParty)) return 'not_cancellable';

  // Who is deleted or takes no new bookings still keeps the ones that they have.
  const practice = model.people.find((person) => person.id === session.practitioner)?.practice;
  const start = new Date(startsAt).getTime();
  if (practice == null) return start < at ? 'starts_in_past' : 'not_offered';
  const end = start + session.minutes * 60_000;
  const { client: clientId, practitioner: practitionerId, type: sessionType, minutes: durationMinutes } = session;
  const wanted = { clientId, practitionerId, practice, sessionType, durationMinutes, start, end, at, moved: bookingId };
  const asked = priceOrNo(model, wanted);
  if (typeof asked === 'string') return asked;

  const cost = callerId !== clientId && asked > session.cost ? session.cost : asked;
  if (cost > session.cost) {
    if (spendable(model, clientId, at).length < cost - session.cost) return 'insufficient_credits';
    session.paid.push(...take(model, clientId, cost - session.cost, at));
    if (session.peer) receive(model, practitionerId, undated(cost - session.cost));
  }
  if (cost < session.cost) giveBack(model, id, at, session, session.cost - cost);

  if (start < session.earliestStart) session.earliestStart = start;
  session.start = start;
  session.end = end;
  session.buffer = practice.bufferMinutes;
  session.cost = cost;
  return { bookingId, startsAt: new Date(start).toJSON(), endsAt: new Date(end).toJSON() };
}

function cancel(
  model: NaiveModel,
  id: string,
  callerId: string,
  roles: readonly string[],
  at: number,
  bookingId: string,
): string | object {
  const session = model.sessions.find((candidate) => candidate.id === bookingId);
  if (session === undefined) return 'booking_not_found';

  let cancelledBy = 'nobody';
  if (roles.includes('ops') || roles.includes('admin')) cancelledBy = 'ops';
  if (session.practitioner === callerId) cancelledBy = 'practitioner';
  if (session.client === callerId) cancelledBy = 'client';
  if (cancelledBy === 'nobody') return 'booking_not_found';
  if (session.cancelled) return 'already_cancelled';
  if (session.over !== null) return 'not_cancellable';
  if (at > session.start && cancelledBy !== 'ops') return 'not_cancellable';

  const hoursLeft = (session.earliestStart - at) / 3_600_000;
  const isLate = cancelledBy === 'client' && hoursLeft < session.freeUntilHours;
  const refund = isLate ? Math.trunc(session.cost * (session.lateRefundPercent / 100) + 1e-9) : session.cost;
  giveBack(model, id, at, session, refund);
  session.refunded = refund;
  session.cancelled = true;
  return { bookingId, refundedCredits: refund, cancelledBy };
}

/** `missing`: who did not come. */
function end(
  model: NaiveModel,
  id: string,
  callerId: string,
  roles: readonly string[],
  at: number,
  bookingId: string,
  missing: 'nobody' | 'client' | 'practitioner',
): string | object {
  const session = model.sessions.find((candidate) => candidate.id === bookingId);
  const mayEndAny = roles.includes('ops') || roles.includes('admin');
  if (session === undefined || (session.practitioner !== callerId && !mayEndAny)) return 'booking_not_found';
  if (session.cancelled) return 'already_cancelled';
  if (session.over !== null) return 'not_cancellable';
  if (session.start > at) return 'not_started';
  session.over = missing === 'nobody' ? 'completed' : 'no_show';
  if (missing === 'nobody') return { bookingId, status: 'completed' };
  const refund = missing === 'practitioner' ? session.cost : 0;
  giveBack(model, id, at, session, refund);
  session.refunded = refund;
  return { bookingId, party: missing, refundedCredits: refund };
}

/** First what has no end goes back, then what was taken last; what has ended meanwhile gets thirty days. */
function giveBack(model: NaiveModel, id: string, at: number, session: Session, refund: number): void {
  const dated: Credit[] = [];
  const rest: Credit[] = [];
  for (let credit = 0; credit < refund; credit += 1) {
    let position = session.paid.findIndex(({ lot }) => lot === null);
    if (position < 0) position = session.paid.length - 1;
    const [back] = session.paid.splice(position, 1);
    if (back === undefined) throw new Error('more comes back than was paid');
    (back.lot === null ? rest : dated).push(back);
  }
  const returned = [...renewed(model, id, at, session.client, dated), ...rest];
  if (!session.peer) {
    receive(model, session.client, returned);
    return;
  }
  const given = take(
    model,
    session.practitioner,
    Math.min(spendable(model, session.practitioner, at).length, refund),
    at,
  );
  model.debt[session.practitioner] = (model.debt[session.practitioner] ?? 0) + refund - given.length;
  receive(model, session.client, returned.slice(0, given.length));
  receive(model, session.client, returned.slice(given.length));
}

interface Gift {
  readonly userId: string;
  readonly amount: number;
  readonly expiresAt?: string | undefined;
}

function allocate(model: NaiveModel, id: string, at: number, { userId, amount, expiresAt }: Gift): string | object {
  if (find(model, userId) === undefined) return 'recipient_not_found';
  if (amount > 0) {
    const end = expiresAt === undefined ? null : Math.max(new Date(expiresAt).getTime(), at + 1);
    const lot = end === null ? null : openLot(model, lotIdOf(id, 0), userId, end);
    const given = undated(amount).map(() => ({ lot }));
    receive(model, userId, given);
    model.gifts.push({ id, to: userId, amount, voided: false });
  } else {
    if (spendable(model, userId, at).length < -amount) return 'insufficient_credits';
    take(model, userId, -amount, at);
  }
  return { balanceAfter: creditsOf(model, userId).length };
}

function transfer(model: NaiveModel, id: string, at: number, fromId: string, toId: string, amount: number) {
  if (fromId === toId) return 'self_transfer';
  const recipient = find(model, toId);
  if (recipient === undefined) return 'recipient_not_found';
  if (!recipient.active) return 'recipient_inactive';
  const sender = find(model, fromId);
  if (sender === undefined) return 'client_not_found';
  if (!sender.active) return 'client_inactive';
  if (spendable(model, fromId, at).length < amount) return 'insufficient_credits';
  const copies = new Map<Lot, Lot>();
  const sent = take(model, fromId, amount, at).map(({ lot }) => {
    if (lot === null) return { lot };
    const copy = copies.get(lot) ?? openLot(model, lotIdOf(id, copies.size), toId, lot.until);
    copies.set(lot, copy);
    return { lot: copy };
  });
  receive(model, toId, sent);
  return { balanceAfter: creditsOf(model, fromId).length };
}

function fund(model: NaiveModel, partnerId: string, credits: number): string | object {
  if (!sponsors.some(({ id }) => id === partnerId)) return 'partner_not_found';
  receive(model, poolOf(partnerId), undated(credits));
  return { poolAvailable: creditsOf(model, poolOf(partnerId)).length };
}

function assign(
  model: NaiveModel,
  callerId: string,
  at: number,
  { memberId, credits }: { readonly memberId: string; readonly credits: number },
): string | object {
  const partner = sponsors.find(({ ownerId }) => ownerId === callerId);
  if (partner === undefined) return 'partner_not_found';
  const member = model.sponsored.find(({ id, partner: of }) => id === memberId && of === partner.id);
  if (member === undefined) return 'member_not_found';
  if (member.removed) return 'member_inactive';
  if (partner.memberCap !== null) {
    let within = credits;
    for (const gift of member.given) {
      if (at - gift.at < partner.memberCap.days * 86_400_000) within += gift.amount;
    }
    if (within > partner.memberCap.credits) return 'member_cap_exceeded';
  }
  const left = creditsOf(model, poolOf(partner.id)).length - credits;
  if (left < 0) return 'insufficient_pool';
  receive(model, member.user ?? unclaimedOf(partner.id), take(model, poolOf(partner.id), credits, at));
  member.given.push({ amount: credits, at });
  const expiresAt = new Date(at + partner.expiryDays * 86_400_000).toJSON();
  return { memberId, creditsAssigned: credits, poolAvailable: left, expiresAt };
}

function removeMember(model: NaiveModel, at: number, callerId: string, memberId: string): string | object {
  const partner = sponsors.find(({ ownerId }) => ownerId === callerId);
  if (partner === undefined) return 'partner_not_found';
  const member = model.sponsored.find(({ id, partner: of }) => id === memberId && of === partner.id);
  if (member === undefined) return 'member_not_found';
  if (member.removed) return 'member_inactive';
  const from = member.user ?? unclaimedOf(partner.id);
  let returned = 0;
  for (const { amount } of member.given) {
    for (let credit = 0; credit < amount; credit += 1) {
      returned += take(model, from, 1, at).length;
    }
  }
  member.removed = true;
  receive(model, poolOf(partner.id), undated(returned));
  return { memberId, creditsReturned: returned, poolAvailable: creditsOf(model, poolOf(partner.id)).length };
}

function claim(model: NaiveModel, memberId: string, userId: string): string | object {
  const member = model.sponsored.find(({ id }) => id === memberId);
  if (member === undefined || member.user !== null) return 'member_not_found';
  if (member.removed) return 'member_inactive';
  if (find(model, userId) === undefined) return 'recipient_not_found';
  member.user = userId;
  const waiting = member.given.reduce((sum, { amount }) => sum + amount, 0);
  const purse = unclaimedOf(member.partner);
  model.credits[purse] = creditsOf(model, purse).slice(waiting);
  receive(model, userId, undated(waiting));
  return { memberId, creditsClaimed: waiting };
}

/** What is paid reaches whoever was ever in the directory, also who has been deleted since. */
function pay(model: NaiveModel, userId: string, credits: number): string | object {
  if (!model.people.some(({ id }) => id === userId)) return 'recipient_not_found';
  receive(model, userId, undated(credits));
  return { balanceAfter: creditsOf(model, userId).length };
}

function unpay(model: NaiveModel, at: number, userId: string, credits: number): string | object {
  if (!model.people.some(({ id }) => id === userId)) return 'recipient_not_found';
  const taken = take(model, userId, credits, at).length;
  model.debt[userId] = (model.debt[userId] ?? 0) + credits - taken;
  return { taken, owed: credits - taken, balanceAfter: creditsOf(model, userId).length };
}

function find(model: NaiveModel, id: string): DirectoryChange | undefined {
  return model.people.find((person) => person.id === id && !person.deleted);
}

type Practice = NonNullable<DirectoryChange['practice']>;

function worksAt(practice: Practice, instant: number): boolean {
  for (const { from, to } of practice.timeOff) {
    if (new Date(from).getTime() <= instant && instant < new Date(to).getTime()) return false;
  }
  const { date, weekday, time } = wallClock(practice.timeZone, instant);
  const isInside = (window: { start: string; end: string }) => window.start <= time && time < window.end;
  return (
    practice.availability.some((window) => window.weekday === weekday && isInside(window)) ||
    practice.extraWindows.some((window) => window.date === date && isInside(window))
  );
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function wallClock(timeZone: string, instant: number): { date: string; weekday: number; time: string } {
  const options = { timeZone, hourCycle: 'h23', dateStyle: 'short', timeStyle: 'short' } as const;
  const clock = clocks.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', options);
  clocks.set(timeZone, clock);
  const [date = '', time = ''] = clock.format(instant).split(' '); // "2026-10-25 09:30"
  return { date, weekday: new Date(date).getUTCDay() || 7, time };
}
