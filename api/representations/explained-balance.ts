import { z } from 'zod';
import type { ExplainedBalance } from '../../db/queries/explained-balance.ts';
import { operationStatuses } from '../../db/schema.ts';
import { totalOf } from '../../shared/domain/lots.ts';

const explained = z.object({
  balance: z.int().meta({ description: 'Of the ledger: `available` + `held` + `overdue`.' }),
  available: z.int().meta({ description: 'What can be spent now: `undated` and the lots that are not over.' }),
  undated: z.int().meta({ description: 'What has no end.' }),
  held: z.int().meta({ description: 'The sum of the holds.' }),
  overdue: z.int().meta({ description: 'What is past its end, and about to be taken off the balance.' }),
  debt: z.int().meta({ description: 'Repaid first from what comes in next.' }),
  lots: z.array(
    z.object({
      id: z.guid(),
      operationId: z.guid().meta({ description: 'What brought them.' }),
      amount: z.int(),
      remaining: z.int(),
      source: z.string(),
      expiresAt: z.iso
        .datetime()
        .nullable()
        .meta({ description: 'Null: without an end, of a plan that limits what rolls over.' }),
      isOver: z.boolean(),
    }),
  ),
  holds: z.array(
    z.object({
      id: z.guid(),
      amount: z.int(),
      referenceType: z.string(),
      referenceId: z.guid(),
      createdAt: z.iso.datetime(),
    }),
  ),
  waiting: z
    .array(
      z.object({ id: z.guid(), kind: z.string(), status: z.enum(operationStatuses), acceptedAt: z.iso.datetime() }),
    )
    .meta({ description: 'Operations that are not applied yet, in their order.' }),
});

export const explainedBalanceSchema = z.object({ credits: explained }).meta({ id: 'ExplainedBalance' });

export function explainedBalanceView(account: ExplainedBalance): z.infer<typeof explainedBalanceSchema> {
  const { balance, held, debt } = account;
  const overdue = leftIn(account.lots.filter(({ isOver }) => isOver));
  const dated = leftIn(account.lots.filter(({ expiresAt }) => expiresAt !== null)) - overdue;
  const undated = balance - held - overdue - dated;
  return {
    credits: {
      balance,
      available: undated + dated,
      undated,
      held,
      overdue,
      debt,
      lots: account.lots.map(({ expiresAt, ...lot }) => {
        return { ...lot, expiresAt: expiresAt === null ? null : written(expiresAt) };
      }),
      holds: account.holds.map(({ createdAt, ...hold }) => ({ ...hold, createdAt: written(createdAt) })),
      waiting: account.waiting.map(({ acceptedAt, ...one }) => ({ ...one, acceptedAt: written(acceptedAt) })),
    },
  };
}

function leftIn(lots: ExplainedBalance['lots']): number {
  return totalOf(lots.map(({ remaining }) => ({ amount: remaining })));
}

function written(ms: number): string {
  return new Date(ms).toISOString();
}
