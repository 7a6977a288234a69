import { scheduled } from '../../db/scheduled.ts';
import type { Schedule } from '../../db/schedules.ts';
import { statement } from '../../db/statement.ts';
import type { Uuid } from '../../shared/domain/ids.ts';

const lotsPerRound = 1_000;

const selectDue = statement<{ id: Uuid; account_id: Uuid; owner_id: Uuid }>(
  'read_lots_that_are_due',
  `select l.id, l.account_id, (select a.owner_id from accounts a where a.id = l.account_id) as owner_id
   from lots l where l.expires_at <= now() and l.remaining >= 1
   order by l.expires_at limit ${lotsPerRound}`,
);

/**
 * Credits that nobody has spent in time leave the balance, in their owner's lane. Nothing depends on how soon: from
 * their instant on they cannot be spent anyway.
 */
export const expireCredits: Schedule = {
  name: 'expire credits',
  due: async ({ client }) => {
    const { rows } = await selectDue(client, []);
    return rows.map(({ id: lotId, account_id: accountId, owner_id: lane }) =>
      scheduled({ key: lotId, kind: 'credits.expire', lane, payload: { accountId, lotId } }),
    );
  },
};
