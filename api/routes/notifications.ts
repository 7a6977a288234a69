import { z } from 'zod';
import { putMuted } from '../../db/notification-preferences.ts';
import { listNotifications, readMuted } from '../../db/queries/notifications.ts';
import { timeKeys } from '../../db/queries/page.ts';
import { readAs } from '../../db/queries/read-as.ts';
import { id } from '../../shared/contract/wire.ts';
import { decodeCursor, pageFrom, pageOf, pageParameters } from '../http/paging.ts';
import { idParameter } from '../http/parameters.ts';
import { notFound } from '../http/problem.ts';
import { defineRoute, nothing, type Route } from '../http/route.ts';
import { assertOwn, viewerOf } from '../http/viewer.ts';
import { notificationSchema, notificationView, preferencesSchema } from '../representations/notification.ts';
import type { DirectoryDeps } from './users.ts';

const listParameters = z.object({
  ...pageParameters,
  userId: id.optional().meta({ description: 'Yours when it is left out; those of others with the role `ops`.' }),
});

const preferencesPath = '/v1/users/:id/notification-preferences';

/** What people are told, and what of it they want to be mailed (contract §6 and §8). */
export function notificationRoutes({ app, reader }: DirectoryDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/notifications',
      tag: 'Notifications',
      summary: 'List what a user was told',
      params: nothing,
      query: listParameters,
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: pageOf(notificationSchema) } },
      handle: async ({ caller, query: { limit, cursor, userId = caller.id } }) => {
        assertOwn(caller, userId);
        const after = decodeCursor(cursor, timeKeys);
        const rows = await readAs(reader, viewerOf(caller), (tx) =>
          listNotifications(tx, userId, { limit: limit + 1, after }),
        );
        return pageFrom(rows, limit, { item: ({ record }) => notificationView(record), keys: ({ keys }) => keys });
      },
    }),
    defineRoute({
      method: 'get',
      path: preferencesPath,
      tag: 'Notifications',
      summary: 'Read what a user does not want to be mailed',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The preferences.', schema: preferencesSchema } },
      handle: async ({ caller, params: { id: userId } }) => {
        assertOwn(caller, userId);
        return { muted: await readAs(reader, viewerOf(caller), (tx) => readMuted(tx, userId)) };
      },
    }),
    defineRoute({
      method: 'put',
      path: preferencesPath,
      tag: 'Notifications',
      summary: 'Say what a user does not want to be mailed',
      description: 'Replaces the whole; safe to repeat. Your own, or any with the role `ops`.',
      params: idParameter,
      query: nothing,
      body: preferencesSchema,
      answers: { 200: { description: 'The preferences as stored.', schema: preferencesSchema } },
      handle: async ({ caller, params: { id: userId }, body: { muted } }) => {
        assertOwn(caller, userId);
        const distinct = [...new Set(muted)];
        if (!(await putMuted(app, userId, distinct))) throw notFound('There is no such user.');
        return { muted: distinct };
      },
    }),
  ];
}
