import type pg from 'pg';
import { z } from 'zod';
import type { Tx } from '../../db/client.ts';
import { listOrders, readOrder, readPointsStanding } from '../../db/queries/orders.ts';
import { timeKeys } from '../../db/queries/page.ts';
import { readAs } from '../../db/queries/read-as.ts';
import { readProducts, readVendor } from '../../db/shops.ts';
import { amountMax, id } from '../../shared/contract/wire.ts';
import { orderMax, quote } from '../../shared/domain/loyalty.ts';
import { checkoutItems } from '../../shared/operations/checkout-create/checkout-create.ts';
import type { Caller } from '../../shared/operations/define.ts';
import { decodeCursor, pageFrom, pageOf, pageParameters } from '../http/paging.ts';
import { idParameter } from '../http/parameters.ts';
import { invalid, notFound, Problem } from '../http/problem.ts';
import { defineRoute, nothing, type Route } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';
import { orderSchema, orderStatuses, orderView } from '../representations/orders.ts';

const listParameters = z.object({
  ...pageParameters,
  customerId: id.optional(),
  vendorId: id.optional(),
  status: z.enum(orderStatuses).optional(),
});

const previewBody = z.strictObject({
  customerId: id,
  vendorId: id,
  items: checkoutItems,
  redeemPoints: z.int().min(0).max(amountMax).default(0),
});

const previewSchema = z
  .object({
    subtotalMinor: z.int(),
    discountMinor: z.int(),
    totalMinor: z.int(),
    currency: z.string(),
    pointsRedeemed: z.int(),
    pointsEarned: z.int(),
    pointsAvailable: z.int().meta({ description: 'What the customer can redeem now.' }),
  })
  .meta({ id: 'CheckoutPreview' });

type Preview = z.infer<typeof previewSchema>;

export function orderRoutes({ reader }: { readonly reader: pg.Pool }): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/orders',
      tag: 'Orders',
      summary: 'List orders',
      description: 'Your own, those of your customers as a vendor, or any with the role `ops`.',
      params: nothing,
      query: listParameters,
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: pageOf(orderSchema) } },
      handle: async ({ caller, query: { limit, cursor, customerId, vendorId, status } }) => {
        const after = decodeCursor(cursor, timeKeys);
        const rows = await readAs(reader, viewerOf(caller), (tx) =>
          listOrders(tx, { customerId, vendorId, status }, { limit: limit + 1, after }),
        );
        return pageFrom(rows, limit, { item: ({ record }) => orderView(record), keys: ({ keys }) => keys });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/orders/:id',
      tag: 'Orders',
      summary: 'Read an order',
      description: 'Your own, one of your customers as a vendor, or any with the role `ops`.',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The order.', schema: orderSchema } },
      handle: async ({ caller, params }) => {
        const order = await readAs(reader, viewerOf(caller), (tx) => readOrder(tx, params.id));
        if (order === null) throw notFound('There is no such order.');
        return orderView(order);
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/checkout/preview',
      tag: 'Orders',
      summary: 'Price a checkout',
      description: 'What a checkout would come to now, by the same rules. It changes nothing and needs no key.',
      params: nothing,
      query: nothing,
      body: previewBody,
      answers: { 200: { description: 'What it comes to.', schema: previewSchema } },
      handle: ({ caller, body }) => readAs(reader, viewerOf(caller), (tx) => previewOf(tx, caller, body)),
    }),
  ];
}

async function previewOf(tx: Tx, caller: Caller, wanted: z.infer<typeof previewBody>): Promise<Preview> {
  const { customerId, vendorId, items, redeemPoints } = wanted;
  const vendor = await readVendor(tx, vendorId);
  if (vendor === null) throw notFound('There is no such vendor.');
  const isOwner = vendor.ownerUserId === caller.id && caller.roles.includes('vendor');
  if (caller.id !== customerId && !isOwner && !caller.roles.includes('admin')) {
    throw new Problem('forbidden', 'This is not yours to ask for.');
  }
  const products = await readProducts(
    tx,
    items.map(({ productId }) => productId),
  );
  const lines = items.map(({ productId, quantity }) => {
    const product = products.get(productId);
    if (product?.vendorId !== vendorId) throw notFound('There is no such product.');
    return { unitPriceMinor: product.priceMinor, quantity, currency: product.currency };
  });
  const currency = lines[0]?.currency ?? '';
  const { available, history } = await readPointsStanding(tx, { customerId, vendorId });
  const rules = { version: vendor.loyaltyVersion, ...vendor.loyalty };
  const amounts = quote({ rules, history, currency, lines, redeemPoints });
  if (amounts.subtotalMinor > orderMax) throw invalid('items', `must come to ${orderMax} minor units at most`);
  if (amounts.totalMinor < 0) throw invalid('redeemPoints', 'are worth more than what they are to pay');
  return {
    ...amounts,
    currency,
    pointsRedeemed: redeemPoints,
    pointsAvailable: vendor.loyalty.enabled ? available : 0,
  };
}
