import { z } from 'zod';
import { amountMax, id, text, textLengthMax } from '../../contract/wire.ts';
import { applied, type Decision, rejected } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { balanceAfter } from '../../domain/ledger.ts';
import { adjust, pointsAvailableIn, takePoints } from '../../domain/points.ts';
import { pointsOf } from '../../domain/shop.ts';
import { lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';

const payload = z.strictObject({
  userId: id,
  vendorId: id,
  amount: z
    .int()
    .min(-amountMax)
    .max(amountMax)
    .refine((amount) => amount !== 0, 'must not be zero')
    .meta({ description: 'Points; negative: they are taken away.' }),
  note: text(textLengthMax).min(1),
});

const outcome = z.object({ balanceAfter: z.int().min(0).meta({ description: "The customer's ledger balance." }) });

export type PointsAdjust = Command<z.infer<typeof payload>>;

export function footprint({ payload: { userId, vendorId } }: PointsAdjust): Footprint {
  return { people: [userId], vendors: [vendorId], points: [{ customerId: userId, vendorId }] };
}

export function decide(state: State, { payload: { userId, vendorId, amount, note } }: PointsAdjust): Decision {
  const customer = lookup(state.people, userId);
  if (customer === null || customer.deleted) return rejected('recipient_not_found', 'There is no such user.');
  if (lookup(state.vendors, vendorId) === null) return rejected('vendor_not_found', 'There is no such vendor.');
  const accountId = pointsOf({ customerId: userId, vendorId });
  const available = pointsAvailableIn(state, accountId);
  if (available + amount < 0) {
    const message = `Insufficient loyalty points. Available: ${available}, Requested: ${-amount}`;
    return rejected('insufficient_points', message, { available, requested: -amount });
  }
  const { lots, before } = takePoints(state, accountId, Math.max(0, -amount));
  const moved = adjust(state, { accountId, amount, note, takes: lots });
  const balance = balanceAfter(state, accountId, moved);
  return applied({ balanceAfter: balance }, [...before, ...moved]);
}

export const pointsAdjust = defineOperation({
  kind: 'points.adjust',
  queue: 'loyalty',
  path: '/v1/points/adjustments',
  summary: 'Give a customer points, or take some away',
  description:
    'At most what the customer can spend is taken away; what they owe is repaid first from what they are given.',
  payload,
  outcome,
  rejections: ['recipient_not_found', 'vendor_not_found', 'insufficient_points'],
  allowed: ['admin'],
  laneOf: (_caller, { userId }) => userId,
  footprint,
  decide,
});
