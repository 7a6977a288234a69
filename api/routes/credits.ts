import type pg from 'pg';
import { z } from 'zod';
import type { Tx } from '../../db/client.ts';
import { isInDirectory, type LedgerKeys, listTransactions, readBalance, readPoints } from '../../db/queries/credits.ts';
import { explainBalances } from '../../db/queries/explained-balance.ts';
import { readAs } from '../../db/queries/read-as.ts';
import { id as uuid } from '../../shared/contract/wire.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Caller } from '../../shared/operations/define.ts';
import { decodeCursor, pageFrom, pageOf, pageParameters } from '../http/paging.ts';
import { idParameter } from '../http/parameters.ts';
import { notFound } from '../http/problem.ts';
import { answered, defineRoute, nothing, type Route } from '../http/route.ts';
import { assertOwn, viewerOf } from '../http/viewer.ts';
import { balanceSchema, balanceView, transactionSchema, transactionView } from '../representations/credits.ts';
import { explainedBalanceSchema, explainedBalanceView } from '../representations/explained-balance.ts';
import { sendStatement } from './statement.ts';

const asset = z.enum(['credits', 'points']).default('credits');

const vendorId = uuid.optional().meta({ description: 'Of points; absent: with all vendors.' });

const listParameters = z.object({
  ...pageParameters,
  asset,
  vendorId,
});

const ledgerKeys: z.ZodType<LedgerKeys> = z.tuple([z.string().regex(/^\d{1,18}$/)]);

export function creditRoutes({ reader }: { readonly reader: pg.Pool }): Route[] {
  /** Reads what belongs to one user: the caller, or anybody of the directory when an operator asks. */
  const readOf = <Result>(caller: Caller, userId: Uuid, work: (tx: Tx) => Promise<Result>): Promise<Result> => {
    assertOwn(caller, userId);
    return readAs(reader, viewerOf(caller), async (tx) => {
      if (caller.id !== userId && !(await isInDirectory(tx, userId))) throw notFound('There is no such user.');
      return work(tx);
    });
  };

  return [
    defineRoute({
      method: 'get',
      path: '/v1/users/:id/balance',
      tag: 'Credits',
      summary: "Read a user's balance",
      description: 'Your own, or any with the role `ops`.',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The balance.', schema: balanceSchema } },
      handle: ({ caller, params: { id } }) =>
        readOf(caller, id, async (tx) => balanceView(await readBalance(tx, id), await readPoints(tx, id))),
    }),
    defineRoute({
      method: 'get',
      path: '/v1/users/:id/balance/explain',
      tag: 'Credits',
      summary: "Explain a user's balance",
      description:
        'Your own, or any with the role `ops`. The lots, holds and debts behind credits and points, all of one instant, and ' +
        'the operations that wait and may change them.',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'What the balance is made of.', schema: explainedBalanceSchema } },
      handle: ({ caller, params: { id } }) =>
        readOf(caller, id, async (tx) => explainedBalanceView(await explainBalances(tx, id))),
    }),
    defineRoute({
      method: 'get',
      path: '/v1/users/:id/transactions',
      tag: 'Credits',
      summary: "List a user's transactions",
      description: 'Your own, or any with the role `ops`. In ledger order, newest first.',
      params: idParameter,
      query: listParameters,
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: pageOf(transactionSchema) } },
      handle: async ({ caller, params: { id }, query: { limit, cursor, ...which } }) => {
        const after = decodeCursor(cursor, ledgerKeys);
        const rows = await readOf(caller, id, (tx) =>
          listTransactions(tx, { ownerId: id, ...which }, { limit: limit + 1, after }),
        );
        return pageFrom(rows, limit, { item: ({ record }) => transactionView(record), keys: ({ keys }) => keys });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/users/:id/transactions.csv',
      tag: 'Credits',
      summary: "Export a user's transactions",
      description:
        'Your own, or any with the role `ops`: all of them, in ledger order, newest first, with the members of the list ' +
        'as columns. Texts that a spreadsheet would take for a formula begin with an apostrophe.',
      params: idParameter,
      query: z.object({ asset, vendorId }),
      body: nothing,
      answers: { 200: { description: 'A line for each.', contentType: 'text/csv', schema: z.string() } },
      handle: async ({ caller, params: { id }, query, res }) => {
        await sendStatement(res, (page) =>
          readOf(caller, id, (tx) => listTransactions(tx, { ownerId: id, ...query }, page)),
        );
        return answered;
      },
    }),
  ];
}
