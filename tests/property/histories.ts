import fc from 'fast-check';
import { hourMs, minuteMs } from '../support/builders.ts';
import { cast, ghost, late, opening, person } from './history-cast.ts';
import type { Directory, Step } from './history-steps.ts';
import { told } from './history-telling.ts';
import { booking, cancellation, ending, regulars, slot, type Wish, wish } from './history-wishes.ts';

/*
 * Histories in which few people want the same few slots, in the night in which Berlin's clocks go back, so that
 * most of what can go wrong does within some forty steps.
 */

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
