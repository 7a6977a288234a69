import type pg from 'pg';
import { fingerprintOf } from '../api/acceptance/fingerprint.ts';
import type { Submission } from '../db/accept.ts';
import { derivedId, operationIdOf, type Uuid } from '../shared/domain/ids.ts';
import { pointsOf } from '../shared/domain/shop.ts';
import { checkoutCreate } from '../shared/operations/checkout-create/checkout-create.ts';
import type { Marketplace } from './marketplace.ts';

/** A checkout that will succeed: stock and points suffice. */
export interface PlannedCheckout {
  /** Of the operation, and therefore of the order. */
  readonly id: Uuid;
  readonly customerId: Uuid;
  readonly vendorId: Uuid;
  readonly productId: Uuid;
  readonly currency: string;
  readonly body: {
    readonly customerId: Uuid;
    readonly vendorId: Uuid;
    readonly items: readonly { readonly productId: Uuid; readonly quantity: number }[];
    readonly redeemPoints: number;
    readonly paymentMethod: string;
  };
  /** As the API would hand it to the database. */
  readonly submission: Submission;
}

const vendorCount = 20;
const productsEach = 10;
const currency = 'EUR';

/** Enough for every plan: nothing is ever refused. */
const plenty = 100_000_000;

const loyalty = {
  enabled: true,
  perUnitE4: 10_000,
  pointValueMinor: 5,
  pendingDays: 0,
  expiresAfterDays: null,
  firstOrderBonus: 0,
  tiers: [],
};

/** Puts vendors, products and customers' points into a database that has the marketplace's people. */
export async function populateShops(database: pg.Client, { clients, practitioners }: Marketplace): Promise<void> {
  const vendors = Array.from({ length: vendorCount }, (_, n) => vendorOf(n));
  await database.query(
    `insert into vendors (id, name, owner_user_id, loyalty)
     select id, 'Vendor ' || n, $2, $3::jsonb from unnest($1::uuid[]) with ordinality as vendor (id, n)`,
    [vendors, practitioners[0], JSON.stringify(loyalty)],
  );
  const products = vendors.flatMap((vendorId, n) =>
    Array.from({ length: productsEach }, (_, k) => ({ id: productOf(n, k), vendorId })),
  );
  await database.query(
    `insert into products (id, vendor_id, name, price_minor, currency, available)
     select id, vendor, 'Product ' || n, 1000 + n, $3, $4
     from unnest($1::uuid[], $2::uuid[]) with ordinality as product (id, vendor, n)`,
    [products.map(({ id }) => id), products.map(({ vendorId }) => vendorId), currency, plenty],
  );
  await database.query(
    `insert into accounts (id, owner_id, vendor_id, asset, balance)
     select id, owner, vendor, 'points', $4 from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as account (id, owner, vendor)`,
    [
      clients.map((customerId, n) => pointsOf({ customerId, vendorId: vendorOf(n) })),
      clients,
      clients.map((_, n) => vendorOf(n)),
      plenty,
    ],
  );
}

/** `count` checkouts from number `from` on, of as many customers as there are, each with one vendor. */
export function planCheckouts({ clients }: Marketplace, from: number, count: number): PlannedCheckout[] {
  return Array.from({ length: count }, (_, nth) => {
    const number = from + nth;
    const customer = number % clients.length;
    return plannedCheckout(clients[customer] ?? '', customer, number);
  });
}

function plannedCheckout(customerId: Uuid, customer: number, number: number): PlannedCheckout {
  const vendorId = vendorOf(customer);
  // Every product of every vendor in turn.
  const productId = productOf(customer, Math.floor(number / vendorCount));
  const items = [{ productId, quantity: 1 + (number % 3) }];
  const body = { customerId, vendorId, items, redeemPoints: 10, paymentMethod: 'pm_card_visa' };
  const id = operationIdOf(customerId, `checkout/${number}`);
  const { payload, lane } = checkoutCreate.submit({ id: customerId, roles: ['client'] }, body);
  const submission: Submission = {
    id,
    kind: checkoutCreate.kind,
    lane,
    callerId: customerId,
    callerRoles: ['client'],
    fingerprint: fingerprintOf('POST', '/v1/checkout', body),
    payload,
  };
  return { id, customerId, vendorId, productId, currency, body, submission };
}

function vendorOf(n: number): Uuid {
  return derivedId(`bench/vendor/${n % vendorCount}`);
}

function productOf(vendor: number, n: number): Uuid {
  return derivedId(`bench/product/${vendor % vendorCount}/${n % productsEach}`);
}
