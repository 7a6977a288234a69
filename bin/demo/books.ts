import { z } from 'zod';
import type { Operation } from './submit.ts';

/**
 * What the demo's own arithmetic says, from the outcomes that it was told: what was given out, and what of it the
 * house has earned by now; the rest must be with the people. And what the shop has taken, with the points for it.
 */
export interface Books {
  /** Enters a final operation with the body that asked for it; once per operation. */
  readonly enter: (operation: Operation, body: object) => void;
  readonly totals: () => Totals;
}

export interface Totals {
  readonly allocated: number;
  readonly revenue: number;
  /** Points that customers have. */
  readonly points: number;
  /** What was paid and has not gone back, in minor units. */
  readonly takings: number;
}

const allocated = z.object({ amount: z.int() });
const booked = z.object({ bookingId: z.string(), peer: z.boolean(), creditCost: z.int() });
const cancelled = z.object({ bookingId: z.string(), refundedCredits: z.int() });
const bought = z.object({ totalMinor: z.int(), pointsRedeemed: z.int(), pointsEarned: z.int() });
const refunded = z.object({ refundedMinor: z.int(), pointsReturned: z.int(), pointsReversed: z.int() });

export function openBooks(): Books {
  let given = 0;
  let revenue = 0;
  let points = 0;
  let takings = 0;
  const peerBookings = new Set<string>();

  return {
    enter: ({ kind, status, outcome }, body) => {
      if (status !== 'succeeded') return;
      if (kind === 'credits.allocate') given += allocated.parse(body).amount;
      if (kind === 'booking.create') {
        const { bookingId, peer, creditCost } = booked.parse(outcome);
        if (peer) peerBookings.add(bookingId);
        else revenue += creditCost;
      }
      if (kind === 'booking.cancel') {
        const { bookingId, refundedCredits } = cancelled.parse(outcome);
        if (!peerBookings.has(bookingId)) revenue -= refundedCredits;
      }
      if (kind === 'points.adjust') points += allocated.parse(body).amount;
      if (kind === 'checkout.create') {
        const { totalMinor, pointsRedeemed, pointsEarned } = bought.parse(outcome);
        takings += totalMinor;
        points += pointsEarned - pointsRedeemed;
      }
      if (kind === 'order.refund') {
        const { refundedMinor, pointsReturned, pointsReversed } = refunded.parse(outcome);
        takings -= refundedMinor;
        points += pointsReturned - pointsReversed;
      }
    },
    totals: () => ({ allocated: given, revenue, points, takings }),
  };
}
