import type { Request, Response } from 'express';
import { z } from 'zod';
import { putPractitioner } from '../../db/directory.ts';
import { type PractitionerRecord, readPractitioner } from '../../db/queries/people.ts';
import { readAs, type Viewer } from '../../db/queries/read-as.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { pageOf } from '../http/paging.ts';
import { idParameter } from '../http/parameters.ts';
import { invalid, notFound, Problem } from '../http/problem.ts';
import { answered, defineRoute, type HeaderParameter, nothing, type Route, sendJson } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';
import { practiceEntry, practitionerSchema, slotSchema } from '../representations/directory.ts';
import { batchesMax, batchSize, findPractitioners, searchParameters } from './practitioner-search.ts';
import { readSlots, slotDaysMax, slotParameters, spanOf } from './slots.ts';
import type { DirectoryDeps } from './users.ts';

const headers = { ETag: 'The version of the page, quoted.' };

const ifMatch: HeaderParameter = {
  name: 'If-Match',
  required: false,
  description: 'The ETag of the page that is to be replaced: it is left alone when it has another by now.',
  schema: z.string(),
};

export function practitionerRoutes({ app, reader }: DirectoryDeps): Route[] {
  const find = async (viewer: Viewer, id: Uuid): Promise<PractitionerRecord> => {
    const practitioner = await readAs(reader, viewer, (tx) => readPractitioner(tx, id));
    if (practitioner === null) throw notFound('There is no such practitioner.');
    return practitioner;
  };

  return [
    defineRoute({
      method: 'put',
      path: '/v1/practitioners/:id',
      tag: 'Directory',
      summary: 'Create or replace a practitioner page',
      description: 'The id is that of a user. Practitioners may put their own. Replaces the whole; safe to repeat.',
      roles: ['admin'],
      except: (caller, { id }) => caller.roles.includes('practitioner') && caller.id === String(id).toLowerCase(),
      params: idParameter,
      query: nothing,
      body: practiceEntry,
      headers: [ifMatch],
      answers: { 200: { description: 'The page as stored.', schema: practitionerSchema, headers } },
      precondition: (req) => void versionWanted(req),
      handle: async ({ caller, params: { id }, body, req, res }) => {
        const put = await putPractitioner(app, id, body, versionWanted(req));
        if (put === 'absent') throw notFound('There is no such user.');
        if (put === 'changed') throw new Problem('precondition_failed', 'The page has another version by now.');
        return sendPage(res, await find(viewerOf(caller), id));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/practitioners',
      tag: 'Directory',
      summary: 'List the practitioners who take bookings',
      description:
        'One price must fit all of `sessionType`, `durationMinutes`, `minCredits` and `maxCredits`. With `freeFrom` and ' +
        '`freeTo` only those are listed whose slots of such a price include a start in [freeFrom, freeTo): at most ' +
        `${batchSize * batchesMax} practitioners are looked at for one page, so that it may be short, even empty, and ` +
        'yet have a `nextCursor`.',
      params: nothing,
      query: searchParameters,
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: pageOf(practitionerSchema) } },
      handle: ({ caller, query }) => findPractitioners(reader, viewerOf(caller), query, Date.now()),
    }),
    defineRoute({
      method: 'get',
      path: '/v1/practitioners/:id',
      tag: 'Directory',
      summary: 'Read a practitioner page',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The page.', schema: practitionerSchema, headers } },
      handle: async ({ caller, params: { id }, res }) => sendPage(res, await find(viewerOf(caller), id)),
    }),
    defineRoute({
      method: 'get',
      path: '/v1/practitioners/:id/slots',
      tag: 'Directory',
      summary: 'List what can be booked now',
      description:
        `Starts in [from, to), at most ${slotDaysMax} days, on a grid of 15 minutes from the start of each window of ` +
        'the weekly hours and of single dates: each would be accepted if it were booked at this instant. Other whole ' +
        'minutes can be booked all the same. What others hold is left out. A wall time that the clocks show twice is offered twice, one that they ' +
        'skip never.',
      params: idParameter,
      query: slotParameters,
      body: nothing,
      answers: { 200: { description: 'In order of time.', schema: z.array(slotSchema) } },
      handle: async ({ caller, params: { id }, query }) => {
        const span = spanOf(['from', query.from], ['to', query.to], slotDaysMax);
        const practitioner = await find(viewerOf(caller), id);
        return practitioner.active
          ? readSlots(reader, practitioner, { ...query, ...span }, { clientId: caller.id, at: Date.now() })
          : [];
      },
    }),
  ];
}

/** The version that the caller has seen; null when they do not mind which. */
function versionWanted(req: Request): number | null {
  const tag = req.headers['if-match'];
  if (tag === undefined) return null;
  const version = /^"(\d{1,9})"$/.exec(tag)?.[1];
  if (version === undefined) throw invalid('If-Match', 'must be the ETag of a page, such as "3"');
  return Number(version);
}

function sendPage(res: Response, page: PractitionerRecord): typeof answered {
  sendJson(res, 200, page, ['ETag', `"${page.version}"`]);
  return answered;
}
