import { z } from 'zod';
import { amountMax } from '../../contract/wire.ts';
import { house } from '../../domain/accounts.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { State } from '../../domain/state.ts';
import { defineOperation } from '../define.ts';
import { type EndLot, endLot, lotFootprint, lotPayload } from '../ending-a-lot.ts';

const outcome = z.object({
  lotId: z.uuid(),
  expiredPoints: z.int().min(0).max(amountMax).meta({ description: 'What was left of the lot.' }),
});

export function decide(state: State, command: EndLot): Decision {
  const { lotId } = command.payload;
  const { remaining, effects } = endLot(state, command, { credit: house.pointsExpired, type: 'expired' });
  return applied({ lotId, expiredPoints: remaining }, effects);
}

/** Recorded by a schedule: nobody asks for it. */
export const pointsExpire = defineOperation({
  kind: 'points.expire',
  queue: 'loyalty',
  path: null,
  summary: 'Let points expire',
  description: 'Takes off the balance what was not spent in time.',
  payload: lotPayload,
  outcome,
  rejections: [],
  laneOf: (_caller, { accountId }) => accountId,
  footprint: lotFootprint,
  decide,
});
