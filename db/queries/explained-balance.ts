import type { Uuid } from '../../shared/domain/ids.ts';
import type { Tx } from '../client.ts';
import type { OperationStatus } from './operations.ts';

/** What somebody's balances are made of, at one instant; instants in epoch ms. */
export interface ExplainedBalances {
  readonly credits: ExplainedAccount;
  /** By vendor. */
  readonly points: readonly (ExplainedAccount & { readonly vendorId: Uuid })[];
  /** In the order in which they will be applied. */
  readonly waiting: readonly WaitingOperation[];
}

export interface ExplainedAccount {
  readonly balance: number;
  readonly held: number;
  readonly debt: number;
  readonly lots: readonly ExplainedLot[];
  readonly holds: readonly ExplainedHold[];
}

export interface ExplainedLot {
  readonly id: Uuid;
  readonly operationId: Uuid;
  readonly amount: number;
  readonly remaining: number;
  readonly source: string;
  /** Null: never. */
  readonly expiresAt: number | null;
  /** Null: they could be spent at once. */
  readonly spendableFrom: number | null;
  readonly isOver: boolean;
  /** Nothing of it can be spent yet. */
  readonly isPending: boolean;
}

export interface ExplainedHold {
  readonly id: Uuid;
  readonly amount: number;
  readonly referenceType: string;
  readonly referenceId: Uuid;
  readonly createdAt: number;
}

export interface WaitingOperation {
  readonly id: Uuid;
  readonly kind: string;
  readonly status: OperationStatus;
  readonly acceptedAt: number;
}

interface ExplainedRow {
  readonly asset: 'credits' | 'points' | null;
  readonly vendor_id: Uuid | null;
  readonly balance: string;
  readonly held: string;
  readonly debt: string;
  readonly lots: readonly ExplainedLot[];
  readonly holds: readonly ExplainedHold[];
  readonly waiting: readonly WaitingOperation[];
}

const msOf = (column: string) => `(extract(epoch from ${column}) * 1000)::bigint`;

// In one statement, so that all parts are of one instant and add up. What waits is above the lane's head, or is to be
// applied again; how many may wait is bounded, and so are the lots that have something left in practice.
const selectExplained = `
  with waiting as materialized (
    select coalesce(jsonb_agg(jsonb_build_object(
             'id', o.id, 'kind', o.kind, 'status', o.status, 'acceptedAt', ${msOf('o.accepted_at')})
           order by o.lane_seq), '[]') as operations
    from operations o
    where o.lane = $1
      and (o.lane_seq > (select h.settled_seq from lane_heads h where h.id = $1)
           or o.id = any((select h.replays from lane_heads h where h.id = $1)::uuid[]))
  )
  select a.asset, a.vendor_id, coalesce(a.balance, 0) as balance, coalesce(a.held, 0) as held,
    coalesce(a.debt, 0) as debt,
    coalesce((
      select jsonb_agg(jsonb_build_object(
               'id', l.id, 'operationId', l.operation_id, 'amount', l.amount, 'remaining', l.remaining,
               'source', l.source,
               'expiresAt', case when l.expires_at < 'infinity' then ${msOf('l.expires_at')} end,
               'spendableFrom', ${msOf('l.spendable_from')}, 'isOver', l.expires_at <= now(),
               'isPending', l.expires_at > now() and coalesce(l.spendable_from > now(), false))
             order by l.expires_at, l.seq)
      from lots l where l.account_id = a.id and l.remaining > 0), '[]') as lots,
    coalesce((
      select jsonb_agg(jsonb_build_object(
               'id', h.id, 'amount', h.amount, 'referenceType', h.reference_type, 'referenceId', h.reference_id,
               'createdAt', ${msOf('h.created_at')})
             order by h.created_at, h.id)
      from holds h where h.account_id = a.id and h.status = 'live'), '[]') as holds,
    waiting.operations as waiting
  from waiting left join accounts a on a.owner_id = $1
  order by a.vendor_id`;

const nothing: ExplainedAccount = { balance: 0, held: 0, debt: 0, lots: [], holds: [] };

/** What a user's credits and points are made of, and what waits that may change them. */
export async function explainBalances({ client }: Tx, ownerId: Uuid): Promise<ExplainedBalances> {
  const { rows } = await client.query<ExplainedRow>(selectExplained, [ownerId]);
  const credits = rows.find(({ asset }) => asset === 'credits');
  return {
    credits: credits === undefined ? nothing : accountOf(credits),
    points: rows.flatMap((row) =>
      row.asset === 'points' && row.vendor_id !== null ? [{ vendorId: row.vendor_id, ...accountOf(row) }] : [],
    ),
    waiting: rows[0]?.waiting ?? [],
  };
}

function accountOf({ balance, held, debt, lots, holds }: ExplainedRow): ExplainedAccount {
  return { balance: Number(balance), held: Number(held), debt: Number(debt), lots, holds };
}
