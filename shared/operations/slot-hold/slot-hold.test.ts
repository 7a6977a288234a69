import { describe, expect, it } from 'vitest';
import {
  aBooking,
  aCommand,
  aPerson,
  aPractice,
  aPractitioner,
  aSlotHold,
  clara,
  codeOf,
  eleven,
  eve,
  hourMs,
  idOf,
  minuteMs,
  now,
  ten,
  theo,
} from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import type { Practice } from '../../domain/state.ts';
import { decide, footprint, type SlotHoldCommand, slotHold } from './slot-hold.ts';

type Payload = SlotHoldCommand['payload'];

const massage: Payload = {
  practitionerId: theo,
  startsAt: '2026-06-01T12:00:00+02:00',
  durationMinutes: 60,
  sessionType: 'massage',
};

const rows = { people: [aPerson(), aPractitioner()] };

/** The answer to Clara, who wants Theo's hour at ten kept for her. */
function answer(changes: Rows = {}, payload: Partial<Payload> = {}, at = now) {
  const command = aCommand({ ...massage, ...payload }, { at });
  return decide(aState({ ...rows, ...changes }, footprint(command)), command);
}

function withPractice(practice: Partial<Practice>): Rows {
  return { people: [aPerson(), aPractitioner({ practice: aPractice(practice) })] };
}

it('names both calendars, and what the caller holds with the practitioner already; no account', () => {
  const span = { from: ten, to: eleven };
  expect(footprint(aCommand(massage))).toEqual({
    people: [clara, theo],
    calendars: [
      { personId: clara, ...span },
      { personId: theo, ...span },
    ],
    slotHolders: [{ holderId: clara, practitionerId: theo }],
  });
});

describe('rejections', () => {
  const booked = [aBooking({ id: idOf('other'), clientId: eve })];
  const claraIsAway = [aBooking({ id: idOf('other'), practitionerId: eve })];

  it.each<[string, Rows, Partial<Payload>, number]>([
    ['practitioner_not_found', { people: [aPerson()] }, {}, now],
    ['practitioner_not_found', { people: [aPerson(), aPractitioner({ deleted: true })] }, {}, now],
    ['practitioner_inactive', { people: [aPerson(), aPractitioner({ active: false })] }, {}, now],
    ['client_not_found', { people: [aPractitioner()] }, {}, now],
    ['client_inactive', { people: [aPerson({ active: false }), aPractitioner()] }, {}, now],
    ['self_booking', { people: [aPractitioner({ id: clara })] }, { practitionerId: clara }, now],
    ['starts_in_past', {}, {}, ten + 1],
    ['not_offered', {}, { durationMinutes: 45 }, now],
    ['outside_availability', withPractice({ availability: [] }), {}, now],
    ['slot_taken', { bookings: booked }, {}, now],
    ['slot_taken', { slotHolds: [aSlotHold()] }, {}, now],
    ['client_busy', { bookings: claraIsAway }, {}, now],
  ])('%s', (code, changes, payload, at) => {
    expect(codeOf(answer(changes, payload, at))).toBe(code);
  });

  // Everything is wrong at first; each line puts one thing right, and the next reason in the contract's order is heard.
  it('come in the order of a booking’s', () => {
    const wrong: Partial<Payload> = { sessionType: 'reading' };
    const closed = aPractice({ availability: [] });
    const late = ten + 1;
    const taken = { bookings: [...booked, aBooking({ id: idOf('third'), practitionerId: eve })] };
    const heard = [
      answer({ people: [], ...taken }, wrong, late),
      answer({ people: [aPractitioner({ active: false, practice: closed })], ...taken }, wrong, late),
      answer({ people: [aPractitioner({ practice: closed })], ...taken }, wrong, late),
      answer({ people: [aPerson({ active: false }), aPractitioner({ practice: closed })], ...taken }, wrong, late),
      answer({ people: [aPractitioner({ id: clara })], ...taken }, { ...wrong, practitionerId: clara }, late),
      answer({ ...withPractice({ availability: [] }), ...taken }, wrong, late),
      answer({ ...withPractice({ availability: [] }), ...taken }, wrong),
      answer({ ...withPractice({ availability: [] }), ...taken }),
      answer(taken),
      answer({ bookings: claraIsAway, slotHolds: [aSlotHold({ expiresAt: now })] }),
      answer(),
    ].map(codeOf);
    expect(heard).toEqual([...slotHold.rejections, 'applied']);
  });

  it('asks for no credits: who has none yet may be on the way to get some', () => {
    expect(codeOf(answer({ accounts: [] }))).toBe('applied');
  });
});

