import { scheduled } from '../../db/scheduled.ts';
import type { Schedule } from '../../db/schedules.ts';
import { statement } from '../../db/statement.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { purseOf } from '../../shared/domain/partner-credits.ts';

const assignmentsPerRound = 1_000;

interface DueRow {
  readonly id: Uuid;
  readonly member_id: Uuid;
  readonly partner_id: Uuid;
  readonly user_id: Uuid | null;
  readonly owner_user_id: Uuid;
}

const selectDue = statement<DueRow>(
  'read_assignments_that_are_due',
  `select s.id, s.member_id, s.partner_id, m.user_id, p.owner_user_id
   from partner_assignments s
   join partner_members m on m.id = s.member_id
   join partners p on p.id = s.partner_id
   where s.expires_at <= now() and s.closed_at is null
   order by s.expires_at limit ${assignmentsPerRound}`,
);

/**
 * What members have not used in time goes where the contract with their partner says, in the lane of whoever has it: the
 * member, or as long as it waits for an account, who acts for the partner. What is left of an assignment is known when it
 * is applied; one that is used up is only closed.
 */
export const expireAssignments: Schedule = {
  name: 'expire assignments',
  due: async ({ client }) => {
    const { rows } = await selectDue(client, []);
    return rows.map(({ id: assignmentId, member_id: memberId, partner_id: partnerId, user_id: userId, ...row }) => {
      const accountId = purseOf({ userId, partnerId });
      const lane = userId ?? row.owner_user_id;
      const payload = { memberId, assignmentId, accountId };
      return scheduled({ key: assignmentId, kind: 'partner.expire', lane, payload });
    });
  },
};
