import { describe, expect, it } from 'vitest';
import {
  aBooking,
  aCommand,
  anAccount,
  clara,
  codeOf,
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
import { bookingCancel, decide, footprint } from './booking-cancel.ts';

const bookingId = idOf('booking');
const late = { freeUntilHours: 24, lateRefundPercent: 50 };

interface Call {
  readonly by?: string;
  readonly roles?: readonly Role[];
  readonly at?: number;
  readonly reason?: string;
}

function answer(
  booking: Partial<Booking> | null,
  { by = clara, roles = [], at = now, reason }: Call = {},
  rows: Rows = {},
) {
  const command = aCommand({ bookingId, reason }, { caller: { id: by, roles }, at });
  const bookings = booking === null ? [] : [aBooking(booking)];
  return decide(aState({ accounts: [anAccount()], ...rows, bookings }, footprint(command)), command);
}

function movesOf(decision: ReturnType<typeof decide>) {
  if (decision.status === 'rejected') throw new Error(decision.rejection.code);
  return decision.effects.flatMap((effect) => (effect.type === 'transfer-posted' ? [effect.transfer] : []));
}

it('asks for the booking alone: its parties come with it', () => {
  expect(footprint(aCommand({ bookingId }))).toEqual({ bookings: [bookingId] });
});

describe('rejections', () => {
  it.each<[string, Partial<Booking> | null, Call]>([
    ['booking_not_found', null, {}],
    ['booking_not_found', null, { roles: ['ops'] }],
    ['booking_not_found', {}, { by: eve }],
    ['booking_not_found', {}, { by: eve, roles: ['client', 'practitioner', 'partner', 'vendor'] }],
    ['booking_not_found', { status: 'cancelled' }, { by: eve }],
    ['already_cancelled', { status: 'cancelled' }, {}],
    ['already_cancelled', { status: 'cancelled' }, { at: ten + 1 }],
    ['already_cancelled', { status: 'cancelled' }, { by: eve, roles: ['ops'] }],
    ['not_cancellable', { status: 'completed' }, {}],
    ['not_cancellable', { status: 'no_show' }, { by: theo }],
    ['not_cancellable', { status: 'completed' }, { by: eve, roles: ['admin'] }],
    ['not_cancellable', {}, { at: ten + 1 }],
    ['not_cancellable', {}, { by: theo, at: ten + 1 }],
    ['not_cancellable', {}, { roles: ['ops'], at: ten + 1 }], // a party acts as that party
  ])('%s for %j, asked by %j', (code, booking, call) => {
    expect(codeOf(answer(booking, call))).toBe(code);
  });

  it('tells a stranger the same about a booking that exists and one that does not', () => {
    expect(answer({}, { by: eve })).toEqual(answer(null, { by: eve }));
  });

  it('lets a session be cancelled at the instant it starts, and by ops also later', () => {
    expect(codeOf(answer({}, { at: ten }))).toBe('applied');
    expect(codeOf(answer({}, { by: eve, roles: ['ops'], at: ten + hourMs }))).toBe('applied');
    expect(codeOf(answer({}, { by: eve, roles: ['admin'], at: ten + hourMs }))).toBe('applied');
  });
});

describe('refund', () => {
  const dayBefore = ten - 24 * hourMs;

  it.each<[string, number, Call]>([
    ['the client, exactly at the limit', 10, { at: dayBefore }],
    ['the client, a moment late', 5, { at: dayBefore + 1 }],
    ['the client with an ops token, late', 5, { roles: ['ops', 'admin'] }],
    ['the practitioner, late', 10, { by: theo }],
    ['ops, late', 10, { by: eve, roles: ['ops'] }],
    ['an admin, late', 10, { by: eve, roles: ['admin'] }],
  ])('%s: %i of 10', (_case, refundedCredits, call) => {
    expect(answer({ cancellationPolicy: late }, call)).toMatchObject({ outcome: { refundedCredits } });
  });

  it.each([
    [7, 50, 3],
    [1, 99, 0],
    [10, 0, 0],
    [9, 100, 9],
    [1_000_000_000, 33, 330_000_000],
  ])('of %i at %i percent is %i: rounded down', (creditCost, lateRefundPercent, refundedCredits) => {
    const cancellationPolicy = { freeUntilHours: 24, lateRefundPercent };
    expect(answer({ creditCost, cancellationPolicy })).toMatchObject({ outcome: { refundedCredits } });
  });

  it('is in full until the start by default', () => {
    expect(answer({}, { at: ten })).toMatchObject({ outcome: { refundedCredits: 10 } });
  });
});

describe('an accepted cancellation', () => {
  it("of a client's booking comes from the house", () => {
    expect(answer({}, { reason: 'a cold' })).toEqual({
      status: 'applied',
      outcome: { bookingId, refundedCredits: 10, cancelledBy: 'client' },
      effects: [
        {
          type: 'booking-cancelled',
          bookingId,
          refundedCredits: 10,
          cancellation: { by: 'client', reason: 'a cold', at: now },
        },
        {
          type: 'transfer-posted',
          transfer: {
            debit: house.revenue,
            credit: clara,
            amount: 10,
            debitType: 'session_refund_reversal',
            creditType: 'session_refund',
            source: 'booking',
            reference: { type: 'booking', id: bookingId },
            description: 'massage',
            debtor: null,
            returns: [],
          },
        },
      ],
    });
  });

  it.each<[string, Call]>([
    ['client', { by: clara }],
    ['practitioner', { by: theo }],
    ['ops', { by: eve, roles: ['ops'] }],
    ['client', { by: clara, roles: ['ops'] }],
    ['practitioner', { by: theo, roles: ['admin'] }],
  ])('names the %s for %j', (by, call) => {
    const decision = answer({}, call);
    expect(decision).toMatchObject({
      outcome: { cancelledBy: by },
      effects: [{ cancellation: { by, reason: null } }, {}],
    });
  });

  it.each([
    ['a free session', { creditCost: 0 }],
    ['a refund of nothing', { cancellationPolicy: { freeUntilHours: 24, lateRefundPercent: 0 } }],
  ])('moves nothing for %s', (_case, booking) => {
    const decision = answer(booking);
    expect(decision).toMatchObject({ outcome: { refundedCredits: 0 } });
    expect(movesOf(decision)).toEqual([]);
  });

  it('makes a client whole who has no account row any more', () => {
    expect(movesOf(answer({}, {}, { accounts: [] }))).toMatchObject([{ credit: clara, amount: 10 }]);
  });
});

describe('a peer refund', () => {
  const refundWith = (earner: { balance: number; held?: number; debt?: number }, clientDebt = 0) =>
    movesOf(
      answer(
        { peer: true },
        {},
        { accounts: [anAccount({ balance: 0, debt: clientDebt }), anAccount({ id: theo, ...earner })] },
      ),
    );

  const fromTheo = { debit: theo, credit: clara, debtor: null };
  const advanced = { debit: house.advances, credit: clara, debtor: theo };

  it('comes from the practitioner', () => {
    expect(refundWith({ balance: 10 })).toEqual([
      {
        ...fromTheo,
        amount: 10,
        debitType: 'session_refund_reversal',
        creditType: 'session_refund',
        source: 'peer_booking',
        reference: { type: 'booking', id: bookingId },
        description: 'massage',
        returns: [],
      },
    ]);
  });

  it('makes the client whole when the practitioner has spent all of it, and some of it', () => {
    expect(refundWith({ balance: 0 })).toMatchObject([{ ...advanced, amount: 10 }]);
    expect(refundWith({ balance: 3 })).toMatchObject([
      { ...fromTheo, amount: 3 },
      { ...advanced, amount: 7 },
    ]);
  });

  it("leaves alone what is held of the practitioner's balance", () => {
    expect(refundWith({ balance: 12, held: 8 })).toMatchObject([
      { ...fromTheo, amount: 4 },
      { ...advanced, amount: 6 },
    ]);
  });

  it('adds to a debt that is there', () => {
    expect(refundWith({ balance: 0, debt: 5 })).toMatchObject([{ ...advanced, amount: 10 }]);
  });

  it('first repays what the client owes, from each part as it comes', () => {
    expect(refundWith({ balance: 3 }, 5)).toMatchObject([
      { ...fromTheo, amount: 3 },
      { debit: clara, credit: house.advances, amount: 3, debitType: 'debt_repayment', debtor: clara },
      { ...advanced, amount: 7 },
      { debit: clara, credit: house.advances, amount: 2, debitType: 'debt_repayment', debtor: clara },
    ]);
  });
});

describe('payload', () => {
  const submit = (payload: object) => bookingCancel.submit({ id: clara, roles: [] }, payload);

  it('runs in the lane of the caller', () => {
    expect(submit({ bookingId, reason: 'a cold' })).toEqual({
      payload: { bookingId, reason: 'a cold' },
      lane: clara,
      isAllowed: true,
    });
    expect(submit({ bookingId })).toEqual({ payload: { bookingId }, lane: clara, isAllowed: true });
  });

  it.each([{}, { bookingId: '7' }, { bookingId, reason: 'x'.repeat(2001) }, { bookingId, refund: 10 }])(
    'refuses %j',
    (payload) => {
      expect(() => submit(payload)).toThrow();
    },
  );
});
