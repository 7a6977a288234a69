import { describe, expect, it } from 'vitest';
import {
  aBooking,
  aFreedSlot,
  anAccount,
  aSlotHold,
  aWaitlistEntry,
  clara,
  eleven,
  eve,
  idOf,
  now,
  ten,
  theo,
} from '../../tests/support/builders.ts';
import { aState, type Rows } from '../../tests/support/world.ts';
import { house } from './accounts.ts';
import { apply } from './apply.ts';
import { noChanges } from './changes.ts';
import type { Effect, Transfer } from './effects.ts';
import { transferIdOf } from './ids.ts';
import { calendarOf, lookup } from './state.ts';

const operation = idOf('operation');
const booking = aBooking();

const transfer: Transfer = {
  debit: clara,
  credit: theo,
  amount: 10,
  debitType: 'session_payment',
  creditType: 'session_earning',
  source: 'peer_booking',
  reference: { type: 'booking', id: booking.id },
  description: null,
  debtor: null,
};

const posted = (changes: Partial<Transfer> = {}): Effect => ({
  type: 'transfer-posted',
  transfer: { ...transfer, ...changes },
});

const created: Effect = { type: 'booking-created', booking };

const cancelled: Effect = {
  type: 'booking-cancelled',
  bookingId: booking.id,
  refundedCredits: 4,
  cancellation: { by: 'client', reason: null, at: now },
};

const footprint = {
  accounts: [clara, theo],
  bookings: [booking.id],
  calendars: [clara, theo].map((personId) => ({ personId, from: booking.startsAt, to: booking.endsAt })),
};

/** The state and the changes once these effects are carried out. */
function carriedOut(effects: readonly Effect[], rows: Rows = {}) {
  const state = aState({ accounts: [anAccount(), anAccount({ id: theo, balance: 5 })], ...rows }, footprint);
  const changes = noChanges();
  apply(state, changes, operation, effects);
  return { state, changes };
}

describe('a transfer', () => {
  it('moves both balances and remembers what they were', () => {
    const { state, changes } = carriedOut([posted()]);
    expect(lookup(state.accounts, clara)).toEqual(anAccount({ balance: 90 }));
    expect(lookup(state.accounts, theo)).toEqual(anAccount({ id: theo, balance: 15 }));
    const id = transferIdOf(operation, 0);
    expect(changes.transfers).toEqual([{ ...transfer, id, operationId: operation, debitBefore: 100, creditBefore: 5 }]);
    expect(changes.accounts).toEqual(state.accounts);
  });

  it("has one side only where the other is the house's", () => {
    expect(carriedOut([posted({ credit: house.revenue })]).changes.transfers).toMatchObject([
      { debitBefore: 100, creditBefore: null },
    ]);
    expect(carriedOut([posted({ debit: house.issued })]).changes.transfers).toMatchObject([
      { debitBefore: null, creditBefore: 5 },
    ]);
  });

  it('opens an account that does not exist', () => {
    const { state } = carriedOut([posted()], { accounts: [anAccount()] });
    expect(lookup(state.accounts, theo)).toEqual(anAccount({ id: theo, balance: 10 }));
  });

  it('continues where the one before it ended, under an id of its own', () => {
    const { changes } = carriedOut([posted(), posted({ amount: 3 })]);
    expect(changes.transfers).toMatchObject([
      { id: transferIdOf(operation, 0), debitBefore: 100, creditBefore: 5 },
      { id: transferIdOf(operation, 1), debitBefore: 90, creditBefore: 15 },
    ]);
    expect(changes.accounts.get(clara)).toEqual(anAccount({ balance: 87 }));
  });

  it('raises the debt of whom the house stands in for, and lowers that of whoever repays', () => {
    const rows = { accounts: [anAccount(), anAccount({ id: theo, balance: 0, debt: 6 })] };
    const advance = posted({ debit: house.advances, credit: clara, amount: 7, debtor: theo });
    expect(carriedOut([advance], rows).state.accounts.get(theo)).toMatchObject({ balance: 0, debt: 13 });
    const repayment = posted({ debit: theo, credit: house.advances, amount: 4, debtor: theo });
    expect(carriedOut([posted(), repayment], rows).state.accounts.get(theo)).toMatchObject({ balance: 6, debt: 2 });
  });

  it.each<[string, Partial<Transfer>, Rows]>([
    ['nothing', { amount: 0 }, {}],
    ['less than nothing', { amount: -1 }, {}],
    ['parts of credits', { amount: 0.5 }, {}],
    ['more than there is', { amount: 101 }, {}],
    ['what is held', { amount: 61 }, { accounts: [anAccount({ held: 40 })] }],
    ['more than numbers can count', { debit: house.issued, amount: Number.MAX_SAFE_INTEGER }, {}],
    ['more than is owed', { debtor: clara }, {}],
    ['from an account outside the footprint', { debit: eve }, {}],
  ])('of %s is a bug', (_case, changes, rows) => {
    expect(() => carriedOut([posted(changes)], rows)).toThrow();
  });
});

