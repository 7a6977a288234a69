import { poolOf, unclaimedOf } from '../../../shared/domain/accounts.ts';
import { memberIdOf } from '../../../shared/domain/partner.ts';
import { eve } from '../../support/builders.ts';
import { acme } from '../../support/history.ts';
import { copyOf, nobody, type Plants } from './plants.ts';

/* Partners, their members, and what they were assigned. */

/** Who was given 20 credits by Acme, and has no account yet. */
const unclaimed = memberIdOf(acme, 'new@test.example');

export const partnerPlants: Plants = {
  'pools-are-available-or-assigned': {
    'more than was put in': `update accounts set balance = balance + 1 where id = '${poolOf(acme)}'`,
    'put in by nobody': `update partners set funded = funded + 1`,
    'assigned and still there': copyOf('partner_assignments', `member_id = '${unclaimed}'`, {}),
    'returned but not there': `
      update partner_assignments set status = 'closed', closed_at = now(), returned = 1 where member_id = '${unclaimed}'`,
    'a pool without an account': `
      alter table holds drop constraint holds_account_id_accounts_id_fk; delete from accounts where id = '${poolOf(acme)}'`,
  },
  'unclaimed-credits-wait-for-members': {
    'kept for nobody': `update accounts set balance = balance + 1 where id = '${unclaimedOf(acme)}'`,
    'claimed and kept': `update partner_members set user_id = '${eve}' where id = '${unclaimed}'`,
    'used before they were claimed': `
      update partner_assignments set status = 'closed', closed_at = now() where member_id = '${unclaimed}'`,
  },
  'assignments-are-in-the-ledger': {
    'of another operation': `
      update partner_assignments set operation_id = '${nobody}' where member_id = '${unclaimed}'`,
    'with another amount': `update partner_assignments set amount = 21 where member_id = '${unclaimed}'`,
    'a movement that is gone': `
      delete from transfers where debit_account = '${poolOf(acme)}' and reference_id = '${unclaimed}'`,
  },
  'members-count-what-they-were-assigned': {
    'more than they were': `update partner_members set credits_assigned = 21 where id = '${unclaimed}'`,
    'removed with open assignments': `update partner_members set status = 'removed' where id = '${unclaimed}'`,
    'by another partner': `
      insert into partners (id, name, owner_user_id, expiry_days, on_expiry)
      values ('${nobody}', 'Other', '${eve}', 1, 'return');
      update partner_assignments set partner_id = '${nobody}' where member_id = '${unclaimed}'`,
  },
};
