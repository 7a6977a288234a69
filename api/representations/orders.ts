import { z } from 'zod';
import type { OrderRecord } from '../../db/queries/orders.ts';

export const orderStatuses = ['awaiting_payment', 'paid', 'payment_failed', 'partially_refunded', 'refunded'] as const;

/** Contract §8. */
export const orderSchema = z
  .object({
    id: z.guid(),
    orderNumber: z.string(),
    status: z.enum(orderStatuses),
    customerId: z.guid(),
    vendorId: z.guid(),
    items: z.array(
      z.object({
        productId: z.guid(),
        name: z.string(),
        unitPriceMinor: z.int(),
        quantity: z.int(),
        returned: z.int().meta({ description: 'How many came back into stock.' }),
      }),
    ),
    subtotalMinor: z.int(),
    discountMinor: z.int(),
    totalMinor: z.int(),
    refundedMinor: z.int(),
    currency: z.string(),
    pointsRedeemed: z.int(),
    pointsEarned: z.int(),
    paymentIntentId: z.string().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Order' });

export function orderView({ createdAt, items, ...order }: OrderRecord): z.infer<typeof orderSchema> {
  return { ...order, items: [...items], createdAt: createdAt.toISOString() };
}
