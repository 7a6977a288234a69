import { hasRole, type Role } from '../contract/roles.ts';
import type { Uuid } from './ids.ts';
import type { Booking, Cancellation } from './state.ts';

/** As whom a booking is cancelled. */
export type CancelledBy = Cancellation['by'];

export interface RefundQuote {
  /** Whole credits that the client gets back. */
  readonly refundCredits: number;
  /** Of the cost, before rounding. */
  readonly percent: number;
  /** Epoch ms of the last instant at which the client's own cancellation is refunded in full. */
  readonly freeUntil: number;
}

/**
 * As whom a caller may cancel the booking, or null when it is none of their business. Whoever is a party acts as that
 * party, whatever the token allows besides, so that nobody's roles can lift the policy that they agreed to.
 */
export function cancellingAs(
  booking: Booking,
  caller: { readonly id: Uuid; readonly roles: readonly Role[] },
): CancelledBy | null {
  if (caller.id === booking.clientId) return 'client';
  if (caller.id === booking.practitionerId) return 'practitioner';
  return hasRole(caller.roles, 'ops') ? 'ops' : null;
}

/**
 * What a cancellation at `at` (epoch ms) gives back, by the policy that was in force when the booking was made. Only
 * clients can be late; exactly at the limit is still free; a late refund is rounded down.
 */
export function refundQuote(booking: Booking, by: CancelledBy, at: number): RefundQuote {
  const { freeUntilHours, lateRefundPercent } = booking.cancellationPolicy;
  const freeUntil = booking.firstStartsAt - freeUntilHours * 3_600_000;
  const percent = by === 'client' && at > freeUntil ? lateRefundPercent : 100;
  return { refundCredits: Math.floor((booking.creditCost * percent) / 100), percent, freeUntil };
}
