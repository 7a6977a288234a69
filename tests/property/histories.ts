import fc from 'fast-check';
import type { Role } from '../../shared/contract/roles.ts';
import { poolOf, unclaimedOf } from '../../shared/domain/accounts.ts';
import { lotIdOf, type Uuid } from '../../shared/domain/ids.ts';
import type { Member, Partner } from '../../shared/domain/partner.ts';
import type { Person, Practice } from '../../shared/domain/state.ts';
import type { Command } from '../../shared/operations/define.ts';
import { aMember, aPartner as aSponsor, hourMs, idOf, minuteMs } from '../support/builders.ts';

/*
 * Histories in which few people want the same few slots, in the night in which Berlin's clocks go back, so that
 * most of what can go wrong does within some forty steps.
 */

/** A person as the directory has them from now on. */
export type DirectoryChange = Person;

interface Directory {
  readonly directory: DirectoryChange;
}

export type Step = Directory | Operation;

export type Operation =
  | Of<'booking.create', BookingWish>
  | Of<'booking.cancel', { readonly bookingId: Uuid }>
  | Of<'booking.reschedule', { readonly bookingId: Uuid; readonly startsAt: string }>
  | Of<'booking.complete', { readonly bookingId: Uuid }>
  | Of<'booking.no_show', { readonly bookingId: Uuid; readonly party: 'client' | 'practitioner' }>
  | Of<
      'credits.allocate',
      { readonly userId: Uuid; readonly amount: number; readonly source: string; readonly expiresAt?: string }
    >
  | Of<'credits.expire', { readonly accountId: Uuid; readonly lotId: Uuid }>
  | Of<'credits.void', { readonly allocationId: Uuid; readonly userId: Uuid }>
  | Of<'credits.transfer', { readonly toUserId: Uuid; readonly amount: number }>
  | Of<'slot.hold', BookingWish>
  | Of<'slot.release', { readonly holdId: Uuid }>
  | Of<'partner.fund', { readonly partnerId: Uuid; readonly credits: number }>
  | Of<'partner.assign', { readonly memberId: Uuid; readonly credits: number }>
  | Of<'partner.remove_member', { readonly memberId: Uuid }>
  | Of<'partner.claim', { readonly memberId: Uuid; readonly userId: Uuid }>
  | Of<
      'subscription.allocate',
      Payment & { readonly type: string; readonly part: number; readonly description: string }
    >
  | Of<'payment.clawback', Payment & { readonly because: string; readonly turn: number }>
  | Of<'payment.give_back', Payment & { readonly turn: number }>;

interface Payment {
  readonly userId: Uuid;
  readonly credits: number;
  readonly purchaseId: Uuid;
}

interface Of<Kind, Payload> {
  readonly kind: Kind;
  readonly submitted: Command<Payload>;
}

export interface BookingWish {
  readonly practitionerId: Uuid;
  readonly startsAt: string;
  readonly durationMinutes: number;
  readonly sessionType: string;
}

/** Everybody starts in the directory but the last two: `late` may be entered, `ghost` never is. */
export const cast = { ann: idOf('ann'), ben: idOf('ben'), cat: idOf('cat'), dan: idOf('dan') };
const late = idOf('late');
const ghost = idOf('ghost');
export const everybody = [...Object.values(cast), late, ghost];

/** Cat acts for one partner with a cap, the ghost for another without; neither has credits in the beginning. */
export const sponsors: readonly Partner[] = [
  aSponsor({ id: idOf('acme'), ownerId: cast.cat, memberCap: { credits: 5, days: 1 } }),
  aSponsor({ id: idOf('umbrella'), ownerId: ghost }),
];

/** Two have accounts, two have none yet, and one is another partner's. */
export const sponsored: readonly Member[] = [
  aMember({ id: idOf('member/ann'), userId: cast.ann }),
  aMember({ id: idOf('member/ben'), userId: cast.ben }),
  aMember({ id: idOf('member/new') }),
  aMember({ id: idOf('member/newer') }),
  aMember({ id: idOf('member/elsewhere'), partnerId: idOf('umbrella') }),
];

/** Whose balances are compared. */
export const accountIds = [...everybody, ...sponsors.flatMap(({ id }) => [poolOf(id), unclaimedOf(id)])];

/** The evening before; the first slots are five hours away. */
const beginsAt = Date.UTC(2026, 9, 24, 18);
const firstSlot = Date.UTC(2026, 9, 24, 23);

