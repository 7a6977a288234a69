import { z } from 'zod';
import type { ProductRecord, VendorEntry, VendorRecord } from '../../db/shops.ts';
import { amountMax, id, nameLengthMax, text } from '../../shared/contract/wire.ts';
import { isCurrency } from '../../shared/domain/money.ts';

/** Points for each unit have at most so many decimals: kept in ten-thousandths, so that nothing is ever rounded twice. */
const perUnitStep = 10_000;

const perUnitMax = 1_000_000;

const pointsPerUnit = z
  .number()
  .min(0)
  .max(perUnitMax)
  .refine((value) => Math.abs(value * perUnitStep - Math.round(value * perUnitStep)) < 1e-6, 'at most four decimals')
  .meta({ description: 'Points for each major unit that is paid; at most four decimals.' });

const tier = z.strictObject({
  name: text(nameLengthMax).min(1),
  fromPoints: z.int().min(0).max(amountMax),
  earnPercent: z.int().min(0).max(100_000),
});

const days = z.int().min(0).max(36_500);

const loyaltyEntry = z.strictObject({
  pointsPerUnit,
  pointValueMinor: z
    .int()
    .min(0)
    .max(amountMax)
    .meta({ description: 'What a redeemed point takes off, in minor units.' }),
  pendingDays: days.default(0).meta({ description: 'For how long earned points cannot be spent.' }),
  expiresAfterDays: days
    .min(1)
    .nullable()
    .default(null)
    .meta({ description: 'From when they can be spent; null: never.' }),
  firstOrderBonus: z.int().min(0).max(amountMax).default(0),
  tiers: z
    .array(tier)
    .max(20)
    .default([])
    .refine((tiers) => tiers.every(({ fromPoints }, at) => at === 0 || fromPoints > (tiers[at - 1]?.fromPoints ?? 0)), {
      message: 'must be in ascending order of fromPoints',
    })
    .meta({ description: 'By what was earned within a year, less what was reversed.' }),
  enabled: z.boolean().default(true).meta({ description: 'Off: nothing is earned and nothing redeemed.' }),
});

const noLoyalty = { pointsPerUnit: 0, pointValueMinor: 0 };

/** The body of `PUT /v1/vendors/{id}`. */
export const vendorEntry = z.strictObject({
  name: text(nameLengthMax).min(1),
  ownerUserId: id,
  loyalty: loyaltyEntry.prefault(noLoyalty),
});

export function vendorOf({ name, ownerUserId, loyalty }: z.infer<typeof vendorEntry>): VendorEntry {
  const { pointsPerUnit: perUnit, ...rules } = loyalty;
  return { name, ownerUserId, loyalty: { ...rules, perUnitE4: Math.round(perUnit * perUnitStep) } };
}

export const vendorSchema = z
  .object({
    id: z.guid(),
    name: z.string(),
    ownerUserId: z.guid(),
    loyalty: z.object({
      pointsPerUnit: z.number(),
      pointValueMinor: z.int(),
      pendingDays: z.int(),
      expiresAfterDays: z.int().nullable(),
      firstOrderBonus: z.int(),
      tiers: z.array(z.object(tier.shape)),
      enabled: z.boolean(),
      version: z
        .int()
        .meta({ description: 'Counts up when the rules change; orders keep those they were priced with.' }),
    }),
  })
  .meta({ id: 'Vendor' });

export function vendorView({
  loyalty,
  loyaltyVersion: version,
  ...vendor
}: VendorRecord): z.infer<typeof vendorSchema> {
  const { perUnitE4, tiers, ...rules } = loyalty;
  return { ...vendor, loyalty: { pointsPerUnit: perUnitE4 / perUnitStep, ...rules, tiers: [...tiers], version } };
}

/** The body of `PUT /v1/products/{id}`. */
export const productEntry = z.strictObject({
  vendorId: id,
  name: text(nameLengthMax).min(1),
  priceMinor: z.int().min(0).max(amountMax),
  currency: z
    .string()
    .regex(/^[A-Za-z]{3}$/)
    .toUpperCase()
    .refine(isCurrency, 'is no currency that can be charged')
    .meta({ description: 'ISO 4217; the same for all products of a vendor.' }),
  stock: z
    .int()
    .min(0)
    .max(amountMax)
    .optional()
    .meta({ description: 'Pieces that can be ordered; absent: as it is, or none of a new product.' }),
});

export const productSchema = z
  .object({
    id: z.guid(),
    vendorId: z.guid(),
    name: z.string(),
    priceMinor: z.int(),
    currency: z.string(),
    stock: z.int().meta({ description: 'Pieces that can be ordered.' }),
    reserved: z.int().meta({ description: 'Kept for orders that are not paid yet.' }),
    sold: z.int().meta({ description: 'Less what came back.' }),
  })
  .meta({ id: 'Product' });

export function productView(product: ProductRecord): z.infer<typeof productSchema> {
  return product;
}
