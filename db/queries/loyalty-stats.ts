import type { Tx } from '../client.ts';

/** How points fare: what waits for a person (004-34), and what customers redeem (004-33). */
export interface LoyaltyStats {
  /** Orders whose points could not be settled, and nobody has dealt with yet. */
  readonly unresolved: number;
  /** Points that their customers should have got. */
  readonly lostEarnings: number;
  /** Points that took something off, and are still with their customers. */
  readonly incorrectRedemptions: number;
  readonly redemptions: readonly RedemptionDay[];
}

export interface RedemptionDay {
  /** In UTC: "2026-06-01". */
  readonly day: string;
  readonly count: number;
  readonly points: number;
}

const selectUnresolved = `
  select count(*) as unresolved, coalesce(sum(o.points_earned), 0) as lost, coalesce(sum(o.points_redeemed), 0) as free
  from reconciliation_items i
  join operations p on p.id = case i.category when 'operation' then i.subject_id::uuid end
  join orders o on o.id = (p.payload->>'orderId')::uuid
  where i.status = 'open' and i.category = 'operation' and i.kind = 'loyalty.apply'`;

// The bounds are instants, so that they are looked up in the index of what was redeemed.
const selectRedemptions = `
  with redeemed as (
    select (created_at at time zone 'UTC')::date as day, count(*) as count, sum(amount) as points
    from transfers
    where debit_type = 'spent'
      and created_at >= ((now() at time zone 'UTC')::date - $1::integer + 1)::timestamp at time zone 'UTC'
    group by 1
  )
  select (today - ago)::text as day, coalesce(r.count, 0) as count, coalesce(r.points, 0) as points
  from (select (now() at time zone 'UTC')::date as today) as clock
  cross join generate_series(0, $1::integer - 1) as ago
  left join redeemed r on r.day = today - ago
  order by ago`;

/** Redemptions of the last `days` days, today included, newest first. */
export async function readLoyalty({ client }: Tx, days: number): Promise<LoyaltyStats> {
  const [items, redemptions] = [
    await client.query<Record<'unresolved' | 'lost' | 'free', string>>(selectUnresolved),
    await client.query<Record<'day' | 'count' | 'points', string>>(selectRedemptions, [days]),
  ];
  const [row] = items.rows;
  return {
    unresolved: Number(row?.unresolved),
    lostEarnings: Number(row?.lost),
    incorrectRedemptions: Number(row?.free),
    redemptions: redemptions.rows.map(({ day, count, points }) => ({
      day,
      count: Number(count),
      points: Number(points),
    })),
  };
}
