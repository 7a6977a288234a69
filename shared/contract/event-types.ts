/**
 * What subscribers hear of (issue 3, capability 11): the kind of a succeeded operation → the type of its event. Kind says
 * what was asked for, type what has happened. A type that subscribers know is never renamed; null: nobody is told.
 */
export const eventTypeOfKind: Readonly<Record<string, string | null>> = {
  'booking.create': 'booking.created',
  'booking.reschedule': 'booking.rescheduled',
  'booking.complete': 'booking.completed',
  'booking.no_show': 'booking.no_show',
  'booking.cancel': 'booking.cancelled',
  // What is kept for a while, or waited for, is between the two parties.
  'slot.hold': null,
  'slot.release': null,
  'waitlist.join': null,
  'waitlist.leave': null,
  'waitlist.decline': null,
  'waitlist.offer': null,
  'credits.allocate': 'credits.allocated',
  'credits.transfer': 'credits.transferred',
  'credits.expire': 'credits.expired',
  'credits.void': 'credits.voided',
  'partner.fund': 'partner.funded',
  'partner.assign': 'partner.credits_assigned',
  'partner.remove_member': 'partner.member_removed',
  'partner.claim': 'partner.credits_claimed',
  'partner.expire': 'partner.credits_expired',
  'subscription.allocate': 'credits.purchased',
  'payment.clawback': 'credits.taken_back',
  'payment.give_back': 'credits.given_back',
  'partner.import': 'partner.members_imported',
  'checkout.create': 'order.paid',
  'order.refund': 'order.refunded',
  // Whoever has made it, the same has happened.
  'refund.record': 'order.refunded',
  'points.adjust': 'points.adjusted',
  'points.expire': 'points.expired',
  // Steps of the two above: who subscribes hears of what they come to.
  'checkout.settle': null,
  'checkout.release': null,
  'loyalty.apply': null,
  'refund.settle': null,
};

/** Every type there is. */
export const eventTypes: readonly string[] = [
  ...new Set(Object.values(eventTypeOfKind).filter((type) => type !== null)),
];
