import { house, isHouse } from './accounts.ts';
import { applyToPartners } from './apply-partners.ts';
import { applyToShop, followHold } from './apply-shop.ts';
import type { Changes, PlacedHold, WorkingState } from './changes.ts';
import type { Effect, SlotHoldEnded, Transfer, WaitlistEnded } from './effects.ts';
import { outgoingIdOf, paymentStepIdOf, transferIdOf, type Uuid } from './ids.ts';
import { type LotKeeper, lotKeeper } from './lot-keeper.ts';
import {
  type BookingChange,
  isPayment,
  type Outgoing,
  outgoingOf,
  outgoingOfOffer,
  outgoingOfTransfer,
} from './outbox.ts';
import { type Account, type Booking, type FreedSlot, lookup } from './state.ts';

/** Carries out the effects of one operation, in order, on the state and on the list of what to write. */
export function apply(
  state: WorkingState,
  changes: Changes,
  operationId: Uuid,
  effects: readonly Effect[],
  firstOrdinal = 0,
): void {
  let ordinal = firstOrdinal;
  const lots = lotKeeper(state, changes, operationId, firstOrdinal);
  let announced = firstOrdinal;
  const announce = (outgoing: readonly Outgoing[]) => {
    for (const one of outgoing) {
      // Without a mail server a notification is only shown.
      const status = one.kind === 'mail' && !state.settings.hasMail ? 'skipped' : 'waiting';
      changes.outbox.push({ id: entryIdOf(one, operationId, announced), operationId, status, ...one });
      announced += 1;
    }
  };
  const change = (kind: BookingChange, bookingId: Uuid, changed: Partial<Booking>) =>
    announce(outgoingOf(kind, changeBooking(state, changes, bookingId, changed), state.settings));
  for (const effect of effects) {
    switch (effect.type) {
      case 'transfer-posted':
        postTransfer(state, changes, operationId, ordinal, effect.transfer);
        announce(outgoingOfTransfer(effect.transfer));
        moveLots(state, lots, effect.transfer);
        if (ordinal === 0) noteGift(state, operationId, effect.transfer);
        ordinal += 1;
        break;
      case 'booking-created':
        createBooking(state, changes, effect.booking);
        announce(outgoingOf('created', effect.booking, state.settings));
        break;
      case 'booking-rescheduled': {
        const { startsAt, endsAt, bufferedUntil, creditCost, lots: paidFrom, at: movedAt } = effect;
        const before = bookingIn(state, effect.bookingId);
        const { revision, firstStartsAt } = before;
        const moved = { startsAt, endsAt, bufferedUntil, creditCost, lots: paidFrom, movedAt };
        const earliest = Math.min(firstStartsAt, startsAt);
        changes.slotsFreed.set(operationId, freedBy(operationId, before));
        change('rescheduled', effect.bookingId, { revision: revision + 1, firstStartsAt: earliest, ...moved });
        break;
      }
      case 'booking-completed':
        change('completed', effect.bookingId, { status: 'completed' });
        break;
      case 'booking-missed': {
        const { by: noShow, refundedCredits } = effect;
        change('missed', effect.bookingId, { status: 'no_show', noShow, refundedCredits });
        break;
      }
      case 'booking-cancelled': {
        const { refundedCredits, cancellation } = effect;
        changes.slotsFreed.set(operationId, freedBy(operationId, bookingIn(state, effect.bookingId)));
        change('cancelled', effect.bookingId, { status: 'cancelled', refundedCredits, cancellation });
        break;
      }
      case 'hold-placed':
        setAside(state, changes, effect.hold.accountId, effect.hold.amount);
        placeHold(changes, { operationId, status: 'live', ...effect.hold });
        followHold(state, effect.hold, 'live');
        lots.take(effect.hold.accountId, effect.hold.amount, effect.takes);
        lots.check(accountIn(state, effect.hold.accountId));
        break;
      case 'hold-resized':
        setAside(state, changes, effect.hold.accountId, effect.amount - effect.hold.amount);
        changeHold(changes, { operationId, status: 'live', ...effect.hold, amount: effect.amount });
        lots.take(effect.hold.accountId, effect.amount - effect.hold.amount, effect.takes);
        lots.giveBack(effect.hold.accountId, effect.returns);
        lots.check(accountIn(state, effect.hold.accountId));
        break;
      case 'hold-ended':
        setAside(state, changes, effect.hold.accountId, -effect.hold.amount);
        changeHold(changes, { operationId, status: effect.as, ...effect.hold });
        followHold(state, effect.hold, effect.as);
        lots.giveBack(effect.hold.accountId, effect.returns);
        lots.check(accountIn(state, effect.hold.accountId));
        break;
      case 'slot-held':
        state.slotHolds.set(effect.hold.id, effect.hold);
        changes.slotHoldsTaken.set(effect.hold.id, effect.hold);
        break;
      case 'slot-hold-ended':
        endSlotHold(state, changes, effect);
        break;
      case 'waitlist-joined':
        state.waitlistEntries.set(effect.entry.id, effect.entry);
        changes.waitlistJoined.set(effect.entry.id, effect.entry);
        break;
      case 'waitlist-ended':
        endWaitlistEntry(state, changes, effect);
        break;
      case 'waitlist-offered': {
        const { slot, entryId, hold } = effect;
        state.slotHolds.set(hold.id, hold);
        changes.slotHoldsTaken.set(hold.id, hold);
        announce([outgoingOfOffer(hold)]);
        changeFreedSlot(state, changes, { ...slot, offeredTo: [...slot.offeredTo, entryId], holdId: hold.id });
        break;
      }
      case 'freed-slot-closed':
        changeFreedSlot(state, changes, { ...effect.slot, status: 'closed' });
        break;
      case 'lot-ended':
        lots.end(effect.accountId, effect.lotId, effect.as);
        break;
      case 'allocation-voided': {
        const { allocationId, amount } = effect;
        const allocation = lookup(state.allocations, allocationId);
        if (allocation !== null) state.allocations.set(allocationId, { ...allocation, isVoided: true });
        changes.voids.push({ allocationId, operationId, amount });
        break;
      }
      case 'order-placed':
      case 'order-changed':
      case 'stock-moved':
      case 'refund-asked':
      case 'refund-ended':
      case 'payment-wanted':
      case 'operation-finished':
        announce(applyToShop(state, changes.ofShops, operationId, effect));
        break;
      default:
        announce(applyToPartners(state, changes.ofPartners, effect));
    }
  }
}

