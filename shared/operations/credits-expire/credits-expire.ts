import { z } from 'zod';
import { amountMax, id } from '../../contract/wire.ts';
import { house } from '../../domain/accounts.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { post } from '../../domain/ledger.ts';
import { isOpen } from '../../domain/lots.ts';
import { lotsOf, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';

const payload = z.strictObject({ accountId: id, lotId: id });

const outcome = z.object({
  lotId: z.uuid(),
  expiredCredits: z.int().min(0).max(amountMax).meta({ description: 'What was left of the lot.' }),
});

export type CreditsExpire = Command<z.infer<typeof payload>>;

export function footprint({ payload: { accountId, lotId } }: CreditsExpire): Footprint {
  return { accounts: [accountId], lots: [lotId] };
}

export function decide(state: State, { at, payload: { accountId, lotId } }: CreditsExpire): Decision {
  const lot = lotsOf(state, accountId).find(({ id: known }) => known === lotId) ?? null;
  // It may have been spent or ended since it was found to be due.
  if (lot === null || lot.status !== 'live' || isOpen(lot, at)) return applied({ lotId, expiredCredits: 0 }, []);

  const { remaining } = lot;
  const expiry = {
    debit: accountId,
    credit: house.expired,
    amount: remaining,
    debitType: 'expiry',
    creditType: 'expiry',
    source: lot.source,
    reference: null,
    description: null,
    takes: [{ lotId, amount: remaining }],
  } as const;
  return applied({ lotId, expiredCredits: remaining }, [
    ...(remaining > 0 ? post(state, [expiry]) : []),
    { type: 'lot-ended', accountId, lotId, as: 'expired' },
  ]);
}

/** Recorded by a schedule: nobody asks for it. */
export const creditsExpire = defineOperation({
  kind: 'credits.expire',
  queue: 'allocation',
  path: null,
  summary: 'Let credits expire',
  description: 'Takes off the balance what was not spent in time.',
  payload,
  outcome,
  rejections: [],
  laneOf: (_caller, { accountId }) => accountId,
  footprint,
  decide,
});
