import { z } from 'zod';
import type { EntryType } from '../contract/ledger-types.ts';
import { id } from '../contract/wire.ts';
import type { Effect, Transfer } from '../domain/effects.ts';
import type { Footprint } from '../domain/footprint.ts';
import type { Uuid } from '../domain/ids.ts';
import { isOpen } from '../domain/lots.ts';
import { lotsOf, type State } from '../domain/state.ts';
import type { Command } from './define.ts';

/** What both kinds that end a lot are given. */
export const lotPayload = z.strictObject({ accountId: id, lotId: id });

export type EndLot = Command<z.infer<typeof lotPayload>>;

export function lotFootprint({ payload: { accountId, lotId } }: EndLot): Footprint {
  return { accounts: [accountId], lots: [lotId] };
}

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
export function endLot(state: State, { payload }: EndLot, { credit, type }: Destination): EndOfLot {
  const { accountId, lotId } = payload;
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
