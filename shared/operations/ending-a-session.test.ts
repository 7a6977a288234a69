import { describe, expect, it } from 'vitest';
import {
  aBooking,
  aCommand,
  anAccount,
  clara,
  codeOf,
  decided,
  eve,
  hourMs,
  idOf,
  ten,
  theo,
} from '../../tests/support/builders.ts';
import { aState } from '../../tests/support/world.ts';
import type { Role } from '../contract/roles.ts';
import type { Decision } from '../domain/decision.ts';
import type { Booking } from '../domain/state.ts';
import { bookingComplete } from './booking-complete/booking-complete.ts';
import { bookingNoShow } from './booking-no-show/booking-no-show.ts';

const bookingId = idOf('booking');
const whole = { balance: 100, held: 10 };

interface Call {
  readonly by?: string;
  readonly roles?: readonly Role[];
  readonly at?: number;
}

type Said = 'completed' | 'client' | 'practitioner';

function say(said: Said, booking: Partial<Booking> | null, { by = theo, roles = [], at = ten }: Call = {}): Decision {
  const kind = said === 'completed' ? bookingComplete : bookingNoShow;
  const payload = said === 'completed' ? { bookingId } : { bookingId, party: said };
  const prepared = kind.prepare(aCommand(payload, { caller: { id: by, roles }, at }));
  const bookings = booking === null ? [] : [aBooking(booking)];
  const accounts = [anAccount(whole), anAccount({ id: theo, balance: 50 })];
  return decided(prepared, aState({ accounts, bookings }, prepared.footprint));
}

function effectsOf(decision: Decision) {
  if (decision.status === 'rejected') throw new Error(decision.rejection.code);
  return decision.effects.map((effect) => {
    if (effect.type === 'transfer-posted') return `${effect.transfer.creditType} ${effect.transfer.amount}`;
    return effect.type === 'hold-ended' ? effect.as : effect.type;
  });
}

describe.each<Said>(['completed', 'client', 'practitioner'])('saying "%s"', (said) => {
  it.each<[string, Partial<Booking> | null, Call]>([
    ['booking_not_found', null, {}],
    ['booking_not_found', {}, { by: eve }],
    ['booking_not_found', {}, { by: clara }],
    ['already_cancelled', { status: 'cancelled' }, {}],
    ['not_cancellable', { status: 'completed' }, {}],
    ['not_cancellable', { status: 'no_show' }, {}],
    ['not_started', {}, { at: ten - 1 }],
    ['applied', {}, {}],
    ['applied', {}, { by: eve, roles: ['ops'] }],
    ['applied', {}, { at: ten + 1_000 * hourMs }],
  ])('is answered %s', (code, booking, call) => {
    expect(codeOf(say(said, booking, call))).toBe(code);
  });
});

it('moves nothing of a session that was paid at booking, unless its practitioner did not come', () => {
  expect(effectsOf(say('completed', {}))).toEqual(['booking-completed']);
  expect(effectsOf(say('client', {}))).toEqual(['booking-missed']);
  expect(effectsOf(say('practitioner', {}))).toEqual(['session_refund 10', 'booking-missed']);
});

it('pays what was held, or gives it free', () => {
  const held = { peer: true, settlement: 'on_completion' } as const;
  expect(effectsOf(say('completed', held))).toEqual(['captured', 'session_earning 10', 'booking-completed']);
  expect(effectsOf(say('client', held))).toEqual(['captured', 'session_earning 10', 'booking-missed']);
  expect(effectsOf(say('practitioner', held))).toEqual(['released', 'booking-missed']);
});
