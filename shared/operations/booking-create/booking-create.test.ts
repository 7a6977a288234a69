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
  minuteMs,
  now,
  ten,
  theo,
} from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house } from '../../domain/accounts.ts';
import type { Booking, Practice, SlotHold } from '../../domain/state.ts';
import { type BookingCreate, bookingCreate, decide, footprint } from './booking-create.ts';

type Payload = BookingCreate['payload'];

const massage: Payload = {
  practitionerId: theo,
  startsAt: '2026-06-01T12:00:00+02:00',
  durationMinutes: 60,
  sessionType: 'massage',
};

const rows = { people: [aPerson(), aPractitioner()], accounts: [anAccount()] };

/** The answer to Clara's wish for a massage at ten. */
function answer(changes: Rows = {}, payload: Partial<Payload> = {}, at = now) {
  const command = aCommand({ ...massage, ...payload }, { at });
  return decide(aState({ ...rows, ...changes }, footprint(command)), command);
}

function withPractice(practice: Partial<Practice>): Rows {
  return { people: [aPerson(), aPractitioner({ practice: aPractice(practice) })] };
}

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

describe('collisions', () => {
  /** Eve's hour with Theo that ends `gap` minutes before ten; its own buffer is 20 minutes. */
  const earlier = (gap: number, changes: Partial<Booking> = {}) => {
    const endsAt = ten - gap * minuteMs;
    const times = { startsAt: endsAt - hourMs, endsAt, bufferedUntil: endsAt + 20 * minuteMs };
    return { bookings: [aBooking({ id: idOf('other'), clientId: eve, ...times, ...changes })] };
  };

  it.each([
    [0, 20, 'applied'],
    [0, 19, 'slot_taken'],
    [30, 30, 'applied'],
    [30, 29, 'slot_taken'],
  ])('with a buffer of %i and %i minutes between the sessions: %s', (bufferMinutes, gap, code) => {
    expect(codeOf(answer({ ...withPractice({ bufferMinutes }), ...earlier(gap) }))).toBe(code);
  });

  it('a session in which the practitioner is the client takes the slot, without a buffer', () => {
    const asClient = { clientId: theo, practitionerId: eve };
    expect(codeOf(answer({ ...withPractice({ bufferMinutes: 30 }), ...earlier(0, asClient) }))).toBe('applied');
    expect(codeOf(answer({ ...withPractice({ bufferMinutes: 30 }), ...earlier(-1, asClient) }))).toBe('slot_taken');
  });

  it('a session of the client takes the time, in either role and without a buffer', () => {
    const treats = { clientId: eve, practitionerId: clara };
    const isTreated = { clientId: clara, practitionerId: eve };
    expect(codeOf(answer(earlier(0, treats)))).toBe('applied');
    expect(codeOf(answer(earlier(-1, treats)))).toBe('client_busy');
    expect(codeOf(answer(earlier(0, isTreated)))).toBe('applied');
    expect(codeOf(answer(earlier(-1, isTreated)))).toBe('client_busy');
  });

  it('a cancelled session takes nothing', () => {
    expect(codeOf(answer(earlier(-30, { status: 'cancelled' })))).toBe('applied');
  });
});

describe('a slot hold', () => {
  const held = (changes: Partial<SlotHold> = {}) => ({ slotHolds: [aSlotHold(changes)] });
  const endedBy = (rows: Rows) => {
    const decision = answer(rows);
    if (decision.status === 'rejected') throw new Error(decision.rejection.code);
    return decision.effects.flatMap((effect) =>
      effect.type === 'slot-hold-ended' ? [[effect.hold.id, effect.as]] : [],
    );
  };

  it('of somebody else takes the slot, until the very instant of its end', () => {
    expect(codeOf(answer(held()))).toBe('slot_taken');
    expect(codeOf(answer(held(), {}, now + 5 * minuteMs - 1))).toBe('slot_taken');
    expect(codeOf(answer(held(), {}, now + 5 * minuteMs))).toBe('applied');
  });

  it.each([
    [0, 20, 'applied'],
    [0, 19, 'slot_taken'],
    [30, 30, 'applied'],
    [30, 29, 'slot_taken'],
  ])('needs the buffers of a session: with one of %i and %i minutes between them: %s', (bufferMinutes, gap, code) => {
    const endsAt = ten - gap * minuteMs;
    const times = { startsAt: endsAt - hourMs, endsAt, bufferedUntil: endsAt + 20 * minuteMs };
    expect(codeOf(answer({ ...withPractice({ bufferMinutes }), ...held(times) }))).toBe(code);
  });

  it('of the booker is used up by booking any time of it, and only while it lasts', () => {
    const own = { holderId: clara };
    const half = { startsAt: ten - hourMs / 2, endsAt: ten + hourMs / 2 };
    expect(endedBy(held({ ...own }))).toEqual([[idOf('hold'), 'used']]);
    expect(endedBy(held({ ...own, ...half }))).toEqual([[idOf('hold'), 'used']]);
    expect(endedBy(held({ ...own, startsAt: ten - hourMs, endsAt: ten, bufferedUntil: eleven }))).toEqual([]);
    expect(endedBy(held({ ...own, expiresAt: now }))).toEqual([]);
    expect(endedBy(held({ ...own, practitionerId: eve }))).toEqual([]);
  });

  it('that was offered from the waitlist ends the place there', () => {
    const decision = answer(held({ holderId: clara, waitlistEntryId: idOf('entry') }));
    if (decision.status === 'rejected') throw new Error(decision.rejection.code);
    expect(decision.effects.slice(-2)).toMatchObject([
      { type: 'slot-hold-ended', as: 'used' },
      { type: 'waitlist-ended', entryId: idOf('entry'), as: 'fulfilled' },
    ]);
  });

  it('of a practitioner who books elsewhere, or with them, is not in their way as a client', () => {
    expect(codeOf(answer(held({ holderId: theo, practitionerId: eve })))).toBe('applied');
    expect(codeOf(answer(held({ practitionerId: clara })))).toBe('applied');
  });
});

