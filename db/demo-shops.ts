import { derivedId, type Uuid } from '../shared/domain/ids.ts';
import type { LoyaltyRules } from '../shared/domain/shop.ts';
import { clientIdOf, type DemoPerson, demoIds, entryOf } from './demo-directory.ts';
import type { ProductEntry, VendorEntry } from './shops.ts';

/** The shops of the demo: invented like its people, and the same on every machine. */
export interface DemoShop {
  readonly id: Uuid;
  readonly entry: VendorEntry;
  readonly products: readonly { readonly id: Uuid; readonly entry: ProductEntry }[];
}

/** Points that a customer starts with. */
export interface DemoPoints {
  readonly customerId: Uuid;
  readonly vendorId: Uuid;
  readonly amount: number;
}

const teaOwnerId = demoIds.vendor;
const gearOwnerId = derivedId('demo/vendor-owner/1');

const plainRules: Omit<LoyaltyRules, 'version'> = {
  enabled: true,
  perUnitE4: 10_000,
  pointValueMinor: 5,
  pendingDays: 0,
  expiresAfterDays: 365,
  firstOrderBonus: 20,
  tiers: [],
};

/** Points that wait for the end of the return window, and customers who earn more the more they have earned. */
const tieredRules: Omit<LoyaltyRules, 'version'> = {
  ...plainRules,
  perUnitE4: 5_000,
  pointValueMinor: 10,
  pendingDays: 14,
  firstOrderBonus: 0,
  tiers: [
    { name: 'bronze', fromPoints: 0, earnPercent: 100 },
    { name: 'silver', fromPoints: 200, earnPercent: 125 },
    { name: 'gold', fromPoints: 1_000, earnPercent: 150 },
  ],
};

/** As many clients start with points of the first shop. */
export const customerCount = 40;

export function demoOwners(): readonly DemoPerson[] {
  return [teaOwnerId, gearOwnerId].map((id, n) => ({
    id,
    entry: entryOf(`vendor-${n}`, n * 5 + 2, ['vendor']),
    practice: null,
    credits: 0,
  }));
}

export function demoShops(): readonly DemoShop[] {
  return [
    shopOf('tea', { name: 'Leaf & Kettle', ownerUserId: teaOwnerId, loyalty: plainRules }, 'EUR', [
      ['Green tea', 1_250, 500],
      ['Black tea', 990, 500],
      ['Iron kettle', 6_900, 20],
      ['Two cups', 2_400, 60],
      ['Tea of the year', 8_800, 3],
    ]),
    shopOf('gear', { name: 'Mat & Roller', ownerUserId: gearOwnerId, loyalty: tieredRules }, 'GBP', [
      ['Yoga mat', 3_900, 150],
      ['Massage roller', 2_750, 150],
      ['Resistance band', 1_100, 400],
      ['Heat pad', 4_500, 0],
    ]),
  ];
}

/** Of the first shop; the first client has plenty. */
export function demoPoints(): readonly DemoPoints[] {
  const [shop] = demoShops();
  if (shop === undefined) return [];
  return Array.from({ length: customerCount }, (_, n) => ({
    customerId: clientIdOf(n),
    vendorId: shop.id,
    amount: n === 0 ? 500 : 20 + (n % 6) * 15,
  }));
}

function shopOf(
  mark: string,
  entry: VendorEntry,
  currency: string,
  goods: readonly (readonly [name: string, priceMinor: number, stock: number])[],
): DemoShop {
  const id = derivedId(`demo/vendor/${mark}`);
  const products = goods.map(([name, priceMinor, stock], n) => ({
    id: derivedId(`demo/product/${mark}/${n}`),
    entry: { vendorId: id, name, priceMinor, currency, stock },
  }));
  return { id, entry, products };
}
