import type { BookingWish } from './history-steps.ts';
import { balanceOf, type Credit, receive, renewed, setAside, spendable, take, undated } from './naive-credits.ts';
import { partiesOrNo, priceOrNo } from './naive-slots.ts';
import type { NaiveModel, Session } from './naive-state.ts';

/* What becomes of a session: booked, moved, cancelled, over. */

export function book(model: NaiveModel, id: string, callerId: string, at: number, wish: BookingWish): string | object {
  const parties = partiesOrNo(model, callerId, wish.practitionerId);
  if (typeof parties === 'string') return parties;
  const { client, practitioner, practice } = parties;
  const start = new Date(wish.startsAt).getTime();
  const end = start + wish.durationMinutes * 60_000;
  const cost = priceOrNo(model, { ...wish, clientId: callerId, practice, start, end, at });
  if (typeof cost === 'string') return cost;

  const before = balanceOf(model, callerId);
  if (spendable(model, callerId, at).length < cost) return 'insufficient_credits';

  const peer = client.practice !== null && client.roles.some((role) => role === 'practitioner');
  const paid = take(model, callerId, cost, at);
  const escrow = peer && model.settles === 'on_completion';
  if (escrow) setAside(model, callerId, cost);
  else if (peer) receive(model, practitioner.id, undated(cost));
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
    escrow,
    paid,
  });
  return {
    bookingId: id,
    peer,
    creditCost: cost,
    balanceBefore: before,
    balanceAfter: escrow ? before : before - cost,
    startsAt: new Date(start).toJSON(),
    endsAt: new Date(end).toJSON(),
  };
}

export function move(
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
    if (session.escrow) setAside(model, clientId, cost - session.cost);
    else if (session.peer) receive(model, practitionerId, undated(cost - session.cost));
  }
  if (cost < session.cost) giveBack(model, id, at, session, session.cost - cost);

  if (start < session.earliestStart) session.earliestStart = start;
  session.start = start;
  session.end = end;
  session.buffer = practice.bufferMinutes;
  session.cost = cost;
  return { bookingId, startsAt: new Date(start).toJSON(), endsAt: new Date(end).toJSON() };
}

export function cancel(
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
  settle(model, id, at, session, refund);
  session.refunded = refund;
  session.cancelled = true;
  return { bookingId, refundedCredits: refund, cancelledBy };
}

/** `missing`: who did not come. */
export function end(
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
  const refund = missing === 'practitioner' ? session.cost : 0;
  settle(model, id, at, session, refund);
  session.refunded = refund;
  if (missing === 'nobody') return { bookingId, status: 'completed' };
  return { bookingId, party: missing, refundedCredits: refund };
}

/** The end of a session: what was set aside and does not go back is its practitioner's. */
function settle(model: NaiveModel, id: string, at: number, session: Session, refund: number): void {
  giveBack(model, id, at, session, refund);
  if (!session.escrow) return;
  setAside(model, session.client, refund - session.cost);
  receive(model, session.practitioner, undated(session.cost - refund));
}

/** What is given back of a session that was paid comes from who was paid; what was set aside was nobody else's. */
function giveBack(model: NaiveModel, id: string, at: number, session: Session, refund: number): void {
  const returned = broughtBack(model, id, at, session, refund);
  if (session.escrow) setAside(model, session.client, -refund);
  if (session.escrow || !session.peer) {
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

/** First what has no end goes back, then what was taken last; what has ended meanwhile gets thirty days. */
function broughtBack(model: NaiveModel, id: string, at: number, session: Session, refund: number): Credit[] {
  const dated: Credit[] = [];
  const rest: Credit[] = [];
  for (let credit = 0; credit < refund; credit += 1) {
    let position = session.paid.findIndex(({ lot }) => lot === null);
    if (position < 0) position = session.paid.length - 1;
    const [back] = session.paid.splice(position, 1);
    if (back === undefined) throw new Error('more comes back than was paid');
    (back.lot === null ? rest : dated).push(back);
  }
  return [...renewed(model, id, at, session.client, dated), ...rest];
}
