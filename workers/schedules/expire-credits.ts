import { scheduled } from '../../db/scheduled.ts';
import type { Schedule } from '../../db/schedules.ts';
import { statement } from '../../db/statement.ts';
import type { Uuid } from '../../shared/domain/ids.ts';

const lotsPerRound = 1_000;

interface DueRow {
  readonly id: Uuid;
  readonly account_id: Uuid;
  readonly owner_id: Uuid;
  readonly asset: 'credits' | 'points';
  /** What it was of, when a partner has assigned it. */
  readonly assignment_id: Uuid | null;
  readonly member_id: Uuid | null;
}

// A lot of an assignment that is open ends with it, which is the business of another schedule. The look-up by key stands
// alone, so that no plan of a time when the tables were empty joins them in another way.
const selectDue = statement<DueRow>(
  'read_lots_that_are_due',
  `select l.id, l.account_id, a.owner_id, a.asset, s.id as assignment_id, s.member_id
   from lots l
   join accounts a on a.id = l.account_id
   left join lateral (
     select s.id, s.member_id, s.status from partner_assignments s where s.id = l.origin_id offset 0
   ) as s on true
   where l.expires_at <= now() and l.remaining >= 1 and s.status is distinct from 'open'
   order by l.expires_at limit ${lotsPerRound}`,
);

/**
 * Credits and points that nobody has spent in time leave the balance, in their owner's lane. Nothing depends on how soon: from
 * their instant on they cannot be spent anyway.
 */
export const expireCredits: Schedule = {
  name: 'expire credits',
  due: async ({ client }) => {
    const { rows } = await selectDue(client, []);
    return rows.map((row) => {
      const {
        id: lotId,
        account_id: accountId,
        owner_id: lane,
        asset,
        assignment_id: assignmentId,
        member_id: memberId,
      } = row;
      return assignmentId === null || memberId === null
        ? scheduled({ key: lotId, kind: `${asset}.expire`, lane, payload: { accountId, lotId } })
        : scheduled({ key: lotId, kind: 'partner.expire', lane, payload: { memberId, assignmentId, accountId } });
    });
  },
};