/** A step about somebody's money is one entry, however often it is wanted. */
function entryIdOf(one: Outgoing, operationId: Uuid, ordinal: number): Uuid {
  return isPayment(one) ? paymentStepIdOf(one.kind, one.subjectId) : outgoingIdOf(operationId, ordinal);
}

function postTransfer(state: WorkingState, changes: Changes, operationId: Uuid, ordinal: number, transfer: Transfer) {
  const { debit, credit, amount, debtor } = transfer;
  if (!Number.isSafeInteger(amount) || amount <= 0) throw new Error(`a transfer of ${amount}`);

  const debitBefore = isHouse(debit) ? null : move(state, changes, debit, -amount);
  const creditBefore = isHouse(credit) ? null : move(state, changes, credit, amount);
  if (debtor !== null) owe(state, changes, debtor, debit === debtor ? -amount : amount);

  const id = transferIdOf(operationId, ordinal);
  // The spread comes last: fields added behind it make V8 grow the copy step by step (measured: 5.7 µs, not 0.2).
  changes.transfers.push({ id, operationId, debitBefore, creditBefore, ...transfer });
}

/** An operation of this batch may be about what an earlier one of it has given. */
function noteGift({ allocations }: WorkingState, id: Uuid, { debit, credit: accountId, amount }: Transfer): void {
  if (debit === house.issued && allocations.has(id)) allocations.set(id, { id, accountId, amount, isVoided: false });
}

/** What of a transfer has an end leaves the lots of the one side and enters those of the other. */
function moveLots(state: WorkingState, lots: LotKeeper, transfer: Transfer): void {
  const { debit, credit, amount, source, takes, returns = [], opens = [] } = transfer;
  if (!isHouse(debit)) {
    lots.take(debit, amount, takes);
    lots.check(accountIn(state, debit));
  }
  if (!isHouse(credit)) {
    lots.giveBack(credit, returns);
    lots.open(credit, opens, source);
    lots.check(accountIn(state, credit));
  }
}

/** Adds `amount` to an account and returns the balance before. */
function move(state: WorkingState, changes: Changes, accountId: Uuid, amount: number): number {
  const account = accountIn(state, accountId);
  const balance = account.balance + amount;
  if (balance < account.held || !Number.isSafeInteger(balance)) {
    throw new Error(`account ${accountId} would come to ${balance} with ${account.held} held`);
  }
  writeAccount(state, changes, { ...account, balance });
  return account.balance;
}

