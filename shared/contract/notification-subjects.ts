import type { NotificationType } from './notification-types.ts';

const subjects: Readonly<Record<NotificationType, string>> = {
  booking_confirmed_client: 'Your session is booked',
  booking_confirmed_practitioner: 'A session with you is booked',
  booking_cancelled: 'Your session is cancelled',
  booking_rescheduled: 'Your session has moved',
  booking_reminder: 'Your session is coming up',
  peer_booking_confirmed_client: 'Your peer session is booked',
  peer_booking_confirmed_practitioner: 'A peer session with you is booked',
  peer_credits_deducted: 'Credits deducted for your peer session',
  peer_credits_earned: 'Credits earned with your peer session',
  peer_booking_cancelled_refunded: 'Your peer session is cancelled, credits refunded',
  credits_allocated: 'Your credit balance has changed',
  credits_expiring: 'Some of your credits will expire soon',
  partner_credits_assigned: 'Credits have been assigned to you',
  order_paid: 'Your order is paid',
  payment_failed: 'Your payment has failed',
  waitlist_offered: 'A session that you wait for is free',
};

/** The subject by type alone. It names nobody, so that lists may show it. */
export function subjectOf(type: NotificationType): string {
  return subjects[type];
}
