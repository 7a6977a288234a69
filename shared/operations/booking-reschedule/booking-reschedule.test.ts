import { describe, expect, it } from 'vitest';
import {
  aBooking,
  aCommand,
  anAccount,
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
  now,
  ten,
  theo,
} from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import type { Role } from '../../contract/roles.ts';
import { house } from '../../domain/accounts.ts';
import type { Booking } from '../../domain/state.ts';
import { decide, footprint } from './booking-reschedule.ts';

const bookingId = idOf('booking');

interface Call {
  readonly by?: string;
  readonly roles?: readonly Role[];
  readonly at?: number;
  readonly to?: number;
}

function answer(
  booking: Partial<Booking> | null,
  { by = clara, roles = [], at = now, to = ten + 3 * hourMs }: Call = {},
  rows: Rows = {},
) {
  const payload = { bookingId, startsAt: new Date(to).toISOString() };
  const command = aCommand(payload, { caller: { id: by, roles }, at });
  const bookings = [...(booking === null ? [] : [aBooking(booking)]), ...(rows.bookings ?? [])];
  const people = rows.people ?? [aPerson(), aPractitioner()];
  return decide(aState({ accounts: [anAccount()], ...rows, people, bookings }, footprint(command)), command);
}

function priced(credits: number): Rows {
  const prices = [{ sessionType: 'massage', durationMinutes: 60, credits }];
  return { people: [aPerson(), aPractitioner({ practice: aPractice({ prices }) })] };
}

function movesOf(decision: ReturnType<typeof decide>) {
  if (decision.status === 'rejected') throw new Error(decision.rejection.code);
  return decision.effects.flatMap((effect) =>
    effect.type === 'transfer-posted' ? [[effect.transfer.debit, effect.transfer.credit, effect.transfer.amount]] : [],
  );
}

const elsewhere = { id: idOf('other'), startsAt: ten + 3 * hourMs, endsAt: eleven + 3 * hourMs };

describe('rejections, in their order', () => {
  it.each<[string, Partial<Booking> | null, Call, Rows]>([
    ['booking_not_found', null, {}, {}],
    ['booking_not_found', {}, { by: eve }, {}],
    ['already_cancelled', { status: 'cancelled' }, {}, {}],
    ['not_cancellable', { status: 'completed' }, {}, {}],
    ['not_cancellable', {}, { at: ten + 1 }, {}],
    ['starts_in_past', {}, { to: now - hourMs }, {}],
    ['not_offered', { sessionType: 'gone' }, {}, {}],
    [
      'outside_availability',
      {},
      {},
      { people: [aPerson(), aPractitioner({ practice: aPractice({ availability: [] }) })] },
    ],
    ['slot_taken', {}, {}, { bookings: [aBooking({ ...elsewhere, clientId: eve })] }],
    ['slot_taken', {}, {}, { slotHolds: [aSlotHold({ ...elsewhere })] }],
    ['slot_taken', {}, { by: theo }, { slotHolds: [aSlotHold({ ...elsewhere })] }],
    ['client_busy', {}, {}, { bookings: [aBooking({ ...elsewhere, practitionerId: eve })] }],
    ['insufficient_credits', {}, {}, { ...priced(111), accounts: [anAccount({ balance: 100 })] }],
  ])('%s', (code, booking, call, rows) => {
    expect(codeOf(answer(booking, call, rows))).toBe(code);
  });
});

describe('a session that is moved', () => {
  it('may go to where its client holds a slot, whoever moves it, and the hold stays until it runs out', () => {
    const slotHolds = [aSlotHold({ ...elsewhere, holderId: clara })];
    for (const by of [clara, theo]) {
      expect(answer({}, { by }, { slotHolds })).toMatchObject({ effects: [{ type: 'booking-rescheduled' }] });
    }
  });

  it('may overlap with itself, keeps its id and its length', () => {
    expect(answer({}, { to: ten + hourMs / 2 })).toMatchObject({
      outcome: {
        bookingId,
        startsAt: new Date(ten + hourMs / 2).toISOString(),
        endsAt: new Date(eleven + hourMs / 2).toISOString(),
      },
    });
  });

  it('moves the difference in price, and nothing else', () => {
    expect(movesOf(answer({ creditCost: 10 }, {}, priced(10)))).toEqual([]);
    expect(movesOf(answer({ creditCost: 10 }, {}, priced(14)))).toEqual([[clara, house.revenue, 4]]);
    expect(movesOf(answer({ creditCost: 10 }, {}, priced(7)))).toEqual([[house.revenue, clara, 3]]);
  });

  it('becomes no dearer when the practitioner moves it', () => {
    expect(movesOf(answer({ creditCost: 10 }, { by: theo }, priced(14)))).toEqual([]);
  });

  it('changes what is held when it is paid on completion', () => {
    const held = { creditCost: 10, peer: true, settlement: 'on_completion' } as const;
    const accounts = [anAccount({ held: 10 })];
    expect(answer(held, {}, { ...priced(14), accounts })).toMatchObject({
      effects: [{ type: 'hold-resized', hold: { id: bookingId, amount: 10 }, amount: 14 }, {}],
    });
  });
});
