import { poolOf, unclaimedOf } from '../../../shared/domain/accounts.ts';
import { memberIdOf } from '../../../shared/domain/partner.ts';
import { clara, eve } from '../../support/builders.ts';
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
    'expired in no assignment': `update partners set expired = expired + 1 where expired > 0`,
    'a pool without an account': `
      alter table holds drop constraint holds_account_id_accounts_id_fk; delete from accounts where id = '${poolOf(acme)}'`,
  },
  'assigned-credits-are-unspent-used-or-ended': {
    'more left than it was of': `
      update lots l set amount = 1000, remaining = s.amount + 1 from partner_assignments s
      where s.id = l.id and s.status = 'open' and l.account_id = '${clara}'`,
    'left and returned': `
      update partner_assignments s set status = 'closed', closed_at = now(), returned = s.amount from lots l
      where l.id = s.id and l.remaining > 0`,
    'less than nothing expired': `
      alter table partner_assignments drop constraint partner_assignments_end_within_amount;
      update partner_assignments set expired = -1 where expired > 0`,
    'in an account without a lot': `
      update lots l set origin_id = gen_random_uuid() from partner_assignments s where s.id = l.id and s.status = 'open'`,
    'with somebody else': `
      update lots l set account_id = '${eve}' from partner_assignments s
      where s.id = l.id and s.status = 'open' and l.account_id = '${clara}'`,
    'there although it waits for an account': `
      update lots l set origin_id = s.id from partner_assignments s
      where s.member_id = '${unclaimed}' and l.account_id = '${clara}' and l.status = 'expired'`,
  },
  'credits-that-left-members-are-in-the-ledger': {
    'returned without a movement': `
      update partner_assignments set returned = returned - 1 where returned > 0`,
    'forfeited without a movement': `
      update partner_assignments set expired = expired - 1 where expired > 0`,
    'into another pool': `
      update transfers set credit_account = '${eve}' where credit_type = 'partner_return'`,
    'a movement of nobody': `
      update transfers set reference_id = '${nobody}' where credit_type = 'partner_return'`,
  },
  'assignments-that-expired-are-in-the-ledger': {
    'not at all': `delete from transfers where credit_type = 'expiry' and source = 'partner'`,
    'with another amount': `update transfers set amount = 1 where credit_type = 'expiry' and source = 'partner'`,
    'forfeited and returned': `
      update transfers set credit_type = 'expiry' where credit_type = 'partner_return' and debit_account = '${clara}'`,
  },
  'overdue-assignments-are-being-ended': {
    'with nobody at it': `
      update partner_assignments set expires_at = now() - interval '2 hours' where member_id = '${unclaimed}'`,
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
