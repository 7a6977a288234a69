import type { EntryType } from '../contract/ledger-types.ts';
import type { Effect, Transfer } from '../domain/effects.ts';
import type { Uuid } from '../domain/ids.ts';
import { isOpen } from '../domain/lots.ts';
import { lotsOf, type State } from '../domain/state.ts';

/** What is left of a lot at its end, and what takes it off the balance. */
export interface EndOfLot {
  readonly remaining: number;
  readonly effects: readonly Effect[];
}

/** Where it goes, and how both sides name it. */
export interface Destination {
  readonly credit: Uuid;
  readonly type: EntryType;
}

/** Ends a lot that is past its time. It may have been spent or ended since it was found to be. */
export function endLot(state: State, accountId: Uuid, lotId: Uuid, { credit, type }: Destination): EndOfLot {
  const lot = lotsOf(state, accountId).find(({ id: known }) => known === lotId) ?? null;
  if (lot === null || lot.status !== 'live' || isOpen(lot, state.at)) return { remaining: 0, effects: [] };

  const { remaining, source } = lot;
  const transfer: Transfer = {
    debit: accountId,
    credit,
    amount: remaining,
    debitType: type,
    creditType: type,
    source,
    reference: null,
    description: null,
    debtor: null,
    takes: [{ lotId, amount: remaining }],
  };
  const ended: Effect = { type: 'lot-ended', accountId, lotId, as: 'expired' };
  return { remaining, effects: remaining > 0 ? [{ type: 'transfer-posted', transfer }, ended] : [ended] };
}
