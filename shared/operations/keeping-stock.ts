import type { Effect } from '../domain/effects.ts';
import type { Uuid } from '../domain/ids.ts';
import type { Order, Pieces, Product, Reservation } from '../domain/shop.ts';
import { lookup, type State } from '../domain/state.ts';

/*
 * Pieces are kept for an order until it is paid, or its time is over: from then on whoever needs them may have them,
 * whether or not anybody has looked since.
 */

/** The pieces of a product that can be ordered at `at`. */
export function piecesIn(product: Product, at: number): number {
  return product.available + overdueOf(product, at).reduce((sum, { quantity }) => sum + quantity, 0);
}

/** Keeps pieces for an order; there must be so many. Takes those of orders whose time is over when it needs them. */
export function keep(state: State, orderId: Uuid, { productId, quantity }: Pieces): Effect[] {
  const product = lookup(state.products, productId);
  if (product === null) throw new Error(`product ${productId} is kept but does not exist`);
  const taken = quantity <= product.available ? [] : overdueOf(product, state.at);
  return [
    ...taken.map(
      (late): Effect => ({
        type: 'stock-moved',
        move: 'released',
        orderId: late.orderId,
        productId,
        quantity: late.quantity,
      }),
    ),
    { type: 'stock-moved', move: 'reserved', orderId, productId, quantity },
  ];
}

/** What of an order's pieces is not kept for it any more, but taken by others or released. */
export function lostPieces({ items }: Order): Pieces[] {
  return items.filter(({ stock }) => stock === 'released');
}

/** Whether every one of these pieces could be kept again. */
export function canKeep(state: State, pieces: readonly Pieces[]): boolean {
  return pieces.every(({ productId, quantity }) => {
    const product = lookup(state.products, productId);
    return product !== null && piecesIn(product, state.at) >= quantity;
  });
}

/** Gives up what is kept for an order. */
export function release({ id: orderId, items }: Order): Effect[] {
  return items.flatMap(({ productId, quantity, stock }): Effect[] =>
    stock === 'reserved' ? [{ type: 'stock-moved', move: 'released', orderId, productId, quantity }] : [],
  );
}

function overdueOf({ overdue }: Product, at: number): Reservation[] {
  return overdue.filter(({ until }) => until !== null && until <= at);
}
