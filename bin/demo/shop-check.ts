import { z } from 'zod';
import { fetchBody, type Send } from './api.ts';
import { everybodyIn } from './cast.ts';
import { inParallel } from './in-parallel.ts';
import { readPoints } from './shop.ts';
import type { Stage } from './stage.ts';

export interface ShopCheck {
  /** What our own arithmetic says that customers have; and what the server says. */
  readonly points: Comparison;
  /** What was paid and has not gone back, in minor units. */
  readonly money: Comparison;
  /** Pieces that are left or were sold. */
  readonly pieces: Comparison;
}

export interface Comparison {
  readonly expected: number;
  readonly found: number;
}

const orders = z.object({
  data: z.array(z.object({ status: z.string(), totalMinor: z.int(), refundedMinor: z.int() })),
  nextCursor: z.string().nullable(),
});

const product = z.object({ stock: z.int(), reserved: z.int(), sold: z.int() });

const paidStatuses: ReadonlySet<string> = new Set(['paid', 'partially_refunded', 'refunded']);

const readersAtOnce = 8;

/** Compares points, money and stock of the shop with our own arithmetic. */
export async function checkShop(stage: Stage): Promise<ShopCheck> {
  const { send, cast, shop, books, tally } = stage;
  let withCustomers = 0;
  await inParallel(everybodyIn(cast), readersAtOnce, async (person) => {
    const { total } = await readPoints(send, cast, shop, person);
    withCustomers += total;
  });
  const { points, takings } = books.totals();
  const check = {
    points: { expected: points, found: withCustomers },
    money: { expected: takings, found: await readTakings(stage) },
    pieces: { expected: shop.tea.stock + shop.rarity.stock, found: await countPieces(stage) },
  };
  for (const [what, { expected, found }] of Object.entries(check)) {
    if (expected !== found) tally.surprise(`${what} of the shop: expected ${expected}, found ${found}`);
  }
  return check;
}

async function countPieces({ send, cast: { owner }, shop: { tea, rarity } }: Stage): Promise<number> {
  const pieces = await Promise.all([tea, rarity].map(({ id }) => readPieces(send, owner.token, id)));
  return pieces.reduce((sum, count) => sum + count, 0);
}

async function readTakings({ send, cast: { owner }, shop: { vendorId } }: Stage): Promise<number> {
  let takings = 0;
  let cursor: string | null = '';
  while (cursor !== null) {
    const query = new URLSearchParams({ vendorId, limit: '200', ...(cursor === '' ? {} : { cursor }) });
    const page: z.infer<typeof orders> = orders.parse(
      await fetchBody(send, { method: 'GET', path: `/v1/orders?${query}`, token: owner.token }),
    );
    for (const { status, totalMinor, refundedMinor } of page.data) {
      if (paidStatuses.has(status)) takings += totalMinor - refundedMinor;
    }
    cursor = page.nextCursor;
  }
  return takings;
}

async function readPieces(send: Send, token: string, id: string): Promise<number> {
  const { stock, reserved, sold } = product.parse(
    await fetchBody(send, { method: 'GET', path: `/v1/products/${id}`, token }),
  );
  return stock + reserved + sold;
}
