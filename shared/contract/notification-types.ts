/** Every notification of the contract (§6), in its order; then what it does not name. */
export const notificationTypes = [
  'booking_confirmed_client',
  'booking_confirmed_practitioner',
  'booking_cancelled',
  'booking_rescheduled',
  'booking_reminder',
  'peer_booking_confirmed_client',
  'peer_booking_confirmed_practitioner',
  'peer_credits_deducted',
  'peer_credits_earned',
  'peer_booking_cancelled_refunded',
  'credits_allocated',
  'credits_expiring',
  'partner_credits_assigned',
  'order_paid',
  'payment_failed',
  'waitlist_offered',
] as const;

export type NotificationType = (typeof notificationTypes)[number];

export function isNotificationType(type: string): type is NotificationType {
  return notificationTypes.some((known) => known === type);
}
