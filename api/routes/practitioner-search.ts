import type pg from 'pg';
import { z } from 'zod';
import { readTaken } from '../../db/queries/calendars.ts';
import { type PageRequest, type TimeKeys, timeKeys } from '../../db/queries/page.ts';
import { listPractitioners, type PractitionerRecord } from '../../db/queries/people.ts';
import { readAs, type Viewer } from '../../db/queries/read-as.ts';
import { amountMax, durationMinutesMax, nameLengthMax, text } from '../../shared/contract/wire.ts';
import { type PriceFilter, shortestPrice } from '../../shared/domain/availability.ts';
import type { Interval } from '../../shared/domain/interval.ts';
import { slotsOf } from '../../shared/domain/slots.ts';
import {
  decodeCursor,
  encodeCursor,
  type Page,
  pageFrom,
  pageParameters,
  wholeNumberParameter,
} from '../http/paging.ts';
import { instantParameter } from '../http/parameters.ts';
import { invalid } from '../http/problem.ts';
import { spanOf } from './slots.ts';

const freeDaysMax = 7;

/** Practitioners whose sessions are read with one statement. */
export const batchSize = 100;

/** How many times that for one page: who looks for something rare hears of it page by page, each in bounded time. */
export const batchesMax = 5;

export const searchParameters = z.object({
  ...pageParameters,
  search: text(nameLengthMax).optional().meta({ description: 'Part of a name, in any case.' }),
  sessionType: text(100).min(1).optional(),
  durationMinutes: wholeNumberParameter(1, durationMinutesMax).optional(),
  minCredits: wholeNumberParameter(0, amountMax).optional(),
  maxCredits: wholeNumberParameter(0, amountMax).optional(),
  freeFrom: instantParameter.optional().meta({ description: `With \`freeTo\`, at most ${freeDaysMax} days later.` }),
  freeTo: instantParameter.optional(),
});

type Search = z.infer<typeof searchParameters>;

interface Row {
  readonly record: PractitionerRecord;
  readonly keys: TimeKeys;
}

const parts = { item: ({ record }: Row) => record, keys: ({ keys }: Row) => keys };

/** One page of the practitioners who fit, as a booking made at `at` (epoch ms) would find them. */
export async function findPractitioners(
  reader: pg.Pool,
  viewer: Viewer,
  query: Search,
  at: number,
): Promise<Page<PractitionerRecord>> {
  const { limit } = query;
  const after = decodeCursor(query.cursor, timeKeys);
  const free = freeSpanOf(query);
  const list = (request: PageRequest<TimeKeys>) =>
    readAs(reader, viewer, (tx) => listPractitioners(tx, { search: query.search, price: query }, request));
  if (free === null) return pageFrom(await list({ limit: limit + 1, after }), limit, parts);

  const found: Row[] = [];
  let last: TimeKeys | null = after;
  for (let batch = 0; batch < batchesMax; batch += 1) {
    // One more than is looked at, so that the last batch is known to be the last.
    const rows = await list({ limit: batchSize + 1, after: last });
    const candidates = rows.slice(0, batchSize);
    found.push(...(await freeAmong(reader, viewer, candidates, { price: query, free, at })));
    if (found.length > limit) return pageFrom(found, limit, parts);
    if (rows.length <= batchSize) return { data: found.map(parts.item), nextCursor: null };
    last = candidates.at(-1)?.keys ?? last;
  }
  return { data: found.map(parts.item), nextCursor: last === null ? null : encodeCursor(last) };
}

function freeSpanOf({ freeFrom, freeTo }: Search): Interval | null {
  if (freeFrom === undefined && freeTo === undefined) return null;
  if (freeFrom === undefined) throw invalid('freeFrom', 'is needed with freeTo');
  if (freeTo === undefined) throw invalid('freeTo', 'is needed with freeFrom');
  return spanOf(['freeFrom', freeFrom], ['freeTo', freeTo], freeDaysMax);
}

interface Wanted {
  readonly price: PriceFilter;
  readonly free: Interval;
  readonly at: number;
}

/** Those of the candidates who have a slot. */
async function freeAmong(reader: pg.Pool, viewer: Viewer, candidates: readonly Row[], wanted: Wanted): Promise<Row[]> {
  const { price, free, at } = wanted;
  const offers = candidates.flatMap((row) => {
    const offered = shortestPrice(row.record, price);
    return offered === null ? [] : [{ row, offered }];
  });
  const longestMs = Math.max(0, ...offers.map(({ offered }) => offered.durationMinutes)) * 60_000;
  const ids = offers.map(({ row }) => row.record.id);
  // With an operator's eyes, because nobody else sees the sessions of several people; only who is free leaves here.
  const taken = await readAs(reader, { ...viewer, isOperator: true }, (tx) =>
    readTaken(tx, ids, { from: free.from, to: free.to + longestMs }, { clientId: viewer.id, at }),
  );
  return offers
    .filter(({ row: { record }, offered: { sessionType, durationMinutes } }) => {
      const busy = taken.get(record.id) ?? [];
      const slots = { practitionerId: record.id, sessionType, durationMinutes, ...free, at, busy };
      return slotsOf(record, slots).length > 0;
    })
    .map(({ row }) => row);
}