describe('what is held', () => {
  it('is kept for as long as the house says, with the buffer of a session', () => {
    expect(answer(withPractice({ bufferMinutes: 15 }))).toEqual({
      status: 'applied',
      outcome: {
        holdId: idOf('operation'),
        practitionerId: theo,
        startsAt: '2026-06-01T10:00:00.000Z',
        endsAt: '2026-06-01T11:00:00.000Z',
        expiresAt: '2026-06-01T08:05:00.000Z',
        creditCost: 10,
      },
      effects: [
        {
          type: 'slot-held',
          hold: {
            id: idOf('operation'),
            holderId: clara,
            practitionerId: theo,
            status: 'live',
            startsAt: ten,
            endsAt: eleven,
            bufferedUntil: eleven + 15 * minuteMs,
            sessionType: 'massage',
            expiresAt: now + 5 * minuteMs,
            waitlistEntryId: null,
          },
        },
      ],
    });
  });

  it('ends on a whole millisecond, as it is told and stored, when it was accepted between two', () => {
    expect(answer({}, {}, now + 0.75)).toMatchObject({
      outcome: { expiresAt: '2026-06-01T08:05:00.000Z' },
      effects: [{ hold: { expiresAt: now + 5 * minuteMs } }],
    });
  });

  it.each([
    ['to the millisecond', now + 1, 'slot_taken'],
    ['and not at the very instant of its end', now, 'applied'],
  ])('keeps others away %s', (_when, expiresAt, code) => {
    expect(codeOf(answer({ slotHolds: [aSlotHold({ expiresAt })] }))).toBe(code);
  });

  it.each(['used', 'released', 'replaced'] as const)('keeps nothing once it is %s', (status) => {
    expect(codeOf(answer({ slotHolds: [aSlotHold({ status })] }))).toBe('applied');
  });

  it.each([
    ['the same time', { startsAt: ten, endsAt: eleven }, now + minuteMs],
    ['another time', { startsAt: ten + 72 * hourMs, endsAt: eleven + 72 * hourMs }, now + minuteMs],
    ['a time that it kept once', { startsAt: ten, endsAt: eleven }, now - minuteMs],
  ])('replaces what the caller held with the practitioner: %s', (_what, times, expiresAt) => {
    const earlier = aSlotHold({ holderId: clara, ...times, expiresAt });
    const decision = answer({ slotHolds: [earlier] });
    expect(decision).toMatchObject({
      effects: [{ type: 'slot-hold-ended', hold: earlier, as: 'replaced' }, { type: 'slot-held' }],
    });
  });

  it('leaves alone what the caller is offered from the waitlist', () => {
    const offered = aSlotHold({ holderId: clara, waitlistEntryId: idOf('entry') });
    expect(answer({ slotHolds: [offered] })).toMatchObject({ effects: [{ type: 'slot-held' }] });
  });

  it('leaves alone what the caller holds with others, and what others hold at other times', () => {
    const elsewhere = { startsAt: ten + 2 * hourMs, endsAt: eleven + 2 * hourMs };
    const slotHolds = [aSlotHold({ holderId: clara, practitionerId: eve }), aSlotHold({ id: idOf('b'), ...elsewhere })];
    expect(answer({ slotHolds })).toMatchObject({ effects: [{ type: 'slot-held' }] });
  });
});

describe('payload', () => {
  const submit = (changes: object) => slotHold.submit({ id: clara, roles: [] }, { ...massage, ...changes });

  it('runs in the lane of the caller', () => {
    expect(submit({})).toEqual({ payload: massage, lane: clara, isAllowed: true });
  });

  it.each([
    ['practitionerId', 'theo'],
    ['startsAt', '2026-06-01T10:00:30Z'],
    ['durationMinutes', 1441],
    ['sessionType', ''],
    ['notes', 'none'],
  ])('refuses %s: %j', (field, value) => {
    expect(() => submit({ [field]: value })).toThrow();
  });
});