function owe(state: WorkingState, changes: Changes, accountId: Uuid, amount: number): void {
  const account = accountIn(state, accountId);
  const debt = account.debt + amount;
  if (debt < 0 || !Number.isSafeInteger(debt)) throw new Error(`account ${accountId} would owe ${debt}`);
  writeAccount(state, changes, { ...account, debt });
}

function setAside(state: WorkingState, changes: Changes, accountId: Uuid, amount: number): void {
  const account = accountIn(state, accountId);
  const held = account.held + amount;
  if (held < 0 || held > account.balance)
    throw new Error(`account ${accountId} would hold ${held} of ${account.balance}`);
  writeAccount(state, changes, { ...account, held });
}

/** One that was released earlier in this batch, and is wanted again, has only been changed. */
function placeHold({ holdsPlaced, holdsChanged }: Changes, hold: PlacedHold): void {
  const written = holdsChanged.has(hold.id) ? holdsChanged : holdsPlaced;
  written.set(hold.id, hold);
}

/** A hold placed and changed in one batch is inserted once, as it ended; it stays that of the operation that placed it. */
function changeHold({ holdsPlaced, holdsChanged }: Changes, hold: PlacedHold): void {
  const placed = holdsPlaced.get(hold.id);
  if (placed === undefined) holdsChanged.set(hold.id, hold);
  else holdsPlaced.set(hold.id, { ...hold, operationId: placed.operationId });
}

function accountIn(state: WorkingState, accountId: Uuid): Account {
  return lookup(state.accounts, accountId) ?? { id: accountId, ownerId: accountId, balance: 0, held: 0, debt: 0 };
}

function writeAccount(state: WorkingState, changes: Changes, account: Account): void {
  state.accounts.set(account.id, account);
  changes.accounts.set(account.id, account);
}

function createBooking(state: WorkingState, changes: Changes, booking: Booking): void {
  state.bookings.set(booking.id, booking);
  changes.bookingsCreated.set(booking.id, booking);
  for (const personId of [booking.clientId, booking.practitionerId]) {
    const sessions = state.calendars.get(personId);
    if (sessions !== undefined) state.calendars.set(personId, [...sessions, booking]);
  }
}

function bookingIn(state: WorkingState, bookingId: Uuid): Booking {
  const booking = lookup(state.bookings, bookingId);
  if (booking === null) throw new Error(`booking ${bookingId} is changed but does not exist`);
  return booking;
}

function changeBooking(state: WorkingState, changes: Changes, bookingId: Uuid, change: Partial<Booking>): Booking {
  const after = { ...bookingIn(state, bookingId), ...change };

  state.bookings.set(bookingId, after);
  // A booking made and changed in one batch is inserted once, as it ended.
  const written = changes.bookingsCreated.has(bookingId) ? changes.bookingsCreated : changes.bookingsChanged;
  written.set(bookingId, after);

  for (const personId of [after.clientId, after.practitionerId]) {
    const sessions = state.calendars.get(personId);
    if (sessions === undefined) continue;
    const others = sessions.filter(({ id }) => id !== bookingId);
    state.calendars.set(personId, after.status === 'cancelled' ? others : [...others, after]);
  }
  return after;
}

/** One that is taken and ended in one batch is inserted once, as it ended. */
function endSlotHold(state: WorkingState, changes: Changes, { hold, as: status }: SlotHoldEnded): void {
  const ended = { ...hold, status };
  state.slotHolds.set(hold.id, ended);
  const written = changes.slotHoldsTaken.has(hold.id) ? changes.slotHoldsTaken : changes.slotHoldsEnded;
  written.set(hold.id, ended);
}

/** One that joins and ends in one batch is inserted once, as it ended; one that is fulfilled need not be loaded. */
function endWaitlistEntry(state: WorkingState, changes: Changes, { entryId, as: status }: WaitlistEnded): void {
  const entry = state.waitlistEntries.get(entryId) ?? null;
  if (entry !== null) state.waitlistEntries.set(entryId, { ...entry, status });
  const joined = changes.waitlistJoined.get(entryId);
  if (joined === undefined) changes.waitlistEnded.set(entryId, status);
  else changes.waitlistJoined.set(entryId, { ...joined, status });
}

function freedBy(operationId: Uuid, { practitionerId, startsAt, endsAt }: Booking): FreedSlot {
  return { id: operationId, practitionerId, startsAt, endsAt, status: 'open', offeredTo: [], holdId: null };
}

function changeFreedSlot(state: WorkingState, changes: Changes, slot: FreedSlot): void {
  state.freedSlots.set(slot.id, slot);
  changes.freedSlotsChanged.set(slot.id, slot);
}
