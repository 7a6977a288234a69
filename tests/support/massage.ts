import type { Decision } from '../../shared/domain/decision.ts';
import type { Practice } from '../../shared/domain/state.ts';
import { type BookingCreate, decide, footprint } from '../../shared/operations/booking-create/booking-create.ts';
import { aCommand, anAccount, aPerson, aPractice, aPractitioner, now, theo } from './builders.ts';
import { aState, type Rows } from './world.ts';

type Payload = BookingCreate['payload'];

/** What Clara wishes for in the tests of bookings: an hour of massage with Theo, at ten. */
export const massage: Payload = {
  practitionerId: theo,
  startsAt: '2026-06-01T12:00:00+02:00',
  durationMinutes: 60,
  sessionType: 'massage',
};

/** All that it takes. */
export const rows = { people: [aPerson(), aPractitioner()], accounts: [anAccount()] };

/** The answer to Clara's wish. */
export function answer(changes: Rows = {}, payload: Partial<Payload> = {}, at = now): Decision {
  const command = aCommand({ ...massage, ...payload }, { at });
  return decide(aState({ ...rows, ...changes }, footprint(command)), command);
}

export function withPractice(practice: Partial<Practice>): Rows {
  return { people: [aPerson(), aPractitioner({ practice: aPractice(practice) })] };
}
