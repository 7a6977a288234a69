import { z } from 'zod';
import type { Tx } from '../../db/client.ts';
import { timeKeys } from '../../db/queries/page.ts';
import { readAs } from '../../db/queries/read-as.ts';
import { listProducts, listVendors, putProduct, putVendor, readProduct, readVendor } from '../../db/shops.ts';
import { id } from '../../shared/contract/wire.ts';
import type { Caller } from '../../shared/operations/define.ts';
import { decodeCursor, pageFrom, pageOf, pageParameters } from '../http/paging.ts';
import { idParameter } from '../http/parameters.ts';
import { invalid, notFound } from '../http/problem.ts';
import { defineRoute, nothing, type Route } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';
import {
  productEntry,
  productSchema,
  productView,
  vendorEntry,
  vendorOf,
  vendorSchema,
  vendorView,
} from '../representations/shops.ts';
import type { DirectoryDeps } from './users.ts';

/** Vendors and what they sell. */
export function shopRoutes({ app, reader }: DirectoryDeps): Route[] {
  const find = async <Row>(caller: Caller, read: (tx: Tx) => Promise<Row | null>): Promise<Row> => {
    const row = await readAs(reader, viewerOf(caller), read);
    if (row === null) throw notFound();
    return row;
  };

  return [
    defineRoute({
      method: 'put',
      path: '/v1/vendors/:id',
      tag: 'Shops',
      summary: 'Create or replace a vendor',
      description:
        'Replaces the whole; safe to repeat. Orders keep the loyalty rules that they were priced with. Switched off, ' +
        '`loyalty.enabled` stops points and leaves checkout as it is; points of orders that are just being paid wait for ' +
        'a person.',
      roles: ['admin'],
      params: idParameter,
      query: nothing,
      body: vendorEntry,
      answers: { 200: { description: 'The vendor as stored.', schema: vendorSchema } },
      handle: async ({ caller, params: { id: vendorId }, body }) => {
        if (!(await putVendor(app, vendorId, vendorOf(body)))) throw invalid('ownerUserId', 'is no user');
        return vendorView(await find(caller, (tx) => readVendor(tx, vendorId)));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/vendors',
      tag: 'Shops',
      summary: 'List vendors',
      params: nothing,
      query: z.object(pageParameters),
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: pageOf(vendorSchema) } },
      handle: async ({ caller, query: { limit, cursor } }) => {
        const after = decodeCursor(cursor, timeKeys);
        const rows = await readAs(reader, viewerOf(caller), (tx) => listVendors(tx, { limit: limit + 1, after }));
        return pageFrom(rows, limit, { item: ({ record }) => vendorView(record), keys: ({ keys }) => keys });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/vendors/:id',
      tag: 'Shops',
      summary: 'Read a vendor',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The vendor.', schema: vendorSchema } },
      handle: async ({ caller, params: { id: vendorId } }) =>
        vendorView(await find(caller, (tx) => readVendor(tx, vendorId))),
    }),
    defineRoute({
      method: 'put',
      path: '/v1/products/:id',
      tag: 'Shops',
      summary: 'Create or replace a product',
      description:
        'Replaces the whole; safe to repeat. `stock` says how many pieces can be ordered from now on, besides those that ' +
        'are kept for orders; the difference is a movement of the stock ledger.',
      roles: ['admin'],
      params: idParameter,
      query: nothing,
      body: productEntry,
      answers: { 200: { description: 'The product as stored.', schema: productSchema } },
      handle: async ({ caller, params: { id: productId }, body }) => {
        const put = await putProduct(app, productId, body);
        if (put === 'unknown-vendor') throw invalid('vendorId', 'is no vendor');
        if (put === 'other-vendor') throw invalid('vendorId', 'is not whose product it is');
        if (put === 'other-currency') throw invalid('currency', 'is not the one that the vendor sells in');
        return productView(await find(caller, (tx) => readProduct(tx, productId)));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/products',
      tag: 'Shops',
      summary: 'List products',
      params: nothing,
      query: z.object({ ...pageParameters, vendorId: id.optional() }),
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: pageOf(productSchema) } },
      handle: async ({ caller, query: { limit, cursor, vendorId } }) => {
        const after = decodeCursor(cursor, timeKeys);
        const rows = await readAs(reader, viewerOf(caller), (tx) =>
          listProducts(tx, { vendorId }, { limit: limit + 1, after }),
        );
        return pageFrom(rows, limit, { item: ({ record }) => productView(record), keys: ({ keys }) => keys });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/products/:id',
      tag: 'Shops',
      summary: 'Read a product',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The product.', schema: productSchema } },
      handle: async ({ caller, params: { id: productId } }) =>
        productView(await find(caller, (tx) => readProduct(tx, productId))),
    }),
  ];
}
