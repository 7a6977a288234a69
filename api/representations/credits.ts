import { z } from 'zod';
import type { BalanceRecord, TransactionRecord } from '../../db/queries/credits.ts';
import { creditEntryTypes } from '../../shared/contract/ledger-types.ts';

const expiring = z.array(z.object({ amount: z.int(), expiresAt: z.iso.datetime() }));

export const balanceSchema = z
  .object({
    credits: z.object({
      available: z
        .int()
        .meta({ description: 'What can be spent now: the balance without what is held or past its end.' }),
      held: z.int(),
      debt: z.int().meta({ description: 'Repaid first from what comes in next.' }),
      expiring: expiring.meta({ description: 'What of it has an end, soonest first.' }),
    }),
    points: z.array(z.object({ vendorId: z.guid(), available: z.int(), held: z.int(), pending: z.int(), expiring })),
  })
  .meta({ id: 'Balance' });

/** Whoever has no account yet has nothing. */
export function balanceView(account: BalanceRecord | null): z.infer<typeof balanceSchema> {
  if (account === null) return { credits: { available: 0, held: 0, debt: 0, expiring: [] }, points: [] };
  const { balance, held, debt, overdue, expiring: lots } = account;
  const ends = lots.map(({ amount, expiresAt }) => ({ amount, expiresAt: new Date(expiresAt).toISOString() }));
  return { credits: { available: balance - held - overdue, held, debt, expiring: ends }, points: [] };
}

export const transactionSchema = z
  .object({
    id: z.guid(),
    operationId: z.guid(),
    type: z.string().meta({ examples: [...creditEntryTypes] }),
    source: z.string(),
    amount: z.int().meta({ description: 'Negative when it left the account.' }),
    balanceBefore: z.int().meta({ description: 'Ledger balance.' }),
    balanceAfter: z.int(),
    referenceType: z.string().nullable(),
    referenceId: z.guid().nullable(),
    description: z.string().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Transaction' });

export function transactionView({ createdAt, ...record }: TransactionRecord): z.infer<typeof transactionSchema> {
  return { ...record, createdAt: createdAt.toISOString() };
}
