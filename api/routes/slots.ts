import type pg from 'pg';
import { z } from 'zod';
import { type Asking, readTaken } from '../../db/queries/calendars.ts';
import type { PractitionerRecord } from '../../db/queries/people.ts';
import { readAs } from '../../db/queries/read-as.ts';
import { durationMinutesMax, text } from '../../shared/contract/wire.ts';
import { priceOf } from '../../shared/domain/availability.ts';
import type { Interval } from '../../shared/domain/interval.ts';
import { slotsOf } from '../../shared/domain/slots.ts';
import { wallTimeOf } from '../../shared/domain/time-zone.ts';
import { wholeNumberParameter } from '../http/paging.ts';
import { instantParameter } from '../http/parameters.ts';
import { invalid } from '../http/problem.ts';
import type { slotSchema } from '../representations/directory.ts';

/** Contract §8. */
export const slotDaysMax = 62;

export const slotParameters = z.object({
  from: instantParameter,
  to: instantParameter,
  durationMinutes: wholeNumberParameter(1, durationMinutesMax),
  sessionType: text(100).min(1),
});

interface SlotsWanted extends Interval {
  readonly durationMinutes: number;
  readonly sessionType: string;
}

/** A span from a query, as epoch ms; each end comes with the name of its parameter. */
export function spanOf(
  [fromName, fromText]: readonly [string, string],
  [toName, toText]: readonly [string, string],
  daysMax: number,
): Interval {
  const from = Date.parse(fromText);
  const to = Date.parse(toText);
  if (from >= to) throw invalid(toName, `must be later than ${fromName}`);
  if (to - from > daysMax * 24 * 3_600_000) throw invalid(toName, `must be at most ${daysMax} days after ${fromName}`);
  return { from, to };
}

/** What a booking made then would get; one query for all sessions that are in the way. */
export async function readSlots(
  reader: pg.Pool,
  practitioner: PractitionerRecord,
  { from, to, durationMinutes, sessionType }: SlotsWanted,
  asking: Asking,
): Promise<z.infer<typeof slotSchema>[]> {
  const price = priceOf(practitioner, sessionType, durationMinutes);
  if (price === null) return [];

  const practitionerId = practitioner.id;
  const durationMs = durationMinutes * 60_000;
  // Through the practitioner's own eyes: strangers do not see their sessions, only the times that are left.
  const viewer = { id: practitionerId, isOperator: false };
  const taken = await readAs(reader, viewer, (tx) =>
    readTaken(tx, [practitionerId], { from, to: to + durationMs }, asking),
  );
  const busy = taken.get(practitionerId) ?? [];
  const starts = slotsOf(practitioner, { practitionerId, sessionType, durationMinutes, from, to, at: asking.at, busy });
  return starts.map((start) => ({
    startsAt: new Date(start).toISOString(),
    endsAt: new Date(start + durationMs).toISOString(),
    localStartsAt: wallTimeOf(practitioner.timeZone, start),
    credits: price.credits,
  }));
}
