import { z } from 'zod';
import { amount, id } from '../../contract/wire.ts';
import { house, poolOf } from '../../domain/accounts.ts';
import { applied, type Decision } from '../../domain/decision.ts';
import type { Footprint } from '../../domain/footprint.ts';
import { balanceAfter, post } from '../../domain/ledger.ts';
import { lookup, type State } from '../../domain/state.ts';
import { type Command, defineOperation } from '../define.ts';
import { noPartner } from '../partner-rejections.ts';

const payload = z.strictObject({ partnerId: id, credits: amount });

const outcome = z.object({
  poolAvailable: z.int().min(0).meta({ description: 'What the partner can assign.' }),
});

export type PartnerFund = Command<z.infer<typeof payload>>;

export function footprint({ payload: { partnerId } }: PartnerFund): Footprint {
  return { partners: [partnerId] };
}

export function decide(state: State, { payload: { partnerId, credits } }: PartnerFund): Decision {
  const partner = lookup(state.partners, partnerId);
  if (partner === null) return noPartner();

  // Past this line the funding must succeed.
  const pool = poolOf(partner.id);
  const moved = post(state, [
    {
      debit: house.issued,
      credit: pool,
      amount: credits,
      debitType: 'partner_funding',
      creditType: 'partner_funding',
      source: 'partner',
      reference: { type: 'partner', id: partner.id },
      description: null,
    },
  ]);
  const funded = { type: 'pool-funded', partnerId, amount: credits } as const;
  return applied({ poolAvailable: balanceAfter(state, pool, moved) }, [...moved, funded]);
}

export const partnerFund = defineOperation({
  kind: 'partner.fund',
  queue: 'allocation',
  path: '/v1/partners/:partnerId/pool',
  summary: "Put credits into a partner's pool",
  description: 'Issues credits that the partner can assign to its members.',
  payload,
  outcome,
  rejections: ['partner_not_found'],
  allowed: ['admin'],
  laneOf: (_caller, { partnerId }) => partnerId,
  laneIsOf: 'partner',
  footprint,
  decide,
});
