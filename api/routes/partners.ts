import type pg from 'pg';
import { z } from 'zod';
import type { Tx } from '../../db/client.ts';
import { addMember, type MemberEntry, putPartner } from '../../db/partners.ts';
import { timeKeys } from '../../db/queries/page.ts';
import {
  listMembers,
  type MemberRecord,
  type PartnerRecord,
  readMember,
  readOwnPartner,
  readPartner,
} from '../../db/queries/partners.ts';
import { readAs } from '../../db/queries/read-as.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Caller } from '../../shared/operations/define.ts';
import { decodeCursor, pageFrom, pageOf, pageParameters } from '../http/paging.ts';
import { idParameter } from '../http/parameters.ts';
import { invalid, notFound, Problem } from '../http/problem.ts';
import { answered, defineRoute, nothing, type Route, sendJson } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';
import { memberEntry, memberSchema, memberView, partnerEntry, partnerSchema } from '../representations/partners.ts';
import type { DirectoryDeps } from './users.ts';

const listParameters = z.object({ ...pageParameters, status: z.enum(['active', 'removed']).optional() });

/** What the role `partner` is asked for: everything under /v1/partner is about the caller's own. */
export const partnerRoles = ['partner'] as const;

/** Reads as the caller what belongs to their own partner (003-10); 404 when they own none. */
export function readOwn<Result>(
  reader: pg.Pool,
  caller: Caller,
  work: (tx: Tx, partner: PartnerRecord) => Promise<Result>,
): Promise<Result> {
  return readAs(reader, viewerOf(caller), async (tx) => {
    const partner = await readOwnPartner(tx, caller.id);
    if (partner === null) throw noPartner();
    return work(tx, partner);
  });
}

export function partnerRoutes({ app, reader }: DirectoryDeps): Route[] {
  const find = async (caller: Caller, id: Uuid): Promise<PartnerRecord> => {
    const partner = await readAs(reader, viewerOf(caller), (tx) => readPartner(tx, id));
    if (partner === null) throw noPartner();
    return partner;
  };

  return [
    defineRoute({
      method: 'put',
      path: '/v1/partners/:id',
      tag: 'Partners',
      summary: 'Create or replace a partner',
      description: 'Replaces the whole entry; safe to repeat. Nobody owns two partners.',
      roles: ['admin'],
      params: idParameter,
      query: nothing,
      body: partnerEntry,
      answers: { 200: { description: 'The partner as stored.', schema: partnerSchema } },
      handle: async ({ caller, params: { id }, body }) => {
        const put = await putPartner(app, id, body);
        if (put === 'unknown-owner') throw invalid('ownerUserId', 'is no user');
        if (put === 'owner-taken') throw invalid('ownerUserId', 'owns another partner');
        return find(caller, id);
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/partners/:id',
      tag: 'Partners',
      summary: 'Read a partner',
      description: 'Your own, or any with the role `ops`.',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The partner.', schema: partnerSchema } },
      handle: ({ caller, params: { id } }) => find(caller, id),
    }),
    defineRoute({
      method: 'post',
      path: '/v1/partner/members',
      tag: 'Partners',
      summary: 'Add a member',
      description:
        'Unique by address, in whatever case it is written: 409 `member_exists`. A member that was removed comes back ' +
        'under the same id.',
      roles: partnerRoles,
      params: nothing,
      query: nothing,
      body: memberEntry,
      answers: { 201: { description: 'The member.', schema: memberSchema } },
      handle: async ({ caller, body, res }) => {
        const id = await add(app, caller, body);
        const member = await readOwn(reader, caller, (tx) => readMember(tx, id));
        if (member === null) throw noMember();
        sendJson(res, 201, memberView(member));
        return answered;
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/partner/members',
      tag: 'Partners',
      summary: 'List members',
      description: 'Those of your own partner, also removed ones unless `status` says which.',
      roles: partnerRoles,
      params: nothing,
      query: listParameters,
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: pageOf(memberSchema) } },
      handle: async ({ caller, query: { limit, cursor, status } }) => {
        const after = decodeCursor(cursor, timeKeys);
        const rows = await readOwn(reader, caller, (tx, { id: partnerId }) =>
          listMembers(tx, { partnerId, status }, { limit: limit + 1, after }),
        );
        return pageFrom(rows, limit, { item: ({ record }) => memberView(record), keys: ({ keys }) => keys });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/partner/members/:memberId',
      tag: 'Partners',
      summary: 'Read a member',
      roles: partnerRoles,
      params: z.object({ memberId: idParameter.shape.id }),
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The member.', schema: memberSchema } },
      handle: ({ caller, params: { memberId } }) =>
        readOwn(reader, caller, async (tx, partner) => memberView(ofPartner(await readMember(tx, memberId), partner))),
    }),
  ];
}

async function add(app: pg.Pool, caller: Caller, entry: MemberEntry): Promise<Uuid> {
  const added = await addMember(app, caller.id, entry);
  switch (added.status) {
    case 'added':
      return added.id;
    case 'no-partner':
      throw noPartner();
    case 'unknown-user':
      throw invalid('userId', 'is no user');
    case 'exists':
      throw new Problem('member_exists', 'There is a member with this address already.');
  }
}

function noPartner(): Problem {
  return notFound('There is no such partner.');
}

function noMember(): Problem {
  return notFound('There is no such member.');
}

/** Callers who are operators as well see all members; what they ask for here is about their own partner. */
function ofPartner(member: MemberRecord | null, { id }: PartnerRecord): MemberRecord {
  if (member?.partnerId !== id) throw noMember();
  return member;
}
