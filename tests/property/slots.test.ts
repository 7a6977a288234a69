import fc from 'fast-check';
import { expect, it } from 'vitest';
import { slotsOf } from '../../shared/domain/slots.ts';
import type { Booking, Person, Practice } from '../../shared/domain/state.ts';
import { decide, footprint } from '../../shared/operations/booking-create/booking-create.ts';
import {
  aBooking,
  aCommand,
  anAccount,
  aPerson,
  aPractitioner,
  clara,
  codeOf,
  eve,
  hourMs,
  idOf,
  minuteMs,
  theo,
} from '../support/builders.ts';
import { aState } from '../support/world.ts';
import { around } from './shop-worlds.ts';
import { clockOf, type WallTime } from './wall-clock.ts';
import { practice } from './worlds.ts';

/*
 * What is offered is what would be accepted, no more and no less: every start of the grid is put to the decider of
 * bookings at the same instant (001-29, 002-06). The grid is read off ICU's wall clock, minute by minute.
 */

/** The day on which Berlin's clocks go back and what lies around it; Lord Howe's and others' days begin elsewhere. */
const [from, to] = [around - 14 * hourMs, around + 26 * hourMs];
const sessionType = 'massage';

const session: fc.Arbitrary<Partial<Booking>> = fc
  .record({
    startsAt: fc.integer({ min: -20 * 12, max: 30 * 12 }).map((step) => around + step * 5 * minuteMs),
    minutes: fc.constantFrom(5, 30, 60, 240),
    buffer: fc.constantFrom(0, 10, 45),
    asClient: fc.integer({ min: 0, max: 4 }).map((roll) => roll === 0),
    status: fc.constantFrom<Booking['status'][]>('booked', 'booked', 'booked', 'completed', 'no_show', 'cancelled'),
  })
  .map(({ startsAt, minutes, buffer, asClient, status }) => {
    const endsAt = startsAt + minutes * minuteMs;
    const parties = asClient ? { clientId: theo, practitionerId: eve } : { clientId: eve, practitionerId: theo };
    return { ...parties, startsAt, endsAt, bufferedUntil: endsAt + buffer * minuteMs, status };
  });

const cases = fc.record({
  practice,
  sessions: fc.array(session, { maxLength: 8 }),
  durationMinutes: fc.constantFrom(30, 60),
  at: fc.integer({ min: -60, max: 6 }).map((hours) => around + hours * hourMs),
});

it('offers every start that a booking of this instant would get, and no other', () => {
  let [offered, refused] = [0, 0];
  fc.assert(
    fc.property(cases, ({ practice: offers, sessions, durationMinutes, at }) => {
      const bookings = sessions.map((changes, n) => aBooking({ ...changes, id: idOf(`session/${n}`) }));
      const wanted = { practitionerId: theo, sessionType, durationMinutes, from, to, at, busy: bookings };
      const slots = slotsOf(offers, wanted);
      expect(slots).toEqual([...new Set(slots)].sort((a, b) => a - b));

      const practitioner = aPractitioner({ practice: offers });
      const accepted = gridOf(offers).filter((start) =>
        isAccepted(practitioner, bookings, { start, durationMinutes, at }),
      );
      expect(slots).toEqual(accepted);
      offered += accepted.length;
      refused += gridOf(offers).length - accepted.length;
    }),
    { numRuns: 150 },
  );
  // Neither "everything" nor "nothing" would pass for an answer.
  expect(Math.min(offered, refused)).toBeGreaterThan(500);
});

interface Asked {
  readonly start: number;
  readonly durationMinutes: number;
  readonly at: number;
}

function isAccepted(
  practitioner: Person,
  bookings: readonly Booking[],
  { start, durationMinutes, at }: Asked,
): boolean {
  const startsAt = new Date(start).toISOString();
  const command = aCommand({ practitionerId: theo, startsAt, durationMinutes, sessionType }, { at });
  const rows = { people: [aPerson(), practitioner], accounts: [anAccount({ id: clara })], bookings };
  return codeOf(decide(aState(rows, footprint(command)), command)) === 'applied';
}

/** The minutes that lie a multiple of a quarter of an hour after the start of a window that is open then. */
function gridOf({ timeZone, availability, extraWindows }: Practice): number[] {
  return minutesOf(timeZone).flatMap(({ instant, shown: { date, weekday, time } }) => {
    const windows = [
      ...availability.filter((window) => window.weekday === weekday),
      ...extraWindows.filter((window) => window.date === date),
    ];
    const isOnGrid = windows.some(({ start, end }) => {
      const since = time - minutes(start);
      return since >= 0 && time < minutes(end) && since % 15 === 0;
    });
    return isOnGrid ? [instant] : [];
  });
}

interface Minute {
  readonly instant: number;
  readonly shown: WallTime;
}

const minutesByZone = new Map<string, readonly Minute[]>();

/** Every minute of the range with what clocks of the zone show then. */
function minutesOf(timeZone: string): readonly Minute[] {
  const known = minutesByZone.get(timeZone);
  if (known !== undefined) return known;
  const clock = clockOf(timeZone);
  const found = Array.from({ length: (to - from) / minuteMs }, (_, n) => {
    const instant = from + n * minuteMs;
    return { instant, shown: clock(instant) };
  });
  minutesByZone.set(timeZone, found);
  return found;
}

function minutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}
