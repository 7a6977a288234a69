import { house } from '../../../shared/domain/accounts.ts';
import { clara, eve } from '../../support/builders.ts';
import { history, paul } from '../../support/history.ts';
import { nobody, type Plants } from './plants.ts';

/* Credits that have an end, and those that were taken back. */

const withoutLotRules = `
  alter table lots drop constraint lots_remaining_within_amount, drop constraint lots_end_with_nothing;`;

export const lotPlants: Plants = {
  'lots-stay-within-balances': {
    'more than there is': `
      ${withoutLotRules} update lots set remaining = 1000 where operation_id = '${history.datedAllocation}'`,
    'what is held': `
      update lots l set amount = 1000, remaining = a.balance from accounts a
      where a.id = l.account_id and a.id = '${clara}' and l.operation_id = '${history.datedAllocation}';
      update accounts set held = 1 where id = '${clara}'`,
  },
  'lots-have-no-more-than-they-were-opened-with': {
    more: `${withoutLotRules} update lots set remaining = amount + 1 where operation_id = '${history.datedAllocation}'`,
    'less than nothing': `${withoutLotRules} update lots set remaining = -1 where operation_id = '${history.datedAllocation}'`,
    'something after its end': `
      ${withoutLotRules} update lots set remaining = 1 where status = 'expired'`,
  },
  'lots-were-opened-by-operations': {
    'by none': `update lots set operation_id = '${nobody}' where operation_id = '${history.datedAllocation}'`,
    'by a rejected one': `update lots set operation_id = '${history.refused}' where status = 'expired'`,
    'an allocation without': `delete from lots where operation_id = '${history.datedAllocation}'`,
    'of another amount': `update lots set amount = 16 where operation_id = '${history.datedAllocation}'`,
    'for somebody else': `update lots set account_id = '${eve}' where operation_id = '${history.datedAllocation}'`,
  },
  'overdue-lots-are-being-ended': {
    'with nobody at it': `
      update lots set expires_at = now() - interval '2 hours', remaining = 1
      where operation_id = '${history.datedAllocation}'`,
    'of a partner': `
      update lots l set expires_at = now() - interval '2 hours' from partner_assignments s
      where s.id = l.id and l.remaining > 0`,
  },
  'lots-that-expired-are-in-the-ledger': {
    'not at all': `delete from transfers where credit_account = '${house.expired}'`,
    'with another amount': `update transfers set amount = 1 where credit_account = '${house.expired}'`,
    'somewhere else': `update transfers set credit_account = '${house.issued}' where credit_account = '${house.expired}'`,
    'of somebody else': `update transfers set debit_account = '${paul}' where credit_account = '${house.expired}'`,
  },
  'voided-allocations-are-in-the-ledger': {
    'not at all': `delete from transfers where source = 'void'`,
    'with another amount': `update allocation_voids set amount = 2`,
    'of nothing': `update allocation_voids set allocation_id = '${nobody}'`,
    'of less': `
      update transfers t set amount = 2 from allocation_voids v where t.operation_id = v.allocation_id`,
    'from somebody else': `update transfers set debit_account = '${clara}' where source = 'void'`,
    'without a word': 'delete from allocation_voids',
  },
  'bookings-were-paid-from-lots-of-their-clients': {
    'of somebody else': `update lots set account_id = '${eve}' where operation_id = '${history.datedAllocation}'`,
    'of none': `
      update bookings set lots = '[{"lotId": "${nobody}", "amount": 1}]' where id = '${history.liveBooking}'`,
    'with more than it costs': `
      update bookings set lots = jsonb_set(lots, '{0,amount}', '11') where id = '${history.liveBooking}'`,
  },
};
