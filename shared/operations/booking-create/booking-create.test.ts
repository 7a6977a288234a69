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
  idOf,
  now,
  ten,
  theo,
} from '../../../tests/support/builders.ts';
import { answer, massage, withPractice } from '../../../tests/support/massage.ts';
import type { Rows } from '../../../tests/support/world.ts';
import { type BookingCreate, bookingCreate, footprint } from './booking-create.ts';

type Payload = BookingCreate['payload'];

describe('footprint', () => {
  it('names both parties and what they may have planned then, not the booking that does not exist yet', () => {
    const span = { from: ten, to: eleven };
    expect(footprint(aCommand(massage))).toEqual({
      people: [clara, theo],
      accounts: [clara, theo],
      calendars: [
        { personId: clara, ...span },
        { personId: theo, ...span },
      ],
    });
  });
});

describe('rejections', () => {
  const fullyBooked = [aBooking({ id: idOf('other'), clientId: eve })];
  const claraIsAway = [aBooking({ id: idOf('other'), practitionerId: eve })];

  it.each<[string, Rows, Partial<Payload>, number]>([
    ['practitioner_not_found', { people: [aPerson()] }, {}, now],
    ['practitioner_not_found', { people: [aPerson(), aPractitioner({ deleted: true })] }, {}, now],
    ['practitioner_not_found', { people: [aPerson(), aPractitioner({ practice: null })] }, {}, now],
    ['practitioner_inactive', { people: [aPerson(), aPractitioner({ active: false })] }, {}, now],
    ['client_not_found', { people: [aPractitioner()] }, {}, now],
    ['client_not_found', { people: [aPerson({ deleted: true }), aPractitioner()] }, {}, now],
    ['client_inactive', { people: [aPerson({ active: false }), aPractitioner()] }, {}, now],
    ['self_booking', { people: [aPractitioner({ id: clara })] }, { practitionerId: clara }, now],
    ['starts_in_past', {}, {}, ten + 1],
    ['not_offered', {}, { durationMinutes: 45 }, now],
    ['not_offered', {}, { sessionType: 'Massage' }, now],
    ['not_offered', withPractice({ prices: [] }), {}, now],
    ['outside_availability', withPractice({ availability: [] }), {}, now],
    ['outside_availability', withPractice({ minimumNoticeMinutes: 121 }), {}, now],
    ['slot_taken', { bookings: fullyBooked }, {}, now],
    ['client_busy', { bookings: claraIsAway }, {}, now],
    ['insufficient_credits', { accounts: [anAccount({ balance: 9 })] }, {}, now],
    ['insufficient_credits', { accounts: [] }, {}, now],
    ['insufficient_credits', { accounts: [anAccount({ balance: 19, held: 10 })] }, {}, now],
  ])('%s', (code, changes, payload, at) => {
    expect(codeOf(answer(changes, payload, at))).toBe(code);
  });

  it('says what was available and what it would take', () => {
    expect(answer({ accounts: [anAccount({ balance: 19, held: 12 })] })).toEqual({
      status: 'rejected',
      rejection: {
        code: 'insufficient_credits',
        message: 'Insufficient credits. Available: 7, required: 10',
        details: { available: 7, required: 10 },
      },
    });
  });

  // Everything is wrong at first; each line puts one thing right, and the next reason in the contract's order is heard.
  it('come in the order of the contract', () => {
    const self = { practitionerId: clara };
    const wrong: Partial<Payload> = { sessionType: 'reading' };
    const closed = aPractice({ availability: [] });
    const collisions = [...fullyBooked, aBooking({ id: idOf('third'), practitionerId: eve })];
    const late = ten + 1;
    const broke = { accounts: [], bookings: collisions };
    const heard = [
      answer({ people: [], ...broke }, wrong, late),
      answer({ people: [aPractitioner({ active: false, practice: closed })], ...broke }, wrong, late),
      answer({ people: [aPractitioner({ practice: closed })], ...broke }, wrong, late),
      answer({ people: [aPerson({ active: false }), aPractitioner({ practice: closed })], ...broke }, wrong, late),
      answer({ people: [aPractitioner({ id: clara, practice: closed })], ...broke }, { ...wrong, ...self }, late),
      answer({ ...withPractice({ availability: [] }), ...broke }, wrong, late),
      answer({ ...withPractice({ availability: [] }), ...broke }, wrong),
      answer({ ...withPractice({ availability: [] }), ...broke }),
      answer(broke),
      answer({ ...broke, bookings: claraIsAway }),
      answer({ ...broke, bookings: [] }),
      answer(),
    ].map(codeOf);
    expect(heard).toEqual([...bookingCreate.rejections, 'applied']);
  });

  it('names an inactive self-booker inactive before anything else', () => {
    const people = [aPractitioner({ id: clara, active: false })];
    expect(codeOf(answer({ people }, { practitionerId: clara }))).toBe('practitioner_inactive');
  });
});

describe('boundaries', () => {
  it('a session may start at the very instant', () => {
    expect(codeOf(answer({}, {}, ten))).toBe('applied');
  });

  it('notice is enough when it is exactly the minimum', () => {
    expect(codeOf(answer(withPractice({ minimumNoticeMinutes: 120 })))).toBe('applied');
    expect(codeOf(answer(withPractice({ minimumNoticeMinutes: 120 }), {}, now + 1))).toBe('outside_availability');
  });

  it('a session may fill the window', () => {
    const until = (end: string) => withPractice({ availability: [{ weekday: 1, start: '10:00', end }] });
    expect(codeOf(answer(until('11:00')))).toBe('applied');
    expect(codeOf(answer(until('10:59')))).toBe('outside_availability');
  });

  it('the last credit counts', () => {
    expect(codeOf(answer({ accounts: [anAccount({ balance: 10 })] }))).toBe('applied');
  });

  it("availability is that of the practitioner's zone", () => {
    const berlin = (start: string) =>
      withPractice({ timeZone: 'Europe/Berlin', availability: [{ weekday: 1, start, end: '18:00' }] });
    expect(codeOf(answer(berlin('12:00')))).toBe('applied');
    expect(codeOf(answer(berlin('12:01')))).toBe('outside_availability');
  });
});

describe('payload', () => {
  const submit = (changes: object) => bookingCreate.submit({ id: clara, roles: [] }, { ...massage, ...changes });

  it('runs in the lane of the caller', () => {
    expect(submit({})).toEqual({ payload: massage, lane: clara, isAllowed: true });
  });

  it('compares ids in lower case', () => {
    expect(submit({ practitionerId: theo.toUpperCase() }).payload).toEqual(massage);
  });

  it.each([
    ['practitionerId', 'theo'],
    ['startsAt', '2026-06-01T10:00:00'],
    ['startsAt', '2026-06-01T10:00:30Z'],
    ['startsAt', '2026-06-01T10:00:00.001Z'],
    ['startsAt', '2026-02-30T10:00:00Z'],
    ['startsAt', 'tomorrow'],
    ['startsAt', '0000-01-01T00:00:00+01:00'],
    ['startsAt', '9999-12-31T23:59:00-01:00'],
    ['durationMinutes', 0],
    ['durationMinutes', 1.5],
    ['durationMinutes', 1441],
    ['sessionType', ''],
    ['sessionType', 'x'.repeat(101)],
    ['sessionType', 'a\u0000b'],
    ['notes', 'x'.repeat(2001)],
    ['notes', null],
    ['price', 1],
  ])('refuses %s: %j', (field, value) => {
    expect(() => submit({ [field]: value })).toThrow();
  });
});
