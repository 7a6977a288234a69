import type pg from 'pg';
import { z } from 'zod';
import type { Tx } from '../../db/client.ts';
import { isInDirectory, type LedgerKeys, listTransactions, readBalance } from '../../db/queries/credits.ts';
import { readAs } from '../../db/queries/read-as.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Caller } from '../../shared/operations/define.ts';
import { decodeCursor, pageFrom, pageOf, pageParameters } from '../http/paging.ts';
import { idParameter } from '../http/parameters.ts';
import { notFound } from '../http/problem.ts';
import { defineRoute, nothing, type Route } from '../http/route.ts';
import { assertOwn, viewerOf } from '../http/viewer.ts';
import { balanceSchema, balanceView, transactionSchema, transactionView } from '../representations/credits.ts';

const listParameters = z.object({
  ...pageParameters,
  asset: z.enum(['credits', 'points']).default('credits'),
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
      handle: ({ caller, params: { id } }) => readOf(caller, id, async (tx) => balanceView(await readBalance(tx, id))),
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
      handle: async ({ caller, params: { id }, query: { limit, cursor, asset } }) => {
        const after = decodeCursor(cursor, ledgerKeys);
        const rows = await readOf(caller, id, (tx) =>
          listTransactions(tx, { ownerId: id, asset }, { limit: limit + 1, after }),
        );
        return pageFrom(rows, limit, { item: ({ record }) => transactionView(record), keys: ({ keys }) => keys });
      },
    }),
  ];
}
