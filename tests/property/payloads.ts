import fc from 'fast-check';
import { amountMax, durationMinutesMax } from '../../shared/contract/wire.ts';
import { unclaimedOf } from '../../shared/domain/accounts.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { FreedSlot } from '../../shared/domain/state.ts';
import { minuteMs } from '../support/builders.ts';

/** What a payload may refer to. */
export interface Pool {
  readonly people: readonly Uuid[];
  readonly bookings: readonly Uuid[];
  readonly slotHolds: readonly Uuid[];
  readonly waitlistEntries: readonly Uuid[];
  readonly freedSlots: readonly FreedSlot[];
  readonly partners: readonly Uuid[];
  readonly members: readonly Uuid[];
  readonly assignments: readonly Uuid[];
  readonly lots: readonly Uuid[];
  readonly allocations: readonly Uuid[];
  readonly uploads: readonly Uuid[];
  readonly vendors: readonly Uuid[];
  readonly products: readonly Uuid[];
  readonly orders: readonly Uuid[];
  readonly refunds: readonly Uuid[];
  /** Epoch ms around which everything happens. */
  readonly around: number;
}

/** Payloads of every registered kind; the laws fail for a kind that has no line here. */
export const payloadsByKind: Readonly<Record<string, (pool: Pool) => fc.Arbitrary<object>>> = {
  'booking.create': ({ people, around }) =>
    fc.record(
      { ...wantedSlot(people, around), notes: words },
      { requiredKeys: ['practitionerId', 'startsAt', 'durationMinutes', 'sessionType'] },
    ),
  'booking.cancel': ({ bookings }) =>
    fc.record({ bookingId: id(bookings), reason: words }, { requiredKeys: ['bookingId'] }),
  'booking.reschedule': ({ bookings, around }) => fc.record({ bookingId: id(bookings), startsAt: wholeMinute(around) }),
  'booking.complete': ({ bookings }) => fc.record({ bookingId: id(bookings) }),
  'booking.no_show': ({ bookings }) =>
    fc.record({ bookingId: id(bookings), party: fc.constantFrom('client', 'practitioner') }),
  'credits.allocate': ({ people, around }) => {
    const given = {
      amount,
      source: fc.constantFrom('bonus', 'purchase', 'adjustment'),
      expiresAt: wholeMinute(around),
    };
    const taken = { amount: amount.map((credits) => -credits), source: fc.constant('adjustment') };
    const rest = { userId: id(people), note: words };
    const requiredKeys: ('userId' | 'amount' | 'source')[] = ['userId', 'amount', 'source'];
    return fc.oneof(
      fc.record({ ...rest, ...given }, { requiredKeys }),
      fc.record({ ...rest, ...taken }, { requiredKeys }),
    );
  },
  'points.expire': ({ people, lots }) => fc.record({ accountId: id(people), lotId: id(lots) }),
  'credits.expire': ({ people, lots }) => fc.record({ accountId: id(people), lotId: id(lots) }),
  'credits.void': ({ people, allocations }) =>
    fc.record(
      { allocationId: id(allocations), userId: id(people), note: words },
      { requiredKeys: ['allocationId', 'userId'] },
    ),
  'credits.transfer': ({ people }) =>
    fc.record({ toUserId: id(people), amount, note: words }, { requiredKeys: ['toUserId', 'amount'] }),
  'slot.hold': ({ people, around }) => fc.record(wantedSlot(people, around)),
  'slot.release': ({ slotHolds }) => fc.record({ holdId: id(slotHolds) }),
  'waitlist.join': ({ people, around }) =>
    fc
      .record({ ...wantedSlot(people, around), minutes: fc.integer({ min: 0, max: 600 }) })
      .map(({ startsAt: from, minutes, ...wanted }) => {
        const to = Date.parse(from) + (wanted.durationMinutes + minutes) * minuteMs;
        return { ...wanted, from, to: new Date(to).toISOString() };
      }),
  'waitlist.leave': ({ waitlistEntries }) => fc.record({ entryId: id(waitlistEntries) }),
  'waitlist.decline': ({ waitlistEntries }) => fc.record({ entryId: id(waitlistEntries) }),
  'waitlist.offer': ({ freedSlots }) =>
    fc
      .tuple(fc.constantFrom(...freedSlots), fc.integer({ min: 0, max: 2 }))
      .map(([{ id: freedSlotId, practitionerId, startsAt, endsAt }, turn]) => ({
        freedSlotId,
        turn,
        practitionerId,
        startsAt: new Date(startsAt).toISOString(),
        endsAt: new Date(endsAt).toISOString(),
      })),
  'partner.fund': ({ partners }) => fc.record({ partnerId: id(partners), credits: amount }),
  'partner.assign': ({ members }) =>
    fc.record(
      { memberId: id(members), credits: amount, expiresInDays: fc.integer({ min: 1, max: 3_650 }) },
      { requiredKeys: ['memberId', 'credits'] },
    ),
  'partner.remove_member': ({ members }) => fc.record({ memberId: id(members) }),
  'partner.import': ({ uploads }) => fc.record({ uploadId: id(uploads), dryRun: fc.boolean() }),
  'partner.claim': ({ members, people }) => fc.record({ memberId: id(members), userId: id(people) }),
  'partner.expire': ({ people, members, assignments, partners }) =>
    fc.record({
      memberId: id(members),
      assignmentId: id(assignments),
      accountId: id([...people, ...partners.map(unclaimedOf)]),
    }),
  'subscription.allocate': ({ people, around }) =>
    fc.record(
      {
        userId: id(people),
        credits: amount,
        type: fc.constantFrom('subscription_allocation', 'purchase'),
        purchaseId: fc.uuid(),
        part: fc.nat({ max: 12 }),
        description: words,
        subscriptionId: fc.constant('sub_1'),
        periodStart: wholeMinute(around),
        expiresAt: wholeMinute(around),
        pot: fc.constantFrom('sub_1', 'sub_2'),
        rolloverMax: fc.nat({ max: 20 }),
      },
      { requiredKeys: ['userId', 'credits', 'type', 'purchaseId', 'part', 'description'] },
    ),
  'payment.clawback': ({ people }) =>
    fc.record({
      userId: id(people),
      credits: amount,
      because: fc.constantFrom('refund', 'dispute'),
      purchaseId: fc.uuid(),
      turn: fc.integer({ min: 1, max: 9 }),
    }),
  'payment.give_back': ({ people }) =>
    fc.record({
      userId: id(people),
      credits: amount,
      purchaseId: fc.uuid(),
      turn: fc.integer({ min: 1, max: 9 }),
      because: fc.constantFrom('dispute', 'refund'),
    }),
  'checkout.create': ({ people, vendors, products }) =>
    fc.record(
      {
        customerId: id(people),
        vendorId: id(vendors),
        items: itemsOf(products),
        redeemPoints: fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: amountMax })),
        paymentMethod: fc.constantFrom('pm_card_visa', 'pm_1'),
      },
      { requiredKeys: ['customerId', 'vendorId', 'items', 'paymentMethod'] },
    ),
  'checkout.settle': ({ people, orders }) =>
    fc.record({ orderId: id(orders), customerId: id(people), paymentIntentId: fc.constant('pi_2') }),
  'checkout.release': ({ people, orders }) =>
    fc.record({
      orderId: id(orders),
      customerId: id(people),
      reason: fc.constantFrom('declined', 'expired', 'closed'),
      declineCode: fc.constantFrom('generic_decline', 'expired', 'closed'),
    }),
  'loyalty.apply': ({ people, vendors, orders }) =>
    fc.record({
      orderId: id(orders),
      customerId: id(people),
      vendorId: id(vendors),
      pointsEarned: amount,
      pointsRedeemed: amount,
    }),
  'order.refund': ({ orders, products }) =>
    fc.record(
      { orderId: id(orders), amountMinor: fc.integer({ min: 1, max: 5_000 }), returnItems: itemsOf(products) },
      { requiredKeys: ['orderId'] },
    ),
  'refund.settle': ({ people, orders, refunds }) =>
    fc.record({
      orderId: id(orders),
      customerId: id(people),
      refundId: id(refunds),
      refused: fc.option(fc.constant('charge_disputed')),
    }),
  'refund.record': ({ people, orders }) =>
    fc.record({
      orderId: id(orders),
      customerId: id(people),
      charge: fc.constantFrom('ch_1', 'ch_2'),
      refundedMinor: fc.integer({ min: 0, max: 9_000 }),
    }),
  'points.adjust': ({ people, vendors }) =>
    fc.record({
      userId: id(people),
      vendorId: id(vendors),
      amount: fc.oneof(
        amount,
        amount.map((points) => -points),
      ),
      note: fc.constantFrom('a gift', 'a mistake'),
    }),
};

