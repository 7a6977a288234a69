import type { Uuid } from '../../shared/domain/ids.ts';
import type { MemberStatus } from '../../shared/domain/partner.ts';
import type { Tx } from '../client.ts';
import type { PageRequest, TimeKeys } from './page.ts';

/*
 * What a partner sees of its pool and its members. It sums up what members have and when they came, which row-level
 * security shows to nobody but themselves: these statements are read with an operator's eyes, and each names the
 * partner, which the caller was found to own before.
 */

/** Where the credits of a pool are. Every funded credit is in exactly one of the others. */
export interface PoolRecord {
  readonly funded: number;
  readonly available: number;
  /** Unspent with members. */
  readonly assigned: number;
  readonly used: number;
  /** Forfeited, or over and on its way back into the pool. */
  readonly expired: number;
  /** What was assigned within the last `forecastDays`. */
  readonly lately: number;
  /** Unspent with members, and gone within `soonDays` unless they use it. */
  readonly expiringSoon: number;
}

export const forecastDays = 30;
export const soonDays = 14;

/** One row of the dashboard; sessions are those of the member's account, once they have one. */
export interface DashboardMember {
  readonly id: Uuid;
  readonly firstName: string;
  readonly email: string;
  readonly status: MemberStatus;
  readonly creditsAssigned: number;
  readonly creditsRemaining: number;
  readonly sessionsBooked: number;
  readonly lastSessionAt: Date | null;
  readonly createdAt: Date;
}

// What a member without an account has left are their open assignments, with one it is lots of that account. From what
// is over on it is nobody's, also in the moments before it has left them.
const selectPool = `
  with rest as (
    select s.amount, s.expires_at
    from partner_assignments s join partner_members m on m.id = s.member_id
    where s.partner_id = $1 and s.status = 'open' and m.user_id is null
    union all
    select l.remaining, l.expires_at
    from partner_members m
    join lots l on l.account_id = m.user_id and l.remaining > 0
    join partner_assignments s on s.id = l.origin_id and s.member_id = m.id
    where m.partner_id = $1
  ), summed as (
    select coalesce(sum(amount) filter (where expires_at > now()), 0)::bigint as assigned,
           coalesce(sum(amount) filter (where expires_at <= now()), 0)::bigint as overdue,
           coalesce(sum(amount) filter (
             where expires_at > now() and expires_at < now() + make_interval(days => ${soonDays})), 0)::bigint as ending
    from rest
  )
  select p.funded, pool.balance as available, s.assigned, p.expired + s.overdue as expired, s.ending as expiring_soon,
         (select coalesce(sum(a.amount), 0)::bigint from partner_assignments a
          where a.partner_id = p.id and a.assigned_at > now() - make_interval(days => ${forecastDays})) as lately
  from summed s, partners p join accounts pool on pool.partner_id = p.id and pool.purpose = 'pool'
  where p.id = $1`;

interface PoolRow {
  readonly funded: string;
  readonly available: string;
  readonly assigned: string;
  readonly expired: string;
  readonly expiring_soon: string;
  readonly lately: string;
}

export async function readPool({ client }: Tx, partnerId: Uuid): Promise<PoolRecord | null> {
  const { rows } = await client.query<PoolRow>(selectPool, [partnerId]);
  const [row] = rows;
  if (row === undefined) return null;
  const [funded, available, assigned] = [Number(row.funded), Number(row.available), Number(row.assigned)];
  const expired = Number(row.expired);
  return {
    funded,
    available,
    assigned,
    used: funded - available - assigned - expired,
    expired,
    lately: Number(row.lately),
    expiringSoon: Number(row.expiring_soon),
  };
}

// The page first, then what belongs to each of its rows: some look-ups by key for each, however many members there are.
const selectMembers = `
  select m.id, m.first_name, m.email, m.status, m.credits_assigned, m.created_at,
         (extract(epoch from m.created_at) * 1000000)::bigint::text as micros,
         rest.amount as remaining, coalesce(session.booked, 0)::int as sessions_booked, session.last_at
  from (
    select * from partner_members
    where partner_id = $1 and status = 'active'
      and ($2::bigint is null or (created_at, id) < (timestamptz 'epoch' + $2 * interval '1 microsecond', $3::uuid))
    order by created_at desc, id desc limit $4
  ) as m
  cross join lateral (
    select coalesce(sum(amount), 0)::bigint as amount
    from (
      select s.amount, s.expires_at from partner_assignments s
      where m.user_id is null and s.member_id = m.id and s.status = 'open'
      union all
      select l.remaining, l.expires_at
      from lots l join partner_assignments s on s.id = l.origin_id and s.member_id = m.id
      where l.account_id = m.user_id and l.remaining > 0
    ) as part where expires_at > now()
  ) as rest
  left join lateral (
    select count(*) as booked, max(b.starts_at) filter (where b.starts_at <= now()) as last_at
    from bookings b
    where b.open_client_id = m.user_id
       or b.client_id = m.user_id and b.open_client_id is null and b.status = 'completed'
  ) as session on true
  order by m.created_at desc, m.id desc`;

interface MemberRow {
  readonly id: Uuid;
  readonly first_name: string;
  readonly email: string;
  readonly status: MemberStatus;
  readonly credits_assigned: string;
  readonly created_at: Date;
  readonly micros: string;
  readonly remaining: string;
  readonly sessions_booked: number;
  readonly last_at: Date | null;
}

/** The active members of a partner, newest first (003-17, 003-18, 003-19). */
export async function listDashboardMembers(
  { client }: Tx,
  partnerId: Uuid,
  { limit, after }: PageRequest<TimeKeys>,
): Promise<{ readonly record: DashboardMember; readonly keys: TimeKeys }[]> {
  const values = [partnerId, after?.[0] ?? null, after?.[1] ?? null, limit];
  const { rows } = await client.query<MemberRow>(selectMembers, values);
  return rows.map((row) => ({
    record: {
      id: row.id,
      firstName: row.first_name,
      email: row.email,
      status: row.status,
      creditsAssigned: Number(row.credits_assigned),
      creditsRemaining: Number(row.remaining),
      sessionsBooked: row.sessions_booked,
      lastSessionAt: row.last_at,
      createdAt: row.created_at,
    },
    keys: [row.micros, row.id],
  }));
}
