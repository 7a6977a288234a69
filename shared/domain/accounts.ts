import { derivedId, type Uuid } from './ids.ts';

/**
 * House accounts are not materialised: no row, no lock, nobody queues on them; their balance is a sum over the
 * ledger. `issued` is where credits come from and go back to, `revenue` what clients' sessions brought in,
 * `advances` what the house gave on behalf of accounts that could not give back (the sum of all debts), `expired` what
 * nobody has spent in time. Points have their own: what is of one asset never balances what is of the other.
 */
export const house = {
  issued: '00000000-0000-4000-8000-000000000001',
  revenue: '00000000-0000-4000-8000-000000000002',
  advances: '00000000-0000-4000-8000-000000000003',
  expired: '00000000-0000-4000-8000-000000000004',
  pointsIssued: '00000000-0000-4000-8000-000000000011',
  pointsRedeemed: '00000000-0000-4000-8000-000000000012',
  pointsAdvances: '00000000-0000-4000-8000-000000000013',
  pointsExpired: '00000000-0000-4000-8000-000000000014',
} as const;

const houseIds: ReadonlySet<string> = new Set(Object.values(house));

export function isHouse(accountId: Uuid): boolean {
  return houseIds.has(accountId);
}

/** Whose credit account it is. */
export function ownerOf(creditAccount: Uuid): Uuid {
  return creditAccount;
}

/** A person's credit account carries the person's own id: nothing to look up, nothing to derive. */
export function creditsOf(userId: Uuid): Uuid {
  return userId;
}

/** What a partner can still assign (003-01). */
export function poolOf(partnerId: Uuid): Uuid {
  return derivedId(`pool/${partnerId}`);
}

/** What a partner has assigned to members who have no account yet. */
export function unclaimedOf(partnerId: Uuid): Uuid {
  return derivedId(`unclaimed/${partnerId}`);
}
