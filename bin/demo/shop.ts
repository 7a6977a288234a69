import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Uuid } from '../../shared/domain/ids.ts';
import { fetchBody, type Send } from './api.ts';
import type { Cast, Person } from './cast.ts';
import type { Request } from './submit.ts';

/** What the vendor of the demo sells. */
export interface Shop {
  readonly vendorId: Uuid;
  /** More of it than anybody wants. */
  readonly tea: Product;
  /** The last piece. */
  readonly rarity: Product;
}

export interface Product {
  readonly id: Uuid;
  readonly priceMinor: number;
  readonly stock: number;
}

export const currency = 'EUR';

/** A euro that is paid earns a point, and a point takes fifty cents off. */
export const loyalty = { pointsPerUnit: 1, pointValueMinor: 50 };

/** Test cards of Stripe. */
export const cards = { good: 'pm_card_visa', declined: 'pm_card_chargeDeclined' } as const;

/** A shop of this run alone. */
export function designShop(): Shop {
  return {
    vendorId: randomUUID(),
    tea: { id: randomUUID(), priceMinor: 2_500, stock: 1_000 },
    rarity: { id: randomUUID(), priceMinor: 9_900, stock: 1 },
  };
}

/** Puts vendor and products in. */
export async function openShop(send: Send, { vendorId, tea, rarity }: Shop, cast: Cast): Promise<void> {
  const { adminToken: token, owner } = cast;
  const vendor = { name: `${owner.name}'s shop`, ownerUserId: owner.id, loyalty };
  await fetchBody(send, { method: 'PUT', path: `/v1/vendors/${vendorId}`, token, body: vendor });
  for (const [name, { id, priceMinor, stock }] of [['Tea', tea] as const, ['The last teapot', rarity] as const]) {
    const body = { vendorId, name, priceMinor, currency, stock };
    await fetchBody(send, { method: 'PUT', path: `/v1/products/${id}`, token, body });
  }
}

export interface Basket {
  readonly product: Product;
  readonly quantity: number;
  readonly redeemPoints?: number;
  readonly card?: string;
}

export function checkout({ vendorId }: Shop, { id: customerId, token }: Person, basket: Basket): Request {
  const { product, quantity, redeemPoints = 0, card = cards.good } = basket;
  const items = [{ productId: product.id, quantity }];
  return {
    token,
    path: '/v1/checkout',
    body: { customerId, vendorId, items, redeemPoints, paymentMethod: card },
  };
}

export function refund({ owner: { token } }: Cast, orderId: string, wanted: object): Request {
  return { token, path: `/v1/orders/${orderId}/refund`, body: wanted };
}

export function pointsGift(
  { adminToken: token }: Cast,
  { vendorId }: Shop,
  { id: userId }: Person,
  amount: number,
): Request {
  return { token, path: '/v1/points/adjustments', body: { userId, vendorId, amount, note: 'part of the demo' } };
}

const balance = z.object({
  points: z.array(
    z.object({ vendorId: z.string(), available: z.int(), held: z.int(), pending: z.int(), debt: z.int() }),
  ),
});

export interface Points {
  readonly available: number;
  /** In all, less what is owed. */
  readonly total: number;
}

/** What the server says that a customer has with the shop, read as an operator. */
export async function readPoints(send: Send, { opsToken: token }: Cast, shop: Shop, { id }: Person): Promise<Points> {
  const { points } = balance.parse(await fetchBody(send, { method: 'GET', path: `/v1/users/${id}/balance`, token }));
  const found = points.find(({ vendorId }) => vendorId === shop.vendorId);
  if (found === undefined) return { available: 0, total: 0 };
  const { available, held, pending, debt } = found;
  return { available, total: available + held + pending - debt };
}
