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
  expiredPoints: z.int().min(0).max(amountMax).meta({ description: 'What was left of the lot.' }),
});

export type PointsExpire = Command<z.infer<typeof payload>>;

export function footprint({ payload: { accountId, lotId } }: PointsExpire): Footprint {
  return { accounts: [accountId], lots: [lotId] };
}

export function decide(state: State, { payload: { accountId, lotId } }: PointsExpire): Decision {
  const { remaining, effects } = endLot(state, accountId, lotId, { credit: house.pointsExpired, type: 'expired' });
  return applied({ lotId, expiredPoints: remaining }, effects);
}

/** Recorded by a schedule: nobody asks for it. */
export const pointsExpire = defineOperation({
  kind: 'points.expire',
  queue: 'loyalty',
  path: null,
  summary: 'Let points expire',
  description: 'Takes off the balance what was not spent in time.',
  payload,
  outcome,
  rejections: [],
  laneOf: (_caller, { accountId }) => accountId,
  footprint,
  decide,
});
