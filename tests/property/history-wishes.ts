import fc from 'fast-check';
import type { Role } from '../../shared/contract/roles.ts';
import { hourMs, idOf, minuteMs } from '../support/builders.ts';
import { cast, ghost, late, sponsored } from './history-cast.ts';

/* What people in a history want, one wish at a time: arbitraries for every kind, not yet numbered, timed and aimed. */

/** The evening before; the first slots are five hours away. */
export const beginsAt = Date.UTC(2026, 9, 24, 18);
const firstSlot = Date.UTC(2026, 9, 24, 23);

export const regulars = fc.constantFrom(...Object.values(cast));
const anybody = fc.oneof({ weight: 15, arbitrary: regulars }, fc.constantFrom(late, ghost));
const tokenRoles = fc.subarray<Role>(['client', 'practitioner', 'ops', 'admin']);

/** Mostly the two practitioners, so that slots collide. */
const treating = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(cast.ann, cast.ben) }, anybody);

export const slot = fc
  .integer({ min: 0, max: 20 })
  .map((step) => new Date(firstSlot + step * 15 * minuteMs).toISOString());

export const booking = fc.record({
  kind: fc.constant('booking.create' as const),
  colleague: fc.constantFrom(cast.ann, cast.ben),
  payload: fc.record({
    practitionerId: treating,
    startsAt: slot,
    durationMinutes: fc.constantFrom(30, 30, 60),
    sessionType: fc.constantFrom('massage', 'massage', 'massage', 'massage', 'talk'),
  }),
});

const holding = fc.record({
  kind: fc.constant('slot.hold' as const),
  colleague: fc.constantFrom(cast.ann, cast.ben),
  payload: booking.map(({ payload }) => payload),
});

/** Which hold, counted back from the newest wish, and whether it is its holder who gives it back. */
const release = fc.record({
  kind: fc.constant('slot.release' as const),
  back: fc.nat({ max: 2 }),
  as: fc.constantFrom('holder', 'holder', 'whoever'),
});

/** Which booking, counted back from the newest wish (also one that came to nothing), and who asks for it. */
export const cancellation = fc.record({
  kind: fc.constant('booking.cancel' as const),
  back: fc.nat({ max: 3 }),
  as: fc.constantFrom('client', 'practitioner', 'whoever'),
});

const moving = fc.record({
  kind: fc.constant('booking.reschedule' as const),
  back: fc.nat({ max: 3 }),
  as: fc.constantFrom('client', 'client', 'practitioner', 'whoever'),
  startsAt: slot,
});

/** How a session went, said mostly by whom it is for to say. */
export const ending = fc.record({
  kind: fc.constant('ending' as const),
  back: fc.nat({ max: 6 }),
  as: fc.constantFrom('practitioner', 'practitioner', 'client', 'whoever'),
  went: fc.constantFrom('completed', 'client', 'practitioner'),
});

/** Credits that end within hours, often at the same time as others. */
const dated = fc.record({
  userId: anybody,
  amount: fc.integer({ min: 1, max: 8 }),
  source: fc.constant('bonus'),
  expiresAt: fc.integer({ min: 0, max: 24 }).map((step) => new Date(beginsAt + step * 15 * minuteMs).toISOString()),
});

/** Of which lot, counted back from the newest operation that may have opened one. */
const expiry = fc.record({ kind: fc.constant('credits.expire' as const), back: fc.nat({ max: 8 }) });

/** Of which allocation, counted back from the newest; now and then of one that somebody else was given. */
const voiding = fc.record({
  kind: fc.constant('credits.void' as const),
  back: fc.nat({ max: 5 }),
  of: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, anybody),
});

const allocation = fc.record({
  kind: fc.constant('credits.allocate' as const),
  payload: fc.oneof(
    fc.record({
      userId: anybody,
      amount: fc.integer({ min: 1, max: 8 }),
      source: fc.constantFrom('bonus', 'purchase'),
    }),
    { weight: 2, arbitrary: dated },
    fc.record({ userId: anybody, amount: fc.integer({ min: -15, max: -1 }), source: fc.constant('adjustment') }),
  ),
});

const transfer = fc.record({
  kind: fc.constant('credits.transfer' as const),
  payload: fc.record({ toUserId: anybody, amount: fc.integer({ min: 1, max: 12 }) }),
});

const someMember = fc.constantFrom(...sponsored.map(({ id }) => id));

const credits = fc.integer({ min: 1, max: 6 });

/** Of which assignment, counted back from the newest wish for one. */
export const assignmentEnd = fc.record({ kind: fc.constant('partner.expire' as const), back: fc.nat({ max: 5 }) });

export const sponsoring = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('partner.fund' as const),
      payload: fc.record({ partnerId: fc.constantFrom(idOf('acme'), idOf('acme'), idOf('umbrella'), ghost), credits }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('partner.assign' as const),
      payload: fc.record(
        { memberId: someMember, credits, expiresInDays: fc.constant(1) },
        { requiredKeys: ['memberId', 'credits'] },
      ),
    }),
  },
  fc.record({
    kind: fc.constant('partner.remove_member' as const),
    payload: fc.record({ memberId: someMember }),
  }),
  fc.record({
    kind: fc.constant('partner.claim' as const),
    payload: fc.record({ memberId: someMember, userId: anybody }),
  }),
  assignmentEnd,
);
const paid = fc.record({
  userId: anybody,
  credits: fc.integer({ min: 1, max: 9 }),
  purchaseId: fc.constant(idOf('purchase')),
});

const payment = fc.record({
  kind: fc.constantFrom(...(['payment.clawback', 'payment.give_back'] as const)),
  paid,
});

/** A period of a subscription; of most the plan limits what rolls over, of some the credits end. */
const renewal = fc.record({
  kind: fc.constant('subscription.allocate' as const),
  paid,
  rollover: fc.oneof(fc.constant({}), {
    weight: 4,
    arbitrary: fc.record(
      {
        pot: fc.constantFrom('sub_1', 'sub_1', 'sub_2'),
        rolloverMax: fc.nat({ max: 6 }),
        expiresAt: fc
          .integer({ min: 0, max: 24 })
          .map((step) => new Date(beginsAt + step * 15 * minuteMs).toISOString()),
      },
      { requiredKeys: ['pot'] },
    ),
  }),
});

const what = fc.oneof(
  { weight: 7, arbitrary: booking },
  { weight: 4, arbitrary: cancellation },
  { weight: 3, arbitrary: moving },
  { weight: 3, arbitrary: ending },
  { weight: 2, arbitrary: allocation },
  { weight: 2, arbitrary: expiry },
  { weight: 1, arbitrary: voiding },
  { weight: 3, arbitrary: transfer },
  { weight: 3, arbitrary: holding },
  { weight: 1, arbitrary: release },
  { weight: 3, arbitrary: sponsoring },
  { weight: 1, arbitrary: payment },
  { weight: 2, arbitrary: renewal },
);

/** One operation, before it is numbered, timed and aimed. */
export interface Wish {
  readonly callerId: string;
  readonly roles: Role[];
  readonly waitMs: number;
  readonly what: typeof what extends fc.Arbitrary<infer What> ? What : never;
}

export const wish: fc.Arbitrary<Wish> = fc.record({
  callerId: anybody,
  roles: fc.oneof({ weight: 5, arbitrary: fc.constant<Role[]>([]) }, tokenRoles),
  waitMs: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 40 }).map((minutes) => minutes * minuteMs) },
    fc.nat({ max: 2 * hourMs }),
  ),
  what,
});
