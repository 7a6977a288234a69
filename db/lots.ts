import type { Uuid } from '../shared/domain/ids.ts';
import type { Lot, LotStatus } from '../shared/domain/lots.ts';
import { byColumn } from './by-column.ts';
import { type Parameter, type Queryable, statement } from './statement.ts';

interface LotRow {
  readonly id: Uuid;
  readonly account_id: Uuid;
  readonly operation_id: Uuid;
  readonly origin_id: Uuid;
  readonly amount: string;
  readonly remaining: string;
  readonly expires_ms: number;
  readonly spendable_ms: number | null;
  readonly source: string;
  readonly pot: string | null;
  readonly status: LotStatus;
  readonly seq: string;
}

const columns = `l.id, l.account_id, l.operation_id, l.origin_id, l.amount, l.remaining,
  (extract(epoch from l.expires_at) * 1000)::float8 as expires_ms,
  (extract(epoch from l.spendable_from) * 1000)::float8 as spendable_ms, l.source, l.pot, l.status, l.seq`;

// Lots that are spent come back with what they have paid for, or by name. Only those of accounts that are locked.
const selectLots = statement<LotRow>(
  'read_lots',
  `select ${columns} from lots l where l.account_id = any($1::uuid[]) and l.remaining > 0
   union all
   select ${columns} from lots l
   where l.id = any($2::uuid[] || array(
       select (share->>'lotId')::uuid
       from bookings b cross join lateral jsonb_array_elements(b.lots) as share
       where b.id = any($3::uuid[])))
     and l.account_id = any($1::uuid[]) and l.remaining = 0
   order by expires_ms, seq`,
);

/** What a batch has to know about lots: those of these accounts, besides by name and by what they have paid for. */
export interface LotsWanted {
  readonly accountIds: readonly Uuid[];
  readonly lotIds: readonly Uuid[];
  readonly bookingIds: readonly Uuid[];
}

/** The lots of each account, soonest-expiring, then oldest first. The accounts' locks keep them as they are. */
export async function readLots(
  on: Queryable,
  { accountIds, lotIds, bookingIds }: LotsWanted,
): Promise<Map<Uuid, readonly Lot[]>> {
  const lots = new Map<Uuid, Lot[]>();
  for (const id of accountIds) lots.set(id, []);
  if (accountIds.length === 0) return lots;
  const { rows } = await selectLots(on, [accountIds, lotIds, bookingIds]);
  for (const row of rows) lots.get(row.account_id)?.push(lotOf(row));
  return lots;
}

function lotOf(row: LotRow): Lot {
  return {
    id: row.id,
    accountId: row.account_id,
    operationId: row.operation_id,
    originId: row.origin_id,
    amount: Number(row.amount),
    remaining: Number(row.remaining),
    expiresAt: row.expires_ms,
    spendableFrom: row.spendable_ms,
    source: row.source,
    pot: row.pot,
    status: row.status,
  };
}

export const insertLots = statement(
  'insert_lots',
  `insert into lots (id, remaining, status, ended_at, account_id, operation_id, origin_id, amount, expires_at, source,
                     pot, spendable_from)
   select id, remaining, status, case when status <> 'live' then now() end, account_id, operation_id, origin_id, amount,
          expires_at, source, pot, spendable_from
   from unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::bigint[],
     $8::timestamptz[], $9::text[], $10::text[], $11::timestamptz[])
     as new (id, remaining, status, account_id, operation_id, origin_id, amount, expires_at, source, pot,
             spendable_from)`,
);

export function lotArrays(lots: readonly Lot[]): Parameter[] {
  return [...changedLotArrays(lots), ...fixedLotArrays(lots)];
}

const fixedLotArrays = byColumn<Lot>(
  ({ accountId }) => accountId,
  ({ operationId }) => operationId,
  ({ originId }) => originId,
  ({ amount }) => amount,
  ({ expiresAt }) => expiresAt,
  ({ source }) => source,
  ({ pot }) => pot,
  ({ spendableFrom }) => spendableFrom,
);

export const updateLots = statement(
  'update_lots',
  `update lots l
   set remaining = new.remaining, status = new.status, ended_at = case when new.status <> 'live' then now() end
   from unnest($1::uuid[], $2::bigint[], $3::text[]) as new (id, remaining, status)
   where l.id = new.id and l.status = 'live'`,
);

export const changedLotArrays = byColumn<Lot>(
  ({ id }) => id,
  ({ remaining }) => remaining,
  ({ status }) => status,
);
