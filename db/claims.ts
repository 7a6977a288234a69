import type { Uuid } from '../shared/domain/ids.ts';
import type { Submission } from './accept.ts';
import { lockAddresses } from './addresses.ts';
import type { Tx } from './client.ts';
import { scheduled } from './scheduled.ts';
import { acceptScheduled } from './schedules.ts';
import { statement } from './statement.ts';

const selectUnclaimed = statement<{ id: Uuid }>(
  'read_unclaimed_members',
  `select id from partner_members where lower(email) = lower($1) and user_id is null and status = 'active' order by id`,
);

/**
 * Records that a user takes over what partners have assigned to their address: part of the transaction in which the
 * address appears as theirs (003-08).
 *
 * @param turn tells this appearance from an earlier one of the same person
 */
export async function claimMemberships(
  tx: Tx,
  { userId, email, turn }: { readonly userId: Uuid; readonly email: string; readonly turn: string },
): Promise<readonly Submission[]> {
  await lockAddresses(tx.client, [email]);
  const { rows } = await selectUnclaimed(tx.client, [email]);
  const due = rows.map(({ id: memberId }) =>
    scheduled({
      key: `${memberId}/${userId}/${turn}`,
      kind: 'partner.claim',
      lane: userId,
      payload: { memberId, userId },
    }),
  );
  return acceptScheduled(tx, due);
}