describe('an accepted booking', () => {
  it('of a client pays the house', () => {
    const policy = { freeUntilHours: 24, lateRefundPercent: 50 };
    const practice = { timeZone: 'Asia/Tokyo', bufferMinutes: 15, cancellationPolicy: policy };
    expect(answer(withPractice(practice), { notes: 'left knee' })).toEqual({
      status: 'applied',
      outcome: {
        bookingId: idOf('operation'),
        peer: false,
        creditCost: 10,
        balanceBefore: 100,
        balanceAfter: 90,
        startsAt: '2026-06-01T10:00:00.000Z',
        endsAt: '2026-06-01T11:00:00.000Z',
      },
      effects: [
        {
          type: 'booking-created',
          booking: {
            id: idOf('operation'),
            clientId: clara,
            practitionerId: theo,
            peer: false,
            status: 'booked',
            startsAt: ten,
            endsAt: eleven,
            bufferedUntil: eleven + 15 * minuteMs,
            timeZone: 'Asia/Tokyo',
            sessionType: 'massage',
            creditCost: 10,
            refundedCredits: 0,
            cancellationPolicy: policy,
            notes: 'left knee',
            cancellation: null,
            settlement: 'at_booking',
            noShow: null,
            revision: 0,
            firstStartsAt: ten,
            movedAt: null,
            lots: [],
          },
        },
        {
          type: 'transfer-posted',
          transfer: {
            debit: clara,
            credit: house.revenue,
            amount: 10,
            debitType: 'session_payment',
            creditType: 'session_earning',
            source: 'booking',
            reference: { type: 'booking', id: idOf('operation') },
            description: 'massage',
            debtor: null,
            takes: [],
          },
        },
      ],
    });
  });

  /** What moves when Clara, who has a practice, books with Theo. */
  function peerAnswer(changes: Rows = {}) {
    const people = [aPractitioner({ id: clara }), aPractitioner()];
    const decision = answer({ people, ...changes });
    if (decision.status === 'rejected') throw new Error(decision.rejection.code);
    const moves = decision.effects.flatMap((effect) => (effect.type === 'transfer-posted' ? [effect.transfer] : []));
    return { outcome: decision.outcome, moves };
  }

  it('of a peer pays the practitioner', () => {
    const { outcome, moves } = peerAnswer();
    expect(outcome).toMatchObject({ peer: true, creditCost: 10, balanceBefore: 100, balanceAfter: 90 });
    expect(moves).toMatchObject([{ debit: clara, credit: theo, amount: 10, source: 'peer_booking', debtor: null }]);
  });

  it.each([
    [10, 10],
    [25, 10],
    [4, 4],
  ])("repays the earner's debt of %i first, with %i of 10", (debt, repaid) => {
    const { outcome, moves } = peerAnswer({ accounts: [anAccount(), anAccount({ id: theo, balance: 0, debt })] });
    expect(outcome).toMatchObject({ balanceAfter: 90 });
    expect(moves).toMatchObject([
      { debit: clara, credit: theo, amount: 10 },
      { debit: theo, credit: house.advances, amount: repaid, debitType: 'debt_repayment', debtor: theo },
    ]);
  });

  it.each([
    ['the role without a page', aPerson({ roles: ['practitioner'] })],
    ['a page without the role', aPractitioner({ id: clara, roles: ['client'] })],
  ])('is no peer booking with %s', (_case, client) => {
    const decision = answer({ people: [client, aPractitioner()] });
    expect(decision).toMatchObject({ status: 'applied', outcome: { peer: false } });
  });

  it('is no peer booking because the token says so', () => {
    const command = aCommand(massage, { caller: { id: clara, roles: ['practitioner'] } });
    expect(decide(aState(rows, footprint(command)), command)).toMatchObject({ outcome: { peer: false } });
  });

  it('may be free: nothing moves, not even without an account', () => {
    const prices = [{ sessionType: 'massage', durationMinutes: 60, credits: 0 }];
    const decision = answer({ ...withPractice({ prices }), accounts: [] });
    expect(decision).toMatchObject({
      outcome: { creditCost: 0, balanceBefore: 0, balanceAfter: 0 },
      effects: [{ type: 'booking-created', booking: { creditCost: 0, notes: null } }],
    });
  });

  it('reports the ledger balance, held credits included', () => {
    expect(answer({ accounts: [anAccount({ balance: 50, held: 40 })] })).toMatchObject({
      outcome: { balanceBefore: 50, balanceAfter: 40 },
    });
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
