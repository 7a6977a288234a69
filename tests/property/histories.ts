import fc from 'fast-check';
import { hourMs, idOf, minuteMs } from '../support/builders.ts';
import { cast, ghost, late, opening, person, practice } from './history-cast.ts';
import type { Circumstance, Setting, Step } from './history-steps.ts';
import { told } from './history-telling.ts';
import {
  assignmentEnd,
  booking,
  cancellation,
  ending,
  regulars,
  slot,
  sponsoring,
  type Wish,
  wish,
} from './history-wishes.ts';

/*
 * Histories in which few people want the same few slots, in the night in which Berlin's clocks go back, so that
 * most of what can go wrong does within some forty steps.
 */

const setting: fc.Arbitrary<Setting> = fc.record({ settles: fc.constantFrom('at_booking', 'on_completion') });

/** A peer session whose earner gives credits away before it is cancelled, and then earns again: how debts come and go. */
const comedown: fc.Arbitrary<Wish[]> = fc
  .tuple(booking, fc.array(fc.integer({ min: 3, max: 12 }), { minLength: 2, maxLength: 5 }), cancellation)
  .map(([session, gone, { as }]) => [
    asked(cast.ben, { ...session, payload: { ...session.payload, practitionerId: cast.ann } }),
    ...gone.map((amount) => asked(cast.ann, { kind: 'credits.transfer', payload: { toUserId: cast.dan, amount } })),
    asked(cast.ben, { kind: 'booking.cancel', back: 0, as }),
    gift(cast.ann, 3),
  ]);

/**
 * Two colleagues have a session with each other, one paid at once and one when it is over: whoever has earned, and set
 * aside or given away what they had, owes when the one is cancelled, and has credits set aside when the other is.
 */
const entanglement: fc.Arbitrary<(Wish | Setting)[]> = fc
  .tuple(booking, fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }), fc.array(cancellation, { minLength: 1 }))
  .map(([session, gone, cancellations]) => {
    const { startsAt } = session.payload;
    const later = new Date(Date.parse(startsAt) + 90 * minuteMs).toISOString();
    return [
      { settles: 'at_booking' },
      asked(cast.ben, { ...session, payload: { ...session.payload, practitionerId: cast.ann } }),
      { settles: 'on_completion' },
      asked(cast.ann, { ...session, payload: { ...session.payload, practitionerId: cast.ben, startsAt: later } }),
      ...gone.map((amount) => asked(cast.ann, { kind: 'credits.transfer', payload: { toUserId: cast.dan, amount } })),
      asked(cast.ann, { kind: 'booking.cancel', back: 1, as: 'client' }),
      ...cancellations.map((one) => asked(cast.ann, { ...one, back: 0 })),
    ];
  });

/** A session between colleagues that costs something else when it is moved, because the page has changed meanwhile. */
const repricing: fc.Arbitrary<(Wish | Circumstance)[]> = fc
  .tuple(setting, booking, practice, slot)
  .map(([policy, session, changed, startsAt]) => [
    policy,
    asked(cast.ben, { ...session, payload: { ...session.payload, practitionerId: cast.ann } }),
    { directory: { id: cast.ann, roles: ['practitioner'], practice: changed, active: true, deleted: false } },
    asked(cast.ben, { kind: 'booking.reschedule', back: 0, as: 'client', startsAt }),
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

/** A session that a partner has paid for with credits of one day. */
const treat: fc.Arbitrary<Wish[]> = fc
  .tuple(
    booking,
    fc.constantFrom(
      { partnerId: idOf('acme'), memberId: idOf('member/ann'), as: cast.ann, with: cast.ben },
      { partnerId: idOf('umbrella'), memberId: idOf('member/ben elsewhere'), as: cast.ben, with: cast.ann },
    ),
  )
  .map(([session, { partnerId, memberId, as, with: practitionerId }]) => [
    asked(ghost, { kind: 'partner.fund', payload: { partnerId, credits: 5 } }),
    asked(ghost, { kind: 'partner.assign', payload: { memberId, credits: 5, expiresInDays: 1 } }),
    asked(as, { ...session, payload: { ...session.payload, practitionerId } }),
  ]);

/** Days later: what was assigned for a day is over, sessions are refunded all the same, and that ends, too. */
const aftermath: fc.Arbitrary<Wish[]> = fc
  .array(fc.oneof(assignmentEnd, cancellation, sponsoring), { maxLength: 6 })
  .map((others) => {
    const end = asked(ghost, { kind: 'partner.expire', back: 0 });
    const refund = asked(ghost, { kind: 'booking.cancel', back: 1, as: 'whoever' });
    const rest = others.map((deed) => asked(ghost, deed));
    const later = (days: number, wishes: readonly Wish[]) =>
      wishes.map((one, index): Wish => ({ ...one, roles: ['ops'], waitMs: index === 0 ? days * 24 * hourMs : 0 }));
    return [...later(1, [end, refund, ...rest]), ...later(30, [end, ...rest])];
  });

const change = fc.oneof({ weight: 4, arbitrary: regulars }, fc.constant(late)).chain(person);

/** Histories of all kinds, under both ways of paying peers, and, if wanted, of directory changes between them; opened by credits for everybody. */
export function aHistory({ withDirectoryChanges }: { withDirectoryChanges: boolean }): fc.Arbitrary<Step[]> {
  const middle: fc.Arbitrary<(Wish | Circumstance)[]> = fc.oneof(
    { weight: 14, arbitrary: wish.map((one) => [one]) },
    { weight: 1, arbitrary: comedown },
    { weight: 1, arbitrary: courtship },
    { weight: 1, arbitrary: entanglement },
    { weight: 1, arbitrary: setting.map((one) => [one]) },
    { weight: withDirectoryChanges ? 1 : 0, arbitrary: repricing },
    { weight: withDirectoryChanges ? 1 : 0, arbitrary: change.map((directory) => [{ directory }]) },
  );
  const steps = fc.array(middle, { minLength: 8, maxLength: 60, size: 'max' });
  return fc
    .tuple(setting, opening, fc.integer({ min: 7, max: 16 }), steps, fc.tuple(treat, night, aftermath))
    .map(([first, people, credits, rest, last]) => [
      first,
      ...people.map((directory) => ({ directory })),
      ...told([...people.map(({ id }) => gift(id, credits)), ...rest.flat(), ...last.flat()]),
    ]);
}

function gift(userId: string, amount: number): Wish {
  return asked(ghost, { kind: 'credits.allocate', payload: { userId, amount, source: 'bonus' } });
}

function asked(callerId: string, what: Wish['what']): Wish {
  return { callerId, roles: [], waitMs: 0, what };
}