const prices = [
  { sessionType: 'massage', durationMinutes: 60, credits: 7 },
  { sessionType: 'massage', durationMinutes: 30, credits: 4 },
  { sessionType: 'talk', durationMinutes: 30, credits: 0 },
];

const practice: fc.Arbitrary<Practice> = fc.record({
  timeZone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'UTC'),
  prices: fc.oneof({ weight: 12, arbitrary: fc.constant(prices) }, fc.subarray(prices)),
  availability: fc.oneof(
    { weight: 4, arbitrary: fc.constant([6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00' }))) },
    fc.constant([
      { weekday: 7, start: '01:15', end: '02:45' },
      { weekday: 7, start: '02:45', end: '05:00' },
      { weekday: 6, start: '18:00', end: '24:00' },
    ]),
  ),
  timeOff: fc.subarray([{ from: '2026-10-25T02:10:00Z', to: '2026-10-25T02:50:00Z' }], { minLength: 0 }),
  extraWindows: fc.subarray([
    { date: '2026-10-25', start: '00:30', end: '01:15' },
    { date: '2026-10-24', start: '17:00', end: '24:00' },
  ]),
  bufferMinutes: fc.constantFrom(0, 0, 15, 30),
  minimumNoticeMinutes: fc.constantFrom(0, 0, 60),
  // No slot is a day away: the horizon is never met here, but in `slots.test.ts`.
  bookingHorizonDays: fc.constantFrom(null, 1),
  sessionsPerDayMax: fc.constantFrom(null, null, null, 2, 3),
  cancellationPolicy: fc.constantFrom(
    { freeUntilHours: 0, lateRefundPercent: 0 },
    { freeUntilHours: 4, lateRefundPercent: 50 },
    { freeUntilHours: 24, lateRefundPercent: 33 },
  ),
});

function person(id: string): fc.Arbitrary<Person> {
  return fc.record({
    id: fc.constant(id),
    roles: fc.constantFrom<Person['roles'][]>(['client'], ['practitioner'], ['client', 'practitioner']),
    active: fc.integer({ min: 0, max: 6 }).map((roll) => roll > 0),
    deleted: fc.integer({ min: 0, max: 9 }).map((roll) => roll === 0),
    practice: fc.option(practice, { freq: 5 }),
  });
}

/** Two practitioners, somebody with a page who is none, and a client, all of them fit. */
const opening: fc.Arbitrary<Person[]> = fc.tuple(practice, practice, practice).map(([first, second, third]) => {
  const fit = { active: true, deleted: false };
  return [
    { id: cast.ann, roles: ['practitioner'], practice: first, ...fit },
    { id: cast.ben, roles: ['client', 'practitioner'], practice: second, ...fit },
    { id: cast.cat, roles: ['client'], practice: third, ...fit },
    { id: cast.dan, roles: ['client'], practice: null, ...fit },
  ];
});

const regulars = fc.constantFrom(...Object.values(cast));
const anybody = fc.oneof({ weight: 15, arbitrary: regulars }, fc.constantFrom(late, ghost));
const tokenRoles = fc.subarray<Role>(['client', 'practitioner', 'ops', 'admin']);

/** Mostly the two practitioners, so that slots collide. */
const treating = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(cast.ann, cast.ben) }, anybody);

const slot = fc.integer({ min: 0, max: 20 }).map((step) => new Date(firstSlot + step * 15 * minuteMs).toISOString());

