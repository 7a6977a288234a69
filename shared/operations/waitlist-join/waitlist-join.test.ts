import { describe, expect, it } from 'vitest';
import {
  aCommand,
  aPerson,
  aPractice,
  aPractitioner,
  aWaitlistEntry,
  clara,
  codeOf,
  eve,
  hourMs,
  idOf,
  minuteMs,
  now,
  ten,
  theo,
} from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { decide, footprint, type WaitlistJoin, waitlistJoin } from './waitlist-join.ts';

type Payload = WaitlistJoin['payload'];

const morning: Payload = {
  practitionerId: theo,
  from: '2026-06-01T09:00:00Z',
  to: '2026-06-01T12:00:00Z',
  durationMinutes: 60,
  sessionType: 'massage',
};

const rows = { people: [aPerson(), aPractitioner()] };

/** The answer to Clara, who wants an hour of Theo's morning. */
function answer(changes: Rows = {}, payload: Partial<Payload> = {}, at = now) {
  const command = aCommand({ ...morning, ...payload }, { at });
  return decide(aState({ ...rows, ...changes }, footprint(command)), command);
}

const [own, others] = [aWaitlistEntry({ id: idOf('own') }), aWaitlistEntry({ id: idOf('a'), clientId: eve })];

describe('rejections', () => {
  it.each<[string, Rows, Partial<Payload>, number]>([
    ['practitioner_not_found', { people: [aPerson()] }, {}, now],
    ['practitioner_inactive', { people: [aPerson(), aPractitioner({ active: false })] }, {}, now],
    ['client_not_found', { people: [aPractitioner()] }, {}, now],
    ['client_inactive', { people: [aPerson({ active: false }), aPractitioner()] }, {}, now],
    ['self_booking', { people: [aPractitioner({ id: clara })] }, { practitionerId: clara }, now],
    ['starts_in_past', {}, {}, ten + hourMs + 1],
    ['not_offered', {}, { durationMinutes: 45 }, now],
    ['not_offered', { people: [aPerson(), aPractitioner({ practice: aPractice({ prices: [] }) })] }, {}, now],
    ['already_waiting', { waitlistEntries: [own] }, {}, now],
  ])('%s', (code, changes, payload, at) => {
    expect(codeOf(answer(changes, payload, at))).toBe(code);
  });

  it('come in their order', () => {
    const wrong: Partial<Payload> = { sessionType: 'reading' };
    const late = ten + hourMs + 1;
    const waiting = { waitlistEntries: [own] };
    const heard = [
      answer({ people: [], ...waiting }, wrong, late),
      answer({ people: [aPractitioner({ active: false })], ...waiting }, wrong, late),
      answer({ people: [aPractitioner()], ...waiting }, wrong, late),
      answer({ people: [aPerson({ active: false }), aPractitioner()], ...waiting }, wrong, late),
      answer({ people: [aPractitioner({ id: clara })] }, { ...wrong, practitionerId: clara }, late),
      answer(waiting, wrong, late),
      answer(waiting, wrong),
      answer(waiting),
      answer(),
    ].map(codeOf);
    expect(heard).toEqual([...waitlistJoin.rejections, 'applied']);
  });
});

describe('a place', () => {
  it('is behind those who have asked before, and before nobody', () => {
    const later = aWaitlistEntry({ id: idOf('b'), clientId: idOf('bob'), joinedAt: now + minuteMs });
    const past = aWaitlistEntry({ id: idOf('c'), clientId: idOf('cyd'), to: now });
    expect(answer({ waitlistEntries: [others, later, past] })).toEqual({
      status: 'applied',
      outcome: { entryId: idOf('operation'), position: 2 },
      effects: [{ type: 'waitlist-joined', entry: aWaitlistEntry({ id: idOf('operation'), joinedAt: now }) }],
    });
  });

  it('takes that of an earlier one whose time has passed', () => {
    const past = { ...own, to: now };
    expect(answer({ waitlistEntries: [past] })).toMatchObject({
      outcome: { position: 1 },
      effects: [{ type: 'waitlist-ended', entryId: own.id, as: 'over' }, { type: 'waitlist-joined' }],
    });
  });

  it('is for the last session that still fits', () => {
    expect(codeOf(answer({}, {}, ten + hourMs))).toBe('applied');
  });

  it.each([
    { to: '2026-06-01T09:59:59Z' },
    { to: '2026-06-01T08:00:00Z' },
    { from: 'soon' },
    { durationMinutes: 0 },
    { sessionType: '' },
    { notes: '' },
  ])('is refused with %j', (changes) => {
    expect(() => waitlistJoin.submit({ id: clara, roles: [] }, { ...morning, ...changes })).toThrow();
    expect(waitlistJoin.submit({ id: clara, roles: [] }, morning)).toEqual({
      payload: morning,
      lane: clara,
      isAllowed: true,
    });
  });
});
