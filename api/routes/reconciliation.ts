import type pg from 'pg';
import { z } from 'zod';
import { timeKeys } from '../../db/queries/page.ts';
import { readAs } from '../../db/queries/read-as.ts';
import { listItems, readItem } from '../../db/queries/reconciliation.ts';
import { text, textLengthMax } from '../../shared/contract/wire.ts';
import { decodeCursor, pageFrom, pageOf, pageParameters } from '../http/paging.ts';
import { idParameter } from '../http/parameters.ts';
import { notFound } from '../http/problem.ts';
import { defineRoute, nothing, type Route } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';
import type { ItemAction, Operators } from '../operators.ts';
import { itemCategories, itemSchema, itemStatuses, itemView } from '../representations/operators.ts';

const listParameters = z.object({
  ...pageParameters,
  status: z.enum(itemStatuses).optional(),
  category: z.enum(itemCategories).optional(),
});

/** What an operator writes down about an action. */
export const noteSchema = text(textLengthMax).refine((note) => note.trim() !== '', 'must say why');

const noteBody = z.strictObject({ note: noteSchema });

const described: Readonly<Record<ItemAction, { readonly summary: string; readonly description: string }>> = {
  retry: {
    summary: 'Apply the operation again',
    description: 'Under its own id, so that it is applied at most once however often this is asked. Waits up to 3 s.',
  },
  resolve: {
    summary: 'Close as dealt with by hand',
    description: 'The operation becomes `resolved` unless it was applied meanwhile. Safe to repeat.',
  },
  dismiss: {
    summary: 'Close as not worth doing',
    description: 'The operation becomes `resolved` unless it was applied meanwhile. Safe to repeat.',
  },
};

export interface ReconciliationDeps {
  readonly reader: pg.Pool;
  readonly operators: Operators;
}

export function reconciliationRoutes({ reader, operators }: ReconciliationDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/reconciliation',
      tag: 'Operators',
      summary: 'List what waits, or waited, for a person',
      roles: ['ops'],
      params: nothing,
      query: listParameters,
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: pageOf(itemSchema) } },
      handle: async ({ caller, query: { limit, cursor, ...filter } }) => {
        const after = decodeCursor(cursor, timeKeys);
        const rows = await readAs(reader, viewerOf(caller), (tx) =>
          listItems(tx, { status: filter.status, category: filter.category }, { limit: limit + 1, after }),
        );
        return pageFrom(rows, limit, { item: ({ record }) => itemView(record), keys: ({ keys }) => keys });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/reconciliation/:id',
      tag: 'Operators',
      summary: 'Read a reconciliation item',
      roles: ['ops'],
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The item.', schema: itemSchema } },
      handle: async ({ caller, params: { id } }) => {
        const item = await readAs(reader, viewerOf(caller), (tx) => readItem(tx, id));
        if (item === null) throw notFound('There is no such item.');
        return itemView(item);
      },
    }),
    actionRoute('retry', operators),
    actionRoute('resolve', operators),
    actionRoute('dismiss', operators),
  ];
}

function actionRoute(name: ItemAction, operators: Operators): Route {
  return defineRoute({
    method: 'post',
    path: `/v1/reconciliation/:id/${name}`,
    tag: 'Operators',
    ...described[name],
    roles: ['ops'],
    params: idParameter,
    query: nothing,
    body: noteBody,
    answers: { 200: { description: 'The item as it is now.', schema: itemSchema } },
    handle: async ({ caller, params: { id }, body: { note } }) => {
      const item = await operators.act(name, { itemId: id, by: caller.id, note });
      if (item === null) throw notFound('There is no such item.');
      return itemView(item);
    },
  });
}
