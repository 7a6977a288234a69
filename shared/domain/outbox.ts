import type { NotificationType } from '../contract/notification-types.ts';
import { house, ownerOf } from './accounts.ts';
import type { PaymentWanted, Transfer } from './effects.ts';
import type { Uuid } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { Member, Partner } from './partner.ts';
import { type Order, orderNumberOf } from './shop.ts';
import type { Booking, Settings, SlotHold } from './state.ts';

/*
 * What is to be done outside once a change has been committed, as data. It follows from the change, not from the kind
 * of operation that made it, so that no kind can forget to tell anybody.
 */

/** What the outside steps are: a mail to one person, a video room for a session, a card that is charged. */
export const outgoingKinds = [
  'mail',
  'room.create',
  'room.remove',
  'payment.charge',
  'payment.cancel',
  'payment.refund',
] as const;

export type OutgoingKind = (typeof outgoingKinds)[number];

/** One row of the outbox. */
export type Outgoing = OutgoingMail | OutgoingRoom | OutgoingPayment;

export interface OutgoingMail {
  readonly kind: 'mail';
  /** Contract §6. */
  readonly type: NotificationType;
  /** To whom. */
  readonly userId: Uuid;
  /** The booking, or the order, that it is about, if it is about one. */
  readonly subjectId: Uuid | null;
  /** What may have changed by the time it is sent: it speaks of the facts as they were decided. */
  readonly data: JsonObject;
}

export interface OutgoingRoom {
  readonly kind: 'room.create' | 'room.remove';
  readonly type: 'room.create' | 'room.remove';
  readonly userId: null;
  /** The booking. */
  readonly subjectId: Uuid;
  readonly data: JsonObject;
}

export interface OutgoingPayment {
  readonly kind: PaymentWanted['step'];
  readonly type: PaymentWanted['step'];
  readonly userId: null;
  /** The order, or the refund. */
  readonly subjectId: Uuid;
  readonly data: JsonObject;
}

export function isPayment(outgoing: Outgoing): outgoing is OutgoingPayment {
  return outgoing.kind.startsWith('payment.');
}

export function outgoingOfPayment({ step, subjectId, data }: PaymentWanted): OutgoingPayment {
  return { kind: step, type: step, userId: null, subjectId, data };
}

/** A customer hears what became of the payment of their order. */
export function outgoingOfOrder(order: Order): Outgoing[] {
  const { status, customerId: userId, id, totalMinor, currency, pointsRedeemed, pointsEarned } = order;
  const type = status === 'paid' ? 'order_paid' : status === 'payment_failed' ? 'payment_failed' : null;
  if (type === null) return [];
  const data = { orderNumber: orderNumberOf(id), totalMinor, currency, pointsRedeemed, pointsEarned };
  return [{ kind: 'mail', type, userId, subjectId: null, data }];
}

/**
 * Who is given credits by the house hears of it, whatever kind of operation gave them. What goes into a pool is
 * nobody's yet.
 */
export function outgoingOfTransfer(transfer: Transfer): Outgoing[] {
  const { debit, credit, creditType, amount, source, description } = transfer;
  if (debit !== house.issued || creditType === 'partner_funding') return [];
  const data = { amount, source, note: description };
  return [{ kind: 'mail', type: 'credits_allocated', userId: ownerOf(credit), subjectId: null, data }];
}

/** Who waits hears that a slot is kept for them, and for how long. */
export function outgoingOfOffer(hold: SlotHold): Outgoing {
  const { holderId, practitionerId, startsAt, endsAt, sessionType, expiresAt } = hold;
  const data = { practitionerId, startsAt, endsAt, sessionType, expiresAt };
  return { kind: 'mail', type: 'waitlist_offered', userId: holderId, subjectId: null, data };
}

/** A member with an account hears of credits that a partner gives them; `expiresAt` null: of several ends. */
export function outgoingOfAssignment(
  { userId }: Member,
  { name: source }: Partner,
  { amount, expiresAt }: { readonly amount: number; readonly expiresAt: number | null },
): Outgoing[] {
  if (userId === null || amount === 0) return [];
  const note = expiresAt === null ? null : `To be used before ${new Date(expiresAt).toISOString().slice(0, 10)} (UTC).`;
  return [{ kind: 'mail', type: 'partner_credits_assigned', userId, subjectId: null, data: { amount, source, note } }];
}

/** A change of a booking that people hear of. */
export type BookingChange = 'created' | 'rescheduled' | 'completed' | 'missed' | 'cancelled';

/** What a booking's change is followed by; `booking` is as it has become. */
export function outgoingOf(change: BookingChange, booking: Booking, { hasRooms }: Settings): Outgoing[] {
  const { id: subjectId, clientId, practitionerId, peer } = booking;
  const data = sessionFacts(booking);
  const mail = (userId: Uuid, type: NotificationType): Outgoing => ({ kind: 'mail', type, userId, subjectId, data });
  const room = (kind: OutgoingRoom['kind']): Outgoing[] =>
    hasRooms ? [{ kind, type: kind, userId: null, subjectId, data: {} }] : [];
  const toBoth = (type: NotificationType) => [mail(clientId, type), mail(practitionerId, type)];

  switch (change) {
    case 'created':
      return [...(peer ? peerConfirmations(booking, mail) : confirmations(booking, mail)), ...room('room.create')];
    case 'rescheduled':
      return [...toBoth('booking_rescheduled'), ...room('room.create')];
    case 'cancelled':
      return [...toBoth(peer ? 'peer_booking_cancelled_refunded' : 'booking_cancelled'), ...room('room.remove')];
    case 'completed':
      return isPaidAtTheEnd(booking) ? [mail(practitionerId, 'peer_credits_earned')] : [];
    case 'missed':
      return isPaidAtTheEnd(booking) && booking.noShow === 'client'
        ? [mail(practitionerId, 'peer_credits_earned')]
        : [];
  }
}

type MailTo = (userId: Uuid, type: NotificationType) => Outgoing;

function confirmations({ clientId, practitionerId }: Booking, mail: MailTo): Outgoing[] {
  return [mail(clientId, 'booking_confirmed_client'), mail(practitionerId, 'booking_confirmed_practitioner')];
}

/** A peer hears of the session, and of the credits that it moves: of those that are held when they are paid. */
function peerConfirmations({ clientId, practitionerId, creditCost, settlement }: Booking, mail: MailTo): Outgoing[] {
  const isPaidNow = creditCost > 0 && settlement === 'at_booking';
  return [
    mail(clientId, 'peer_booking_confirmed_client'),
    mail(practitionerId, 'peer_booking_confirmed_practitioner'),
    ...(creditCost > 0 ? [mail(clientId, 'peer_credits_deducted')] : []),
    ...(isPaidNow ? [mail(practitionerId, 'peer_credits_earned')] : []),
  ];
}

function isPaidAtTheEnd({ peer, settlement, creditCost }: Booking): boolean {
  return peer && settlement === 'on_completion' && creditCost > 0;
}

/** The part of a booking that its life changes; the rest is read when the mail is written. */
export function sessionFacts({
  startsAt,
  endsAt,
  creditCost,
  refundedCredits,
  revision,
  cancellation,
}: Booking): JsonObject {
  return {
    startsAt,
    endsAt,
    creditCost,
    refundedCredits,
    revision,
    cancelledBy: cancellation?.by ?? null,
    reason: cancellation?.reason ?? null,
  };
}
