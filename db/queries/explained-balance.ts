import type { Uuid } from '../../shared/domain/ids.ts';
import type { Tx } from '../client.ts';
import type { OperationStatus } from './operations.ts';

/** What a balance is made of, at one instant; instants in epoch ms. */
export interface ExplainedBalance {
  readonly balance: number;
  readonly held: number;
  readonly debt: number;
  readonly lots: readonly ExplainedLot[];
  readonly holds: readonly ExplainedHold[];
  /** In the order in which they will be applied. */
  readonly waiting: readonly WaitingOperation[];
}

export interface ExplainedLot {
  readonly id: Uuid;
  readonly operationId: Uuid;
  readonly amount: number;
  readonly remaining: number;
  readonly source: string;
  /** Null: what has no end and is in a lot because it may not all roll over. */
  readonly expiresAt: number | null;
  readonly isOver: boolean;
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

interface ExplainedRow extends Omit<ExplainedBalance, 'balance' | 'held' | 'debt'> {
  readonly balance: string;
  readonly held: string;
  readonly debt: string;
}

const msOf = (column: string) => `(extract(epoch from ${column}) * 1000)::bigint`;

// In one statement, so that all parts are of one instant and add up. What waits is above the lane's head, or is to be
// applied again; how many may wait is bounded, and so are the lots that have something left in practice.
const selectExplained = `
  select coalesce(a.balance, 0) as balance, coalesce(a.held, 0) as held, coalesce(a.debt, 0) as debt,
    coalesce((
      select jsonb_agg(jsonb_build_object(
               'id', l.id, 'operationId', l.operation_id, 'amount', l.amount, 'remaining', l.remaining,
               'source', l.source,
               'expiresAt', case when isfinite(l.expires_at) then ${msOf('l.expires_at')} end, 'isOver', l.expires_at <= now())
             order by l.expires_at, l.seq)
      from lots l where l.account_id = a.id and l.remaining > 0), '[]') as lots,
    coalesce((
      select jsonb_agg(jsonb_build_object(
               'id', h.id, 'amount', h.amount, 'referenceType', h.reference_type, 'referenceId', h.reference_id,
               'createdAt', ${msOf('h.created_at')})
             order by h.created_at, h.id)
      from holds h where h.account_id = a.id and h.status = 'live'), '[]') as holds,
    coalesce((
      select jsonb_agg(jsonb_build_object(
               'id', o.id, 'kind', o.kind, 'status', o.status, 'acceptedAt', ${msOf('o.accepted_at')})
             order by o.lane_seq)
      from operations o
      where o.lane = wanted.id
        and (o.lane_seq > (select h.settled_seq from lane_heads h where h.id = wanted.id)
             or o.id = any((select h.replays from lane_heads h where h.id = wanted.id)::uuid[]))), '[]') as waiting
  from (select $1::uuid as id) as wanted
  left join accounts a on a.owner_id = wanted.id and a.asset = 'credits'`;

/** What a user's credits are made of, and what waits that may change them. */
export async function explainBalance({ client }: Tx, ownerId: Uuid): Promise<ExplainedBalance> {
  const { rows } = await client.query<ExplainedRow>(selectExplained, [ownerId]);
  const [row] = rows;
  if (row === undefined) throw new Error('a balance that cannot be explained');
  return { ...row, balance: Number(row.balance), held: Number(row.held), debt: Number(row.debt) };
}
