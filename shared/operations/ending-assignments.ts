import { house, poolOf } from '../domain/accounts.ts';
import type { Effect } from '../domain/effects.ts';
import type { Uuid } from '../domain/ids.ts';
import { type Move, post } from '../domain/ledger.ts';
import { totalOf } from '../domain/lots.ts';
import type { Assignment, Member, Partner } from '../domain/partner.ts';
import type { Rest } from '../domain/partner-credits.ts';
import type { State } from '../domain/state.ts';

/** What becomes of assignments that end. */
export interface AssignmentsEnded {
  readonly effects: readonly Effect[];
  /** Into the pool. */
  readonly returned: number;
  /** To the house. */
  readonly expired: number;
}

/**
 * Closes assignments of a member and takes `rests` of them back: what could still be spent goes into the pool, what is
 * over goes where the contract with the partner says, whoever finds it first: its schedule, a claim, or a removal.
 */
export function endAssignments(
  state: State,
  { onExpiry }: Partner,
  member: Member,
  { assignments, rests }: { readonly assignments: readonly Assignment[]; readonly rests: readonly Rest[] },
): AssignmentsEnded {
  const isForfeit = ({ isOver }: Rest): boolean => isOver && onExpiry === 'forfeit';
  const returns = rests.filter((rest) => !isForfeit(rest));
  const forfeits = rests.filter(isForfeit);
  const moves = [...movesOf(member, returns, 'partner_return'), ...movesOf(member, forfeits, 'expiry')];
  const closed = new Map([...assignments, ...rests.map(({ assignment }) => assignment)].map((one) => [one.id, one]));
  return {
    effects: [
      ...post(state, moves),
      ...rests.filter(({ isOver }) => isOver).flatMap(lotsEnded),
      ...[...closed.keys()].map((assignmentId): Effect => {
        const ofIt = ({ assignment: { id } }: Rest) => id === assignmentId;
        const [returned, expired] = [totalOf(returns.filter(ofIt)), totalOf(forfeits.filter(ofIt))];
        return { type: 'assignment-closed', memberId: member.id, assignmentId, returned, expired };
      }),
    ],
    returned: totalOf(returns),
    expired: totalOf(forfeits),
  };
}

/** One movement out of each account. */
function movesOf(member: Member, rests: readonly Rest[], type: 'partner_return' | 'expiry'): Move[] {
  const purses: readonly Uuid[] = [...new Set(rests.map(({ purse }) => purse))];
  return purses.map((debit) => {
    const own = rests.filter(({ purse }) => purse === debit);
    return {
      debit,
      credit: type === 'expiry' ? house.expired : poolOf(member.partnerId),
      amount: totalOf(own),
      debitType: type,
      creditType: type,
      source: 'partner',
      reference: { type: 'member', id: member.id },
      description: null,
      takes: own.flatMap(({ takes }) => takes),
    };
  });
}

function lotsEnded({ purse: accountId, takes }: Rest): Effect[] {
  return takes.map(({ lotId }) => ({ type: 'lot-ended', accountId, lotId, as: 'expired' }));
}
