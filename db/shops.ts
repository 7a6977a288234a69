import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type pg from 'pg';
import type { Uuid } from '../shared/domain/ids.ts';
import type { LoyaltyRules } from '../shared/domain/shop.ts';
import { type Tx, withTransaction } from './client.ts';
import { sqlStateOf } from './failures.ts';
import { isAfter, microsOf, type PageRequest, type TimeKeys } from './queries/page.ts';
import { products, vendors } from './schema.ts';

/** A vendor as it is put; every PUT replaces the whole. */
export interface VendorEntry {
  readonly name: string;
  readonly ownerUserId: Uuid;
  readonly loyalty: Omit<LoyaltyRules, 'version'>;
}

export interface VendorRecord extends VendorEntry {
  readonly id: Uuid;
  readonly loyaltyVersion: number;
}

const foreignKeyViolation = '23503';

/** Creates or replaces a vendor; its rules get a new version when they change. False without such an owner. */
export async function putVendor(pool: pg.Pool, id: Uuid, entry: VendorEntry): Promise<boolean> {
  const { name, ownerUserId, loyalty } = entry;
  try {
    await withTransaction(pool, async ({ db }) => {
      await db.execute(sql`
        insert into vendors as v (id, name, owner_user_id, loyalty)
        values (${id}, ${name}, ${ownerUserId}, ${JSON.stringify(loyalty)}::jsonb)
        on conflict (id) do update set
          name = excluded.name, owner_user_id = excluded.owner_user_id, loyalty = excluded.loyalty, updated_at = now(),
          loyalty_version = v.loyalty_version + case when v.loyalty = excluded.loyalty then 0 else 1 end`);
    });
    return true;
  } catch (error) {
    if (sqlStateOf(error) === foreignKeyViolation) return false;
    throw error;
  }
}

const vendorColumns = {
  id: vendors.id,
  name: vendors.name,
  ownerUserId: vendors.ownerUserId,
  loyalty: vendors.loyalty,
  loyaltyVersion: vendors.loyaltyVersion,
};

export async function readVendor({ db }: Tx, id: Uuid): Promise<VendorRecord | null> {
  const [row] = await db.select(vendorColumns).from(vendors).where(eq(vendors.id, id));
  return row ?? null;
}

/** All vendors, newest first. */
export async function listVendors(
  { db }: Tx,
  { limit, after }: PageRequest<TimeKeys>,
): Promise<{ readonly record: VendorRecord; readonly keys: TimeKeys }[]> {
  const rows = await db
    .select({ ...vendorColumns, micros: microsOf(vendors.createdAt) })
    .from(vendors)
    .where(isAfter(vendors.createdAt, vendors.id, after))
    .orderBy(desc(vendors.createdAt), desc(vendors.id))
    .limit(limit);
  return rows.map(({ micros, ...record }) => ({ record, keys: [micros, record.id] }));
}

/** A product as it is put; every PUT replaces the whole, but for a stock that it does not name. */
export interface ProductEntry {
  readonly vendorId: Uuid;
  readonly name: string;
  readonly priceMinor: number;
  readonly currency: string;
  /** Pieces that can be ordered from now on; those that are kept for orders are not among them. */
  readonly stock?: number | undefined;
}

export interface ProductRecord {
  readonly id: Uuid;
  readonly vendorId: Uuid;
  readonly name: string;
  readonly priceMinor: number;
  readonly currency: string;
  readonly stock: number;
  readonly reserved: number;
  readonly sold: number;
}

/** `other-vendor`: a product stays with whom it is of; `other-currency`: a vendor sells in one. */
export type ProductPut = 'stored' | 'unknown-vendor' | 'other-vendor' | 'other-currency';

/**
 * Creates or replaces a product. What its stock changes by is a row of the stock ledger. The vendor's lock keeps two
 * products of one vendor from coming with two currencies at once.
 */
export function putProduct(pool: pg.Pool, id: Uuid, entry: ProductEntry): Promise<ProductPut> {
  const { vendorId, name, priceMinor, currency, stock } = entry;
  return withTransaction(pool, async ({ db }) => {
    const vendor = await db.execute(sql`select from vendors where id = ${vendorId} for no key update`);
    if (vendor.rows.length === 0) return 'unknown-vendor';
    const others = await db.execute(sql`
      select from products where vendor_id = ${vendorId} and id <> ${id} and currency <> ${currency} limit 1`);
    if (others.rows.length > 0) return 'other-currency';

    const before = await db.execute<{ vendor_id: Uuid; available: number }>(sql`
      select vendor_id, available from products where id = ${id} for no key update`);
    const known = before.rows[0];
    if (known !== undefined && known.vendor_id !== vendorId) return 'other-vendor';
    const available = known?.available ?? 0;
    const wanted = stock ?? available;
    await db.execute(sql`
      insert into products (id, vendor_id, name, price_minor, currency, available)
      values (${id}, ${vendorId}, ${name}, ${priceMinor}, ${currency}, ${wanted})
      on conflict (id) do update set
        name = excluded.name, price_minor = excluded.price_minor, currency = excluded.currency,
        available = excluded.available, updated_at = now()`);
    if (wanted === available) return 'stored';
    await db.execute(sql`
      insert into stock_movements (id, product_id, move, quantity, available_before)
      select uuid, ${id}, ${wanted > available ? 'received' : 'removed'}, ${Math.abs(wanted - available)}, ${available}
      from gen_random_uuid() as uuid`);
    return 'stored';
  });
}

const productColumns = {
  id: products.id,
  vendorId: products.vendorId,
  name: products.name,
  priceMinor: products.priceMinor,
  currency: products.currency,
  stock: products.available,
  reserved: products.reserved,
  sold: products.sold,
};

export async function readProduct({ db }: Tx, id: Uuid): Promise<ProductRecord | null> {
  const [row] = await db.select(productColumns).from(products).where(eq(products.id, id));
  return row ?? null;
}

/** Those of the products that there are. */
export async function readProducts({ db }: Tx, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, ProductRecord>> {
  const rows = await db
    .select(productColumns)
    .from(products)
    .where(inArray(products.id, [...ids]));
  return new Map(rows.map((row) => [row.id, row]));
}

/** Products, newest first; `vendorId` undefined: of all vendors. */
export async function listProducts(
  { db }: Tx,
  { vendorId }: { readonly vendorId: Uuid | undefined },
  { limit, after }: PageRequest<TimeKeys>,
): Promise<{ readonly record: ProductRecord; readonly keys: TimeKeys }[]> {
  const rows = await db
    .select({ ...productColumns, micros: microsOf(products.createdAt) })
    .from(products)
    .where(
      and(
        vendorId === undefined ? undefined : eq(products.vendorId, vendorId),
        isAfter(products.createdAt, products.id, after),
      ),
    )
    .orderBy(desc(products.createdAt), desc(products.id))
    .limit(limit);
  return rows.map(({ micros, ...record }) => ({ record, keys: [micros, record.id] }));
}