const booking = fc.record({
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
const cancellation = fc.record({
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
const ending = fc.record({
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

const sponsoring = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('partner.fund' as const),
      payload: fc.record({ partnerId: fc.constantFrom(idOf('acme'), idOf('acme'), ghost), credits }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('partner.assign' as const),
      payload: fc.record({ memberId: someMember, credits }),
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
);
const payment = fc.record({
  kind: fc.constantFrom(...(['subscription.allocate', 'payment.clawback', 'payment.give_back'] as const)),
  paid: fc.record({
    userId: anybody,
    credits: fc.integer({ min: 1, max: 9 }),
    purchaseId: fc.constant(idOf('purchase')),
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
);

/** One operation, before it is numbered, timed and aimed. */
interface Wish {
  readonly callerId: string;
  readonly roles: Role[];
  readonly waitMs: number;
  readonly what: typeof what extends fc.Arbitrary<infer What> ? What : never;
}

const wish: fc.Arbitrary<Wish> = fc.record({
  callerId: anybody,
  roles: fc.oneof({ weight: 5, arbitrary: fc.constant<Role[]>([]) }, tokenRoles),
  waitMs: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 40 }).map((minutes) => minutes * minuteMs) },
    fc.nat({ max: 2 * hourMs }),
  ),
  what,
});

/** A peer session whose earner gives credits away before it is cancelled, and then earns again: how debts come and go. */
const comedown: fc.Arbitrary<Wish[]> = fc
  .tuple(booking, fc.array(fc.integer({ min: 3, max: 12 }), { minLength: 2, maxLength: 5 }), cancellation)
  .map(([session, gone, { as }]) => [
    asked(cast.ben, { ...session, payload: { ...session.payload, practitionerId: cast.ann } }),
    ...gone.map((amount) => asked(cast.ann, { kind: 'credits.transfer', payload: { toUserId: cast.dan, amount } })),
    asked(cast.ben, { kind: 'booking.cancel', back: 0, as }),
    gift(cast.ann, 3),
  ]);

/** A slot that is held, wanted by others meanwhile, and booked by its holder, in time or not. */
const courtship: fc.Arbitrary<Wish[]> = fc
  .tuple(booking, fc.array(fc.tuple(regulars, slot)), fc.constantFrom(0, 4 * minuteMs, 5 * minuteMs, 6 * minuteMs))
  .map(([{ payload, ...deed }, rivals, waitMs]) => {
    const wanted = { ...deed, payload: { ...payload, practitionerId: cast.ann } };
    return [
      asked(cast.dan, { ...wanted, kind: 'slot.hold' }),
      ...rivals.map(([id, startsAt]) => asked(id, { ...wanted, payload: { ...wanted.payload, startsAt } })),
      { ...asked(cast.cat, wanted), waitMs },
      asked(cast.dan, wanted),
    ];
  });

/** For the end of a history, because it takes the whole night: a session that is seen through, and how it went. */
const night: fc.Arbitrary<Wish[]> = fc
  .tuple(booking, fc.array(ending, { minLength: 1, maxLength: 3 }))
  .map(([session, endings]) => [
    asked(cast.dan, { ...session, payload: { ...session.payload, practitionerId: cast.ben } }),
    ...endings.map((end, index) => ({ ...asked(cast.ben, { ...end, back: 0 }), waitMs: index === 0 ? 8 * hourMs : 0 })),
  ]);

const change = fc.oneof({ weight: 4, arbitrary: regulars }, fc.constant(late)).chain(person);

/** Histories of all kinds and, if wanted, of directory changes between them; opened by credits for everybody. */
export function aHistory({ withDirectoryChanges }: { withDirectoryChanges: boolean }): fc.Arbitrary<Step[]> {
  const middle: fc.Arbitrary<(Wish | Directory)[]> = fc.oneof(
    { weight: 14, arbitrary: wish.map((one) => [one]) },
    { weight: 1, arbitrary: comedown },
    { weight: 1, arbitrary: courtship },
    { weight: withDirectoryChanges ? 1 : 0, arbitrary: change.map((directory) => [{ directory }]) },
  );
  const steps = fc.array(middle, { minLength: 8, maxLength: 60, size: 'max' });
  return fc
    .tuple(opening, fc.integer({ min: 7, max: 16 }), steps, night)
    .map(([people, credits, rest, last]) => [
      ...people.map((directory) => ({ directory })),
      ...told([...people.map(({ id }) => gift(id, credits)), ...rest.flat(), ...last]),
    ]);
}

function gift(userId: string, amount: number): Wish {
  return asked(ghost, { kind: 'credits.allocate', payload: { userId, amount, source: 'bonus' } });
}

function asked(callerId: string, what: Wish['what']): Wish {
  return { callerId, roles: [], waitMs: 0, what };
}

/** Wishes as operations: numbered, timed, and cancellations aimed at bookings. */
function told(wishes: readonly (Wish | Directory)[]): Step[] {
  const wanted: { id: string; client: string; practitioner: string }[] = [];
  const held: { id: string; holder: string }[] = [];
  const aimed = ({ back, as }: { back: number; as: 'client' | 'practitioner' | 'whoever' }, callerId: Uuid) => {
    const aim = wanted.at(-1 - back) ?? { id: ghost, client: callerId, practitioner: callerId };
    return { bookingId: aim.id, caller: { ...aim, whoever: callerId }[as] };
  };
  const lots: { accountId: Uuid; lotId: Uuid }[] = [];
  const gifts: { to: Uuid; allocationId: Uuid }[] = [];
  let at = beginsAt;
  return wishes.map((step, index) => {
    if ('directory' in step) return step;
    const { callerId, roles, waitMs, what: deed } = step;
    at += waitMs;
    const id = idOf(`operation/${index}`);
    const from = <Payload>(userId: Uuid, payload: Payload) => ({
      id,
      caller: { id: userId, roles },
      userId,
      at,
      payload,
    });

    switch (deed.kind) {
      case 'booking.create': {
        // Few insist on treating themselves: most who would are sent to the other practitioner.
        const { practitionerId, ...rest } = deed.payload;
        const practitioner = practitionerId === callerId ? deed.colleague : practitionerId;
        wanted.push({ id, client: callerId, practitioner });
        return { kind: deed.kind, submitted: from(callerId, { practitionerId: practitioner, ...rest }) };
      }
      case 'booking.cancel': {
        const { caller, bookingId } = aimed(deed, callerId);
        lots.push({ accountId: caller, lotId: lotIdOf(id, 0) });
        return { kind: deed.kind, submitted: from(caller, { bookingId }) };
      }
      case 'booking.reschedule': {
        const { caller, bookingId } = aimed(deed, callerId);
        return { kind: deed.kind, submitted: from(caller, { bookingId, startsAt: deed.startsAt }) };
      }
      case 'ending': {
        const { caller, bookingId } = aimed(deed, callerId);
        return deed.went === 'completed'
          ? { kind: 'booking.complete', submitted: from(caller, { bookingId }) }
          : { kind: 'booking.no_show', submitted: from(caller, { bookingId, party: deed.went }) };
      }
      case 'slot.hold': {
        const { practitionerId, ...rest } = deed.payload;
        const practitioner = practitionerId === callerId ? deed.colleague : practitionerId;
        held.push({ id, holder: callerId });
        return { kind: deed.kind, submitted: from(callerId, { practitionerId: practitioner, ...rest }) };
      }
      case 'slot.release': {
        const aim = held.at(-1 - deed.back) ?? { id: ghost, holder: callerId };
        return { kind: deed.kind, submitted: from(deed.as === 'holder' ? aim.holder : callerId, { holdId: aim.id }) };
      }
      // Few insist on acting for a partner that is not theirs: most who would are sent to its owner.
      case 'partner.assign':
        return { kind: deed.kind, submitted: from(index % 5 === 0 ? callerId : cast.cat, deed.payload) };
      case 'partner.remove_member':
        return { kind: deed.kind, submitted: from(index % 5 === 0 ? callerId : cast.cat, deed.payload) };
      case 'partner.fund':
        return { kind: deed.kind, submitted: from(callerId, deed.payload) };
      case 'partner.claim':
        return { kind: deed.kind, submitted: from(deed.payload.userId, deed.payload) };
      case 'credits.expire': {
        const due = lots.at(-1 - deed.back) ?? { accountId: callerId, lotId: lotIdOf(id, 0) };
        return { kind: deed.kind, submitted: from(due.accountId, due) };
      }
      case 'credits.void': {
        const { to, allocationId } = gifts.at(-1 - deed.back) ?? { to: callerId, allocationId: ghost };
        return { kind: deed.kind, submitted: from(callerId, { allocationId, userId: deed.of ?? to }) };
      }
      case 'credits.allocate':
        gifts.push({ to: deed.payload.userId, allocationId: id });
        lots.push({ accountId: deed.payload.userId, lotId: lotIdOf(id, 0) });
        return { kind: deed.kind, submitted: from(callerId, deed.payload) };
      case 'subscription.allocate': {
        const payload = { ...deed.paid, type: 'subscription_allocation', part: 0, description: 'Gold' };
        return { kind: deed.kind, submitted: from(callerId, payload) };
      }
      case 'payment.clawback':
        return { kind: deed.kind, submitted: from(callerId, { ...deed.paid, because: 'refund', turn: 1 }) };
      case 'payment.give_back':
        return { kind: deed.kind, submitted: from(callerId, { ...deed.paid, turn: 1 }) };
      default:
        lots.push({ accountId: deed.payload.toUserId, lotId: lotIdOf(id, 0) });
        return { kind: deed.kind, submitted: from(callerId, deed.payload) };
    }
  });
}
