import { type Rejected, rejected } from '../domain/decision.ts';
import type { Partner } from '../domain/partner.ts';

/* What every kind of operation about partners may say no with. */

export function noPartner(): Rejected {
  return rejected('partner_not_found', 'There is no such partner.');
}

/** Also for the members of others: ids cannot be probed. */
export function noMember(): Rejected {
  return rejected('member_not_found', 'There is no such member.');
}

export function inactiveMember(): Rejected {
  return rejected('member_inactive', 'The member is not active.');
}

export function insufficientPool(available: number, requested: number): Rejected {
  const message = `Insufficient credits in the pool. Available: ${available}, requested: ${requested}`;
  return rejected('insufficient_pool', message, { available, requested });
}

export function capExceeded(cap: NonNullable<Partner['memberCap']>, assigned: number, requested: number): Rejected {
  const { credits, days } = cap;
  const message = `A member gets at most ${credits} credits in ${days} days. Assigned: ${assigned}, requested: ${requested}`;
  return rejected('member_cap_exceeded', message, { cap: credits, days, assigned, requested });
}
