import { z } from 'zod';
import { amountMax, id } from '../../contract/wire.ts';
import { house } from '../../domain/accounts.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import type { State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { endLot } from '../ending-a-lot.ts';

const payload = z.strictObject({ accountId: id, lotId: id });

const outcome = z.object({
  lotId: z.uuid(),
  expiredCredits: z.int().min(0).max(amountMax).meta({ description: 'What was left of the lot.' }),
});

export type CreditsExpire = Command<z.infer<typeof payload>>;

export function footprint({ payload: { accountId, lotId } }: CreditsExpire): Footprint {
  return { accounts: [accountId], lots: [lotId] };
}

export function decide(state: State, { payload: { accountId, lotId } }: CreditsExpire): Decision {
  const { remaining, effects } = endLot(state, accountId, lotId, { credit: house.expired, type: 'expiry' });
  return applied({ lotId, expiredCredits: remaining }, effects);
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
