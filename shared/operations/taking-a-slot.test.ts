import { describe, expect, it } from 'vitest';
import {
  aBooking,
  aCommand,
  anAccount,
  aPerson,
  aPractice,
  aPractitioner,
  clara,
  codeOf,
  eleven,
  eve,
  hourMs,
  idOf,
  now,
  ten,
  theo,
} from '../../tests/support/builders.ts';
import { aState } from '../../tests/support/world.ts';
import type { Booking, Practice } from '../domain/state.ts';
import { decide as create, footprint as footprintOfCreate } from './booking-create/booking-create.ts';
import { footprint as footprintOfMove, decide as reschedule } from './booking-reschedule/booking-reschedule.ts';

/* What a practitioner may say about their time: booking and moving ask the same (001-29, 002-06). */

const dayMs = 24 * hourMs;

/** What Clara hears who wants an hour with Theo at `startsAt`. */
function booked(practice: Partial<Practice>, startsAt: number, bookings: readonly Booking[] = []): string {
  const wanted = { startsAt: new Date(startsAt).toISOString(), durationMinutes: 60, sessionType: 'massage' };
  const command = aCommand({ practitionerId: theo, ...wanted });
  return codeOf(create(aState(rowsOf(practice, bookings), footprintOfCreate(command)), command));
}

/** The same when she moves her session of ten o'clock there. */
function moved(practice: Partial<Practice>, startsAt: number, bookings: readonly Booking[] = []): string {
  const command = aCommand({ bookingId: idOf('booking'), startsAt: new Date(startsAt).toISOString() });
  const rows = rowsOf(practice, [aBooking(), ...bookings]);
  return codeOf(reschedule(aState(rows, footprintOfMove(command)), command));
}

function rowsOf(practice: Partial<Practice>, bookings: readonly Booking[]) {
  const people = [aPerson(), aPractitioner({ practice: aPractice(practice) })];
  return { people, accounts: [anAccount()], bookings };
}

/** Eve's hour with Theo. */
function evesAt(startsAt: number, changes: Partial<Booking> = {}): Booking {
  const endsAt = startsAt + hourMs;
  return aBooking({ id: idOf(`eve/${startsAt}`), clientId: eve, startsAt, endsAt, bufferedUntil: endsAt, ...changes });
}

describe('the horizon', () => {
  it.each([
    ['booked', booked],
    ['moved', moved],
  ])('lets a session begin at its last instant and no later when it is %s', (_, ask) => {
    const practice = { bookingHorizonDays: 2 };
    expect(ask(practice, now + 2 * dayMs)).toBe('applied');
    expect(ask(practice, now + 2 * dayMs + 60_000)).toBe('outside_availability');
    expect(ask({}, now + 700 * dayMs)).toBe('applied');
  });
});

describe('windows on dates', () => {
  const extraWindows = [{ date: '2026-06-01', start: '13:00', end: '15:00' }];

  it.each([
    ['booked', booked],
    ['moved', moved],
  ])('are open on their date and on no other when a session is %s', (_, ask) => {
    const practice = { availability: [], extraWindows };
    expect(ask(practice, ten + 4 * hourMs)).toBe('applied');
    expect(ask(practice, ten + 4.5 * hourMs)).toBe('outside_availability');
    expect(ask(practice, ten + 4 * hourMs + 7 * dayMs)).toBe('outside_availability');
  });
});

describe('the sessions of a day', () => {
  const two = { sessionsPerDayMax: 2 };
  const both = [evesAt(ten + 3 * hourMs), evesAt(ten + 10 * hourMs)];

  it('are counted wherever on the day they are, and not on another', () => {
    expect(booked(two, ten, both.slice(0, 1))).toBe('applied');
    expect(booked(two, ten, both)).toBe('slot_taken');
    expect(booked(two, ten + dayMs, both)).toBe('applied');
    expect(booked({}, ten, both)).toBe('applied');
  });

  it('are counted by the day of the practitioner’s zone', () => {
    // Midnight in Kiritimati is ten o'clock in the morning, UTC.
    const far = { ...two, timeZone: 'Pacific/Kiritimati' };
    const dayBefore = [evesAt(ten - hourMs), ...both.slice(1)];
    expect(booked(far, ten + hourMs, dayBefore)).toBe('applied');
    expect(booked(far, ten + hourMs, both)).toBe('slot_taken');
  });

  it('are those that they treat, whatever became of them, but no cancelled ones', () => {
    const over = both.map((session) => ({ ...session, status: 'completed' as const }));
    expect(booked(two, ten, over)).toBe('slot_taken');
    expect(booked(two, ten, [evesAt(ten + 3 * hourMs, { status: 'cancelled' }), ...both.slice(1)])).toBe('applied');
    const asClient = evesAt(ten + 3 * hourMs, { clientId: theo, practitionerId: eve });
    expect(booked(two, ten, [asClient, ...both.slice(1)])).toBe('applied');
  });

  it('do not count one that is moved within the day', () => {
    const [one = evesAt(eleven)] = both;
    expect(moved(two, ten + 5 * hourMs, [one])).toBe('applied');
    expect(moved(two, ten + 5 * hourMs, both)).toBe('slot_taken');
    expect(moved(two, ten + dayMs, [evesAt(ten + dayMs + hourMs), evesAt(ten + dayMs + 3 * hourMs)])).toBe(
      'slot_taken',
    );
  });

  it('are not the client’s business', () => {
    const people = [
      aPractitioner({ id: clara, practice: aPractice({ sessionsPerDayMax: 1 }) }),
      aPractitioner({ practice: aPractice() }),
    ];
    const treats = [evesAt(ten + 3 * hourMs, { practitionerId: clara })];
    const wanted = { startsAt: new Date(ten).toISOString(), durationMinutes: 60, sessionType: 'massage' };
    const command = aCommand({ practitionerId: theo, ...wanted });
    const rows = { people, accounts: [anAccount()], bookings: treats };
    expect(codeOf(create(aState(rows, footprintOfCreate(command)), command))).toBe('applied');
  });
});
