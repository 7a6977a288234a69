import { eq } from 'drizzle-orm';
import type { Uuid } from '../../shared/domain/ids.ts';
import { type DatedCredits, totalOf } from '../../shared/domain/lots.ts';
import type { Tx } from '../client.ts';
import { users } from '../schema.ts';
import type { PageRequest } from './page.ts';

export interface BalanceRecord {
  readonly balance: number;
  readonly held: number;
  readonly debt: number;
  /** Part of the balance that is past its date: it cannot be spent, and is about to be taken off. */
  readonly overdue: number;
  /** What of the rest has an end, soonest first; `expiresAt` in epoch ms. */
  readonly expiring: readonly DatedCredits[];
}

interface BalanceRow {
  readonly balance: string;
  readonly held: string;
  readonly debt: string;
  readonly lots: readonly (DatedCredits & { readonly isOver: boolean })[] | null;
}

// In one statement, so that the parts are of one instant and add up.
const selectBalance = `
  select a.balance, a.held, a.debt, (
    select jsonb_agg(to_jsonb(dated) order by dated."expiresAt")
    from (
      select sum(l.remaining)::bigint as amount, (extract(epoch from l.expires_at) * 1000)::bigint as "expiresAt",
             l.expires_at <= now() as "isOver"
      from lots l where l.account_id = a.id and l.remaining > 0 and isfinite(l.expires_at)
      group by l.expires_at
    ) as dated
  ) as lots
  from accounts a where a.owner_id = $1 and a.asset = 'credits'`;

/** The credit account of a user; null when nothing has ever touched it. */
export async function readBalance({ client }: Tx, ownerId: Uuid): Promise<BalanceRecord | null> {
  const { rows } = await client.query<BalanceRow>(selectBalance, [ownerId]);
  const [row] = rows;
  if (row === undefined) return null;
  const lots = row.lots ?? [];
  return {
    balance: Number(row.balance),
    held: Number(row.held),
    debt: Number(row.debt),
    overdue: totalOf(lots.filter(({ isOver }) => isOver)),
    expiring: lots.filter(({ isOver }) => !isOver).map(({ amount, expiresAt }) => ({ amount, expiresAt })),
  };
}

/** A user's points with one vendor. */
export interface PointsRecord {
  readonly vendorId: Uuid;
  readonly available: number;
  readonly held: number;
  readonly pending: number;
  readonly debt: number;
  readonly expiring: readonly DatedCredits[];
}

interface PointsRow {
  readonly vendor_id: Uuid;
  readonly balance: string;
  readonly held: string;
  readonly debt: string;
  readonly overdue: string;
  readonly pending: string;
  readonly expiring: readonly DatedCredits[] | null;
}

const selectPoints = `
  select a.vendor_id, a.balance, a.held, a.debt, lots.*
  from accounts a cross join lateral (
    select coalesce(sum(l.remaining) filter (where l.expires_at <= now()), 0) as overdue,
           coalesce(sum(l.remaining) filter (where l.expires_at > now() and l.spendable_from > now()), 0) as pending,
           jsonb_agg(jsonb_build_object('amount', l.remaining,
                                        'expiresAt', (extract(epoch from l.expires_at) * 1000)::bigint)
                     order by l.expires_at)
             filter (where l.expires_at > now() and l.expires_at < 'infinity') as expiring
    from lots l where l.account_id = a.id and l.remaining > 0
  ) as lots
  where a.owner_id = $1 and a.asset = 'points'
  order by a.vendor_id`;

/** The points of a user, by vendor. */
export async function readPoints({ client }: Tx, ownerId: Uuid): Promise<PointsRecord[]> {
  const { rows } = await client.query<PointsRow>(selectPoints, [ownerId]);
  return rows.map(({ vendor_id: vendorId, balance, held, debt, overdue, pending, expiring }) => ({
    vendorId,
    available: Number(balance) - Number(held) - Number(overdue) - Number(pending),
    held: Number(held),
    pending: Number(pending),
    debt: Number(debt),
    expiring: expiring ?? [],
  }));
}

/** Whether the directory has, or had, such a person: what is deleted keeps its ledger. */
export async function isInDirectory({ db }: Tx, id: Uuid): Promise<boolean> {
  const rows = await db.select({ id: users.id }).from(users).where(eq(users.id, id));
  return rows.length > 0;
}

/** One line of an account's statement: a transfer as this account sees it. */
export interface TransactionRecord {
  /** Of this line alone: the other side of the transfer has another one. */
  readonly id: Uuid;
  readonly operationId: Uuid;
  readonly type: string;
  readonly source: string;
  /** Negative when it left the account. */
  readonly amount: number;
  readonly balanceBefore: number;
  readonly balanceAfter: number;
  readonly referenceType: string | null;
  readonly referenceId: Uuid | null;
  readonly description: string | null;
  readonly createdAt: Date;
}

/** The place in the ledger, as text. */
export type LedgerKeys = readonly [seq: string];

export type Asset = 'credits' | 'points';

interface TransactionRow {
  readonly id: Uuid;
  readonly seq: string;
  readonly operation_id: Uuid;
  readonly type: string;
  readonly source: string;
  readonly amount: string;
  readonly balance_before: string;
  readonly reference_type: string | null;
  readonly reference_id: Uuid | null;
  readonly description: string | null;
  readonly created_at: Date;
}

// Each side has its own index in ledger order; the newest of both together are among the newest of each.
const selectTransactions = `
  select entry.*
  from accounts a
  cross join lateral (
    (select t.id, t.seq, t.operation_id, t.debit_type as type, t.source, -t.amount as amount,
            t.debit_before as balance_before, t.reference_type, t.reference_id, t.description, t.created_at
     from transfers t
     where t.debit_account = a.id and t.debit_before is not null and t.seq < $3
     order by t.seq desc limit $4)
    union all
    (select receiver_entry_id(t.id, t.debit_before), t.seq, t.operation_id, t.credit_type, t.source, t.amount,
            t.credit_before, t.reference_type, t.reference_id, t.description, t.created_at
     from transfers t
     where t.credit_account = a.id and t.credit_before is not null and t.seq < $3
     order by t.seq desc limit $4)
  ) as entry
  where a.owner_id = $1 and a.asset = $2 and ($5::uuid is null or a.vendor_id = $5)
  order by entry.seq desc limit $4`;

const bigintMax = '9223372036854775807';

export interface StatementOf {
  readonly ownerId: Uuid;
  readonly asset: Asset;
  /** Of points; absent: with all vendors. */
  readonly vendorId?: Uuid | undefined;
}

/** The statement of a user's account, in ledger order, newest first. */
export async function listTransactions(
  { client }: Tx,
  { ownerId, asset, vendorId }: StatementOf,
  { limit, after }: PageRequest<LedgerKeys>,
): Promise<{ readonly record: TransactionRecord; readonly keys: LedgerKeys }[]> {
  const values = [ownerId, asset, after?.[0] ?? bigintMax, limit, vendorId ?? null];
  const { rows } = await client.query<TransactionRow>(selectTransactions, values);
  return rows.map((row) => ({ record: recordOf(row), keys: [row.seq] }));
}

function recordOf(row: TransactionRow): TransactionRecord {
  const amount = Number(row.amount);
  const balanceBefore = Number(row.balance_before);
  return {
    id: row.id,
    operationId: row.operation_id,
    type: row.type,
    source: row.source,
    amount,
    balanceBefore,
    balanceAfter: balanceBefore + amount,
    referenceType: row.reference_type,
    referenceId: row.reference_id,
    description: row.description,
    createdAt: row.created_at,
  };
}
