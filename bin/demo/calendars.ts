import { z } from 'zod';
import type { Uuid } from '../../shared/domain/ids.ts';
import { fetchBody, type Send } from './api.ts';
import { durationMinutes, type Person, type Practitioner, sessionType } from './cast.ts';

/** Something that can be booked, as the server lists it. */
const slot = z.object({ startsAt: z.string(), endsAt: z.string(), credits: z.int() });

export type Slot = z.infer<typeof slot>;

/** Gives out free times, so that only those meet in one slot who are meant to. */
export interface Calendars {
  /** The first slot of the practitioner at which all these people are free; from then on they are not. */
  readonly take: (practitioner: Practitioner, clients: readonly Person[]) => Slot;
}

const dayMs = 24 * 3_600_000;

/** Far enough away that nothing of it begins while the demo runs. */
const firstDay = 3;
const lastDay = 40;

/** Between two sessions of one person, in whatever role: as long as the longest buffer of the cast. */
const gapMs = 30 * 60_000;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Asks the server for every practitioner's slots. */
export async function openCalendars(send: Send, practitioners: readonly Practitioner[]): Promise<Calendars> {
  const offered = new Map<Uuid, readonly Slot[]>();
  for (const practitioner of practitioners) offered.set(practitioner.id, await readSlots(send, practitioner));

  const taken = new Map<Uuid, Span[]>();
  const isFree = (id: Uuid, { from, to }: Span) =>
    (taken.get(id) ?? []).every((other) => to + gapMs <= other.from || other.to + gapMs <= from);

  return {
    take: (practitioner, clients) => {
      const ids = [practitioner, ...clients].map(({ id }) => id);
      const found = offered.get(practitioner.id)?.find((one) => ids.every((id) => isFree(id, spanOf(one))));
      if (found === undefined) throw new Error(`${practitioner.name} has no slot left`);
      for (const id of ids) taken.set(id, [...(taken.get(id) ?? []), spanOf(found)]);
      return found;
    },
  };
}

async function readSlots(send: Send, { id, token }: Practitioner): Promise<readonly Slot[]> {
  const now = Date.now();
  const query = new URLSearchParams({
    from: new Date(now + firstDay * dayMs).toISOString(),
    to: new Date(now + lastDay * dayMs).toISOString(),
    durationMinutes: String(durationMinutes),
    sessionType,
  });
  return z
    .array(slot)
    .parse(await fetchBody(send, { method: 'GET', path: `/v1/practitioners/${id}/slots?${query}`, token }));
}

function spanOf({ startsAt, endsAt }: Slot): Span {
  return { from: Date.parse(startsAt), to: Date.parse(endsAt) };
}
