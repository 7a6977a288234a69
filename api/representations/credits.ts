import { z } from 'zod';
import type { BalanceRecord, PointsRecord, TransactionRecord } from '../../db/queries/credits.ts';
import { creditEntryTypes, pointsEntryTypes } from '../../shared/contract/ledger-types.ts';
import type { DatedCredits } from '../../shared/domain/lots.ts';

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
    points: z.array(
      z.object({
        vendorId: z.guid(),
        available: z.int(),
        held: z.int(),
        pending: z.int().meta({ description: 'Earned, and not to be spent before the return window ends.' }),
        debt: z.int(),
        expiring,
      }),
    ),
  })
  .meta({ id: 'Balance' });

/** Whoever has no account yet has nothing. */
export function balanceView(
  account: BalanceRecord | null,
  points: readonly PointsRecord[],
): z.infer<typeof balanceSchema> {
  return {
    credits: account === null ? { available: 0, held: 0, debt: 0, expiring: [] } : creditsView(account),
    points: points.map((one) => ({ ...one, expiring: one.expiring.map(endingView) })),
  };
}

function creditsView({ balance, held, debt, overdue, expiring: lots }: BalanceRecord) {
  return { available: balance - held - overdue, held, debt, expiring: lots.map(endingView) };
}

function endingView({ amount, expiresAt }: DatedCredits) {
  return { amount, expiresAt: new Date(expiresAt).toISOString() };
}

export const transactionSchema = z
  .object({
    id: z.guid(),
    operationId: z.guid(),
    type: z.string().meta({ examples: [...creditEntryTypes, ...pointsEntryTypes] }),
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
