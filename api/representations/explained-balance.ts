import { z } from 'zod';
import type { ExplainedAccount, ExplainedBalances, ExplainedLot } from '../../db/queries/explained-balance.ts';
import { operationStatuses } from '../../db/schema.ts';
import { totalOf } from '../../shared/domain/lots.ts';

const holds = z.array(
  z.object({
    id: z.guid(),
    amount: z.int(),
    referenceType: z.string(),
    referenceId: z.guid(),
    createdAt: z.iso.datetime(),
  }),
);

const lot = {
  id: z.guid(),
  operationId: z.guid().meta({ description: 'What brought them.' }),
  amount: z.int(),
  remaining: z.int(),
  source: z.string(),
};

const numbers = {
  undated: z.int().meta({ description: 'What has no end.' }),
  held: z.int().meta({ description: 'The sum of the holds.' }),
  overdue: z.int().meta({ description: 'What is past its end, and about to be taken off the balance.' }),
  debt: z.int().meta({ description: 'Repaid first from what comes in next.' }),
};

const credits = z.object({
  balance: z.int().meta({ description: 'Of the ledger: `available` + `held` + `overdue`.' }),
  available: z.int().meta({ description: 'What can be spent now: `undated` and the lots that are not over.' }),
  ...numbers,
  lots: z.array(
    z.object({
      ...lot,
      expiresAt: z.iso
        .datetime()
        .nullable()
        .meta({ description: 'Null: without an end, of a plan that limits what rolls over.' }),
      isOver: z.boolean(),
    }),
  ),
  holds,
  waiting: z
    .array(
      z.object({ id: z.guid(), kind: z.string(), status: z.enum(operationStatuses), acceptedAt: z.iso.datetime() }),
    )
    .meta({ description: 'Operations that are not applied yet, in their order.' }),
});

const points = z.object({
  vendorId: z.guid(),
  balance: z.int().meta({ description: 'Of the ledger: `available` + `held` + `pending` + `overdue`.' }),
  available: z.int().meta({ description: 'What can be redeemed now.' }),
  pending: z.int().meta({ description: 'What cannot be redeemed yet.' }),
  ...numbers,
  lots: z
    .array(
      z.object({
        ...lot,
        expiresAt: z.iso.datetime().nullable().meta({ description: 'Null: never.' }),
        spendableFrom: z.iso.datetime().nullable().meta({ description: 'Null: at once.' }),
        isOver: z.boolean(),
        isPending: z.boolean(),
      }),
    )
    .meta({ description: 'What has an end, or a beginning.' }),
  holds,
});

export const explainedBalanceSchema = z
  .object({ credits, points: z.array(points).meta({ description: 'By vendor.' }) })
  .meta({ id: 'ExplainedBalance' });

export function explainedBalanceView(all: ExplainedBalances): z.infer<typeof explainedBalanceSchema> {
  const { pending: _, ...ofCredits } = partsOf(all.credits);
  return {
    credits: {
      ...ofCredits,
      lots: all.credits.lots.map(({ expiresAt, spendableFrom: __, isPending: ___, ...one }) => ({
        ...one,
        expiresAt: writtenOrNull(expiresAt),
      })),
      holds: holdViews(all.credits),
      waiting: all.waiting.map(({ acceptedAt, ...one }) => ({ ...one, acceptedAt: written(acceptedAt) })),
    },
    points: all.points.map(({ vendorId, ...account }) => ({
      vendorId,
      ...partsOf(account),
      lots: account.lots.map(({ expiresAt, spendableFrom, ...one }) => ({
        ...one,
        expiresAt: writtenOrNull(expiresAt),
        spendableFrom: writtenOrNull(spendableFrom),
      })),
      holds: holdViews(account),
    })),
  };
}

/** The balance by what can be done with it. */
function partsOf({ balance, held, debt, lots }: ExplainedAccount) {
  const overdue = leftIn(lots.filter(({ isOver }) => isOver));
  const pending = leftIn(lots.filter(({ isPending }) => isPending));
  const dated = leftIn(lots.filter(({ expiresAt, isOver, isPending }) => expiresAt !== null && !isOver && !isPending));
  const undated = balance - held - overdue - pending - dated;
  return { balance, available: undated + dated, pending, undated, held, overdue, debt };
}

function holdViews(account: ExplainedAccount) {
  return account.holds.map(({ createdAt, ...hold }) => ({ ...hold, createdAt: written(createdAt) }));
}

function leftIn(lots: readonly ExplainedLot[]): number {
  return totalOf(lots.map(({ remaining }) => ({ amount: remaining })));
}

function writtenOrNull(ms: number | null): string | null {
  return ms === null ? null : written(ms);
}

function written(ms: number): string {
  return new Date(ms).toISOString();
}
