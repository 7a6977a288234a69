/** Every business no of the contract (§4). The order within a kind is the order in which its checks run. */
export const rejectionCodes = [
  'practitioner_not_found',
  'practitioner_inactive',
  'client_not_found',
  'client_inactive',
  'self_booking',
  'starts_in_past',
  'not_offered',
  'outside_availability',
  'slot_taken',
  'client_busy',
  'insufficient_credits',
  'booking_not_found',
  'already_cancelled',
  'not_cancellable',
  'not_started',
  'self_transfer',
  'recipient_not_found',
  'recipient_inactive',
  'hold_not_found',
  'already_waiting',
  'entry_not_found',
] as const;

export type RejectionCode = (typeof rejectionCodes)[number];
