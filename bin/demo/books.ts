import { z } from 'zod';
import type { Operation } from './submit.ts';

/**
 * What the demo's own arithmetic says, from the outcomes that it was told: what was given out, and what of it the
 * house has earned by now. The rest must be with the people.
 */
export interface Books {
  /** Enters a final operation with the body that asked for it; once per operation. */
  readonly enter: (operation: Operation, body: object) => void;
  readonly totals: () => { readonly allocated: number; readonly revenue: number };
}

const allocated = z.object({ amount: z.int() });
const booked = z.object({ bookingId: z.string(), peer: z.boolean(), creditCost: z.int() });
const cancelled = z.object({ bookingId: z.string(), refundedCredits: z.int() });

export function openBooks(): Books {
  let given = 0;
  let revenue = 0;
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
    },
    totals: () => ({ allocated: given, revenue }),
  };
}