describe('a booking', () => {
  it('appears in both calendars when it is made', () => {
    const { state, changes } = carriedOut([created]);
    expect(lookup(state.bookings, booking.id)).toEqual(booking);
    expect([calendarOf(state, clara), calendarOf(state, theo)]).toEqual([[booking], [booking]]);
    expect([...changes.bookingsCreated.values()]).toEqual([booking]);
  });

  it('leaves both calendars when it is cancelled', () => {
    const { state, changes } = carriedOut([cancelled], { bookings: [booking] });
    const gone = {
      ...booking,
      status: 'cancelled',
      refundedCredits: 4,
      cancellation: { by: 'client', reason: null, at: now },
    };
    expect(lookup(state.bookings, booking.id)).toEqual(gone);
    expect([calendarOf(state, clara), calendarOf(state, theo)]).toEqual([[], []]);
    expect([...changes.bookingsChanged.values()]).toEqual([gone]);
    expect(changes.bookingsCreated.size).toBe(0);
  });

  it('made and cancelled in one batch is inserted once, as it ended', () => {
    const { changes } = carriedOut([created, cancelled]);
    expect([...changes.bookingsCreated.values()]).toMatchObject([{ id: booking.id, status: 'cancelled' }]);
    expect(changes.bookingsChanged.size).toBe(0);
  });

  it('that does not exist cannot change', () => {
    expect(() => carriedOut([cancelled])).toThrow('does not exist');
  });
});

describe('a slot hold', () => {
  const hold = aSlotHold();
  const held: Effect = { type: 'slot-held', hold };
  const used: Effect = { type: 'slot-hold-ended', hold, as: 'used' };

  it('is there for whoever is decided next', () => {
    const { state, changes } = carriedOut([held]);
    expect(lookup(state.slotHolds, hold.id)).toEqual(hold);
    expect([...changes.slotHoldsTaken.values()]).toEqual([hold]);
  });

  it('that ends is changed, and keeps nothing for whoever is decided next', () => {
    const { state, changes } = carriedOut([used], { slotHolds: [hold] });
    expect(lookup(state.slotHolds, hold.id)).toEqual({ ...hold, status: 'used' });
    expect([...changes.slotHoldsEnded.values()]).toEqual([{ ...hold, status: 'used' }]);
    expect(changes.slotHoldsTaken.size).toBe(0);
  });

  it('taken and ended in one batch is inserted once, as it ended', () => {
    const { changes } = carriedOut([held, used]);
    expect([...changes.slotHoldsTaken.values()]).toEqual([{ ...hold, status: 'used' }]);
    expect(changes.slotHoldsEnded.size).toBe(0);
  });
});

describe('the waitlist', () => {
  const entry = aWaitlistEntry();
  const slot = aFreedSlot();
  const hold = aSlotHold({ holderId: clara, waitlistEntryId: entry.id });

  it.each<[string, Effect]>([
    ['cancelled', cancelled],
    [
      'moved',
      {
        type: 'booking-rescheduled',
        bookingId: booking.id,
        startsAt: ten + 1,
        endsAt: eleven + 1,
        bufferedUntil: eleven + 1,
        creditCost: 10,
        lots: [],
        at: ten - 1,
      },
    ],
  ])('hears of the time of a session that is %s', (_how, effect) => {
    const { changes } = carriedOut([effect], { bookings: [booking] });
    expect([...changes.slotsFreed.values()]).toEqual([aFreedSlot({ id: operation })]);
  });

  it('keeps who joins, once, as they ended when they leave in the same batch', () => {
    const joined: Effect = { type: 'waitlist-joined', entry };
    expect([...carriedOut([joined]).changes.waitlistJoined.values()]).toEqual([entry]);
    const { state, changes } = carriedOut([joined, { type: 'waitlist-ended', entryId: entry.id, as: 'left' }]);
    expect([...changes.waitlistJoined.values()]).toEqual([{ ...entry, status: 'left' }]);
    expect(changes.waitlistEnded.size).toBe(0);
    expect(lookup(state.waitlistEntries, entry.id)).toMatchObject({ status: 'left' });
  });

  it('ends a place that nobody has loaded: a booking knows it from its hold', () => {
    const { changes } = carriedOut([{ type: 'waitlist-ended', entryId: entry.id, as: 'fulfilled' }]);
    expect([...changes.waitlistEnded]).toEqual([[entry.id, 'fulfilled']]);
  });

  it('counts the turns of a slot, and closes it', () => {
    const { state, changes } = carriedOut([{ type: 'waitlist-offered', slot, entryId: entry.id, hold }]);
    const offered = { ...slot, offeredTo: [entry.id], holdId: hold.id };
    expect([...changes.freedSlotsChanged.values()]).toEqual([offered]);
    expect([...changes.slotHoldsTaken.values()]).toEqual([hold]);
    expect(lookup(state.slotHolds, hold.id)).toEqual(hold);
    const closed = carriedOut([{ type: 'freed-slot-closed', slot }]).changes;
    expect([...closed.freedSlotsChanged.values()]).toEqual([{ ...slot, status: 'closed' }]);
  });
});
