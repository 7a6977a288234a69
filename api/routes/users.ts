import type pg from 'pg';
import type { Submission } from '../../db/accept.ts';
import { deleteUser, putUser } from '../../db/directory.ts';
import { readUser, type UserRecord } from '../../db/queries/people.ts';
import { readAs, type Viewer } from '../../db/queries/read-as.ts';
import { isHouse } from '../../shared/domain/accounts.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { timekeeper } from '../../shared/domain/timekeeper.ts';
import { idParameter } from '../http/parameters.ts';
import { invalid, notFound } from '../http/problem.ts';
import { answered, defineRoute, nothing, type Route, sendNothing } from '../http/route.ts';
import { assertOwn, viewerOf } from '../http/viewer.ts';
import { userEntry, userSchema } from '../representations/directory.ts';

export interface DirectoryDeps {
  readonly app: pg.Pool;
  readonly reader: pg.Pool;
}

export interface UserDeps extends DirectoryDeps {
  /** Has operations applied that were recorded with a change of the directory. */
  readonly wake: (recorded: readonly Submission[]) => void;
}

export function userRoutes({ app, reader, wake }: UserDeps): Route[] {
  const find = async (viewer: Viewer, id: Uuid): Promise<UserRecord> => {
    const user = await readAs(reader, viewer, (tx) => readUser(tx, id));
    if (user === null) throw notFound('There is no such user.');
    return user;
  };

  return [
    defineRoute({
      method: 'put',
      path: '/v1/users/:id',
      tag: 'Directory',
      summary: 'Create or replace a user',
      description:
        'Replaces the whole entry; safe to repeat. A deleted user comes back. Deactivating one cancels the sessions that ' +
        'they have before them, treating or treated, with full refunds.',
      roles: ['admin'],
      params: idParameter,
      query: nothing,
      body: userEntry,
      answers: { 200: { description: 'The user as stored.', schema: userSchema } },
      handle: async ({ caller, params: { id }, body }) => {
        // A person's account carries the person's id: one with a house account's would be the house.
        if (isHouse(id) || id === timekeeper.id) throw invalid('id', 'belongs to the house');
        wake(await putUser(app, id, body));
        return find(viewerOf(caller), id);
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/users/:id',
      tag: 'Directory',
      summary: 'Read a user',
      description: 'Your own entry, or any with the role `ops`.',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The user.', schema: userSchema } },
      handle: ({ caller, params: { id } }) => {
        assertOwn(caller, id);
        return find(viewerOf(caller), id);
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/v1/users/:id',
      tag: 'Directory',
      summary: 'Mark a user as deleted',
      description:
        'Bookings and the ledger keep referring to them; nobody can book with them any more, and the sessions that they ' +
        'have before them are cancelled with full refunds.',
      roles: ['admin'],
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 204: { description: 'They are deleted.' } },
      handle: async ({ params: { id }, res }) => {
        const cancellations = await deleteUser(app, id);
        if (cancellations === null) throw notFound('There is no such user.');
        wake(cancellations);
        sendNothing(res);
        return answered;
      },
    }),
  ];
}
