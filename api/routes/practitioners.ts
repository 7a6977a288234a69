import type pg from 'pg';
import { z } from 'zod';
import { putPractitioner } from '../../db/directory.ts';
import { readCalendar } from '../../db/queries/bookings.ts';
import { timeKeys } from '../../db/queries/page.ts';
import { listPractitioners, type PractitionerRecord, readPractitioner } from '../../db/queries/people.ts';
import { readAs, type Viewer } from '../../db/queries/read-as.ts';
import { durationMinutesMax, nameLengthMax, text } from '../../shared/contract/wire.ts';
import { priceOf, slotsOf } from '../../shared/domain/availability.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { decodeCursor, pageFrom, pageOf, pageParameters, wholeNumberParameter } from '../http/paging.ts';
import { idParameter, instantParameter } from '../http/parameters.ts';
import { invalid, notFound } from '../http/problem.ts';
import { defineRoute, nothing, type Route } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';
import { practiceEntry, practitionerSchema, slotSchema } from '../representations/directory.ts';
import type { DirectoryDeps } from './users.ts';

const searchParameters = z.object({
  ...pageParameters,
  search: text(nameLengthMax).optional().meta({ description: 'Part of a name, in any case.' }),
});

const slotParameters = z.object({
  from: instantParameter,
  to: instantParameter,
  durationMinutes: wholeNumberParameter(1, durationMinutesMax),
  sessionType: text(100).min(1),
});

/** Contract §8. */
const slotDaysMax = 62;

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
      answers: { 200: { description: 'The page as stored.', schema: practitionerSchema } },
      handle: async ({ caller, params: { id }, body }) => {
        if (!(await putPractitioner(app, id, body))) throw notFound('There is no such user.');
        return find(viewerOf(caller), id);
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/practitioners',
      tag: 'Directory',
      summary: 'List the practitioners who take bookings',
      params: nothing,
      query: searchParameters,
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: pageOf(practitionerSchema) } },
      handle: async ({ caller, query: { limit, cursor, search } }) => {
        const after = decodeCursor(cursor, timeKeys);
        const rows = await readAs(reader, viewerOf(caller), (tx) =>
          listPractitioners(tx, search, { limit: limit + 1, after }),
        );
        return pageFrom(rows, limit, { item: ({ record }) => record, keys: ({ keys }) => keys });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/practitioners/:id',
      tag: 'Directory',
      summary: 'Read a practitioner page',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The page.', schema: practitionerSchema } },
      handle: ({ caller, params: { id } }) => find(viewerOf(caller), id),
    }),
    defineRoute({
      method: 'get',
      path: '/v1/practitioners/:id/slots',
      tag: 'Directory',
      summary: 'List what can be booked now',
      description:
        `Starts in [from, to), at most ${slotDaysMax} days, on a grid of 15 minutes from the start of each window of ` +
        'the weekly hours. Other whole minutes can be booked all the same.',
      params: idParameter,
      query: slotParameters,
      body: nothing,
      answers: { 200: { description: 'In order of time.', schema: z.array(slotSchema) } },
      handle: async ({ caller, params: { id }, query }) => {
        const span = spanOf(query);
        const practitioner = await find(viewerOf(caller), id);
        return practitioner.active ? readSlots(reader, practitioner, { ...query, ...span }) : [];
      },
    }),
  ];
}

function spanOf(query: z.infer<typeof slotParameters>): { readonly from: number; readonly to: number } {
  const from = Date.parse(query.from);
  const to = Date.parse(query.to);
  if (from >= to) throw invalid('to', 'must be later than from');
  if (to - from > slotDaysMax * 24 * 3_600_000) throw invalid('to', `must be at most ${slotDaysMax} days after from`);
  return { from, to };
}

interface SlotsWanted {
  readonly from: number;
  readonly to: number;
  readonly durationMinutes: number;
  readonly sessionType: string;
}

async function readSlots(reader: pg.Pool, practitioner: PractitionerRecord, wanted: SlotsWanted) {
  const { from, to, durationMinutes, sessionType } = wanted;
  const price = priceOf(practitioner, sessionType, durationMinutes);
  if (price === null) return [];

  const durationMs = durationMinutes * 60_000;
  // Through the practitioner's own eyes: strangers do not see their sessions, only the times that are left.
  const viewer = { id: practitioner.id, isOperator: false };
  const busy = await readAs(reader, viewer, (tx) => readCalendar(tx, practitioner.id, { from, to: to + durationMs }));
  const starts = slotsOf(practitioner, {
    practitionerId: practitioner.id,
    sessionType,
    durationMinutes,
    from,
    to,
    at: Date.now(),
    busy,
  });
  return starts.map((start) => ({
    startsAt: new Date(start).toISOString(),
    endsAt: new Date(start + durationMs).toISOString(),
    credits: price.credits,
  }));
}