function itemsOf(products: readonly Uuid[]) {
  const item = fc.record({ productId: id(products), quantity: fc.integer({ min: 1, max: 6 }) });
  const selector = ({ productId }: { readonly productId: Uuid }) => productId.toLowerCase();
  return fc.uniqueArray(item, { minLength: 1, maxLength: 4, selector });
}

function wantedSlot(people: readonly Uuid[], around: number) {
  return {
    practitionerId: id(people),
    startsAt: wholeMinute(around),
    durationMinutes: mostly([30, 60], fc.integer({ min: 1, max: durationMinutesMax })),
    sessionType: mostly(['massage', 'talk'], fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })),
  };
}

const words = fc.string({ unit: 'grapheme', maxLength: 40 });

const amount = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: amountMax }));

/** Mostly one that means something; otherwise any UUID, of any version and in any case. */
function id(known: readonly Uuid[]): fc.Arbitrary<Uuid> {
  return mostly(
    known,
    fc.oneof(
      fc.constantFrom(...known).map((uuid) => uuid.toUpperCase()),
      fc.uuid(),
    ),
  );
}

/** Mostly within a few hours, otherwise in any century that can be written; in several offsets. */
function wholeMinute(around: number): fc.Arbitrary<string> {
  const soon = Array.from({ length: 33 }, (_, step) => around + (step - 16) * 15 * minuteMs);
  const [first, last] = [Date.UTC(1900, 0, 2) / minuteMs, Date.UTC(8999, 0) / minuteMs];
  const minute = mostly(
    soon,
    fc.integer({ min: first, max: last }).map((minutes) => minutes * minuteMs),
  );
  return fc.tuple(minute, fc.constantFrom(0, 2, -7, 14)).map(([instant, hours]) => {
    const offset = `${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}:00`;
    return new Date(instant + hours * 60 * minuteMs).toISOString().slice(0, 19) + offset;
  });
}

function mostly<Value>(usual: readonly Value[], unusual: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...usual) }, unusual);
}
