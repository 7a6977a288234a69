import { describe, expect, it } from 'vitest';
import { idOf, now } from '../../tests/support/builders.ts';
import { anItem, anOrder, aProduct, basket, tea } from '../../tests/support/shop-builders.ts';
import { aState } from '../../tests/support/world.ts';
import { canKeep, keep, lostPieces, piecesIn, release } from './keeping-stock.ts';

const late = idOf('late order');

/** Three pieces of tea to order, and two more that are kept until `until`. */
function state(until: number | null) {
  const orders = [anOrder({ id: late, reservedUntil: until })];
  return aState({ products: [aProduct({ available: 3, reserved: 2 })], orders }, { products: [tea] });
}

const three = { productId: tea, quantity: 3 };
const five = { productId: tea, quantity: 5 };

describe('pieces that are kept for an order', () => {
  it.each([
    ['whose time is not over', now + 1, 3],
    ['whose time is over', now, 5],
    ['whose payment nobody knows about', null, 3],
  ])('%s', (_, until, available) => {
    const { products } = state(until);
    expect(piecesIn(products.get(tea) ?? aProduct(), now)).toBe(available);
    expect(canKeep(state(until), [three])).toBe(true);
    expect(canKeep(state(until), [five])).toBe(available === 5);
  });

  it('stay where they are as long as there are others', () => {
    const reserved = { type: 'stock-moved', move: 'reserved', orderId: basket };
    expect(keep(state(now), basket, three)).toEqual([{ ...reserved, ...three }]);
    const released = { type: 'stock-moved', move: 'released', orderId: late, productId: tea, quantity: 2 };
    expect(keep(state(now), basket, five)).toEqual([released, { ...reserved, ...five }]);
  });
});

it('gives up what is still kept, and knows what is not any more', () => {
  const order = anOrder({
    items: [
      anItem(),
      anItem({ productId: idOf('cake'), stock: 'released' }),
      anItem({ productId: late, stock: 'sold' }),
    ],
  });
  expect(release(order)).toEqual([
    { type: 'stock-moved', move: 'released', orderId: basket, productId: tea, quantity: 2 },
  ]);
  expect(lostPieces(order).map(({ productId }) => productId)).toEqual([idOf('cake')]);
});

it('knows nothing of products that are not there', () => {
  const nothing = aState({}, { products: [tea] });
  expect(canKeep(nothing, [three])).toBe(false);
  expect(() => keep(nothing, basket, three)).toThrow('does not exist');
});
