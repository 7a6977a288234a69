import type { Uuid } from '../../shared/domain/ids.ts';
import type { Tx } from '../client.ts';

/** What a vendor has sold on one day (UTC), by when it was paid; minor units of the vendor's currency. */
export interface VendorDay {
  readonly day: string;
  readonly orders: number;
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  readonly totalMinor: number;
  /** Of these orders, whenever it went back. */
  readonly refundedMinor: number;
  readonly pointsRedeemed: number;
  readonly pointsEarned: number;
}

interface DayRow {
  readonly day: string;
  readonly orders: string;
  readonly subtotal: string;
  readonly discount: string;
  readonly total: string;
  readonly refunded: string;
  readonly redeemed: string;
  readonly earned: string;
}

const selectDays = `
  select to_char(paid_at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*) as orders, sum(subtotal_minor) as subtotal,
         sum(discount_minor) as discount, sum(total_minor) as total, sum(refunded_minor) as refunded,
         sum(points_redeemed) as redeemed, sum(points_earned) as earned
  from orders
  where vendor_id = $1 and paid_at is not null
    and paid_at >= $2::date at time zone 'UTC' and paid_at < ($3::date + 1) at time zone 'UTC'
  group by 1 order by 1 desc`;

/** The days, newest first, on which something was paid; `from` and `to` are dates, both included. */
export async function readVendorDays(
  { client }: Tx,
  { vendorId, from, to }: { readonly vendorId: Uuid; readonly from: string; readonly to: string },
): Promise<VendorDay[]> {
  const { rows } = await client.query<DayRow>(selectDays, [vendorId, from, to]);
  return rows.map(({ day, orders, subtotal, discount, total, refunded, redeemed, earned }) => ({
    day,
    orders: Number(orders),
    subtotalMinor: Number(subtotal),
    discountMinor: Number(discount),
    totalMinor: Number(total),
    refundedMinor: Number(refunded),
    pointsRedeemed: Number(redeemed),
    pointsEarned: Number(earned),
  }));
}
