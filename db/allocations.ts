import { absent } from '../shared/domain/absent.ts';
import { house } from '../shared/domain/accounts.ts';
import type { AllocationVoid } from '../shared/domain/changes.ts';
import { transferIdOf, type Uuid } from '../shared/domain/ids.ts';
import type { Allocation } from '../shared/domain/state.ts';
import { byColumn } from './by-column.ts';
import { type Queryable, statement } from './statement.ts';

interface AllocationRow {
  readonly operation_id: Uuid;
  readonly credit_account: Uuid;
  readonly amount: string;
  readonly is_voided: boolean;
}

const selectAllocations = statement<AllocationRow>(
  'read_allocations',
  `select t.operation_id, t.credit_account, t.amount,
          exists (select from allocation_voids v where v.allocation_id = t.operation_id) as is_voided
   from transfers t where t.id = any($1::uuid[]) and t.debit_account = $2`,
);

/** What these operations have given, each in its first transfer. The locks of the receivers' accounts keep it so. */
export async function readAllocations(on: Queryable, ids: readonly Uuid[]): Promise<Map<Uuid, Allocation | null>> {
  const allocations = absent<Uuid, Allocation>(ids);
  if (ids.length === 0) return allocations;
  const { rows } = await selectAllocations(on, [ids.map((id) => transferIdOf(id, 0)), house.issued]);
  for (const { operation_id: id, credit_account: accountId, amount, is_voided: isVoided } of rows) {
    allocations.set(id, { id, accountId, amount: Number(amount), isVoided });
  }
  return allocations;
}

export const insertVoids = statement(
  'insert_allocation_voids',
  `insert into allocation_voids (allocation_id, operation_id, amount)
   select * from unnest($1::uuid[], $2::uuid[], $3::bigint[])`,
);

export const voidArrays = byColumn<AllocationVoid>(
  ({ allocationId }) => allocationId,
  ({ operationId }) => operationId,
  ({ amount }) => amount,
);
