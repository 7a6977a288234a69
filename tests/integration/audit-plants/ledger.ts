import { house } from '../../../shared/domain/accounts.ts';
import { clara, eve, theo } from '../../support/builders.ts';
import { history, paul } from '../../support/history.ts';
import { shopHistory } from '../../support/history-shop.ts';
import { copyOf, newSeq, nobody, of, type Plants } from './plants.ts';

/* Accounts, and the transfers between them. */

const withoutAccountRules = `
  alter table accounts drop constraint accounts_never_below_zero, drop constraint accounts_holds_within_balance,
    drop constraint accounts_debt_not_negative;`;

export const ledgerPlants: Plants = {
  'balances-are-sums-of-transfers': {
    'a balance without a transfer': `update accounts set balance = balance + 1 where id = '${clara}'`,
    'a transfer that is gone': `delete from transfers where ${of(history.transfer)}`,
    'a transfer of nobody': `update transfers set credit_account = '${nobody}' where ${of(history.transfer)}`,
    'an account that is gone': `
      delete from lots where account_id = '${eve}'; delete from accounts where id = '${eve}'`,
  },
  'balances-before-and-after-form-a-chain': {
    'a balance before that nobody had': `update transfers set debit_before = debit_before + 1 where ${of(history.transfer)}`,
    'an account that opens with something': `
      update transfers set credit_before = 1 where credit_account = '${paul}' and credit_before = 0`,
  },
  'only-the-house-has-no-balances': {
    'a person without': `update transfers set credit_before = null where ${of(history.transfer)}`,
    'the house with one': `update transfers set debit_before = 1000 where debit_account = '${house.issued}'`,
    'the house as a person': `insert into accounts (id, owner_id, asset) values ('${house.revenue}', '${clara}', 'x')`,
  },
  'ledger-sums-to-zero': {
    'credits from nowhere': `update accounts set balance = balance + 1 where id = '${clara}'`,
    'points from nowhere': `
      insert into accounts (id, owner_id, vendor_id, asset, balance)
      values ('${nobody}', '${paul}', '${shopHistory.vendor}', 'points', 5)`,
    'points that are credits for the house': `
      update transfers set debit_account = '${house.issued}' where debit_account = '${house.pointsIssued}'`,
  },
  'balances-stay-above-their-floor': {
    'less than nothing': `${withoutAccountRules} update accounts set balance = -1 where id = '${clara}'`,
    'a debt below nothing': `${withoutAccountRules} update accounts set debt = -1 where id = '${clara}'`,
  },
  'holds-stay-within-balances': {
    'more set aside than there is': `${withoutAccountRules} update accounts set held = balance + 1 where id = '${clara}'`,
    'less than nothing set aside': `${withoutAccountRules} update accounts set held = -1 where id = '${clara}'`,
  },
  'debts-are-advances-less-repayments': {
    'a debt without an advance': `update accounts set debt = debt + 1 where id = '${clara}'`,
    'a debt forgotten': `update accounts set debt = 0 where id = '${theo}'`,
    'a debt of points forgotten': `update accounts set debt = 0 where owner_id = '${theo}' and asset = 'points'`,
    'an advance for nobody': `update transfers set debtor = '${nobody}' where debit_account = '${house.advances}'`,
  },
  'advances-name-their-debtor': {
    'an advance without one': `update transfers set debtor = null where debit_account = '${house.advances}'`,
    'an advance of points without one': `
      update transfers set debtor = null where debit_account = '${house.pointsAdvances}'`,
    'a debtor without an advance': `update transfers set debtor = '${clara}' where ${of(history.transfer)}`,
    'repaid by somebody else': `update transfers set debtor = '${eve}' where credit_account = '${house.advances}'`,
  },
  'debts-sum-to-advances': {
    'a debt without an advance': `update accounts set debt = debt + 1 where id = '${clara}'`,
    'an advance that is gone': `delete from transfers where debit_account = '${house.advances}'`,
    'an advance of points that is gone': `delete from transfers where debit_account = '${house.pointsAdvances}'`,
    'credits for points': `
      update accounts set debt = debt + 1 where id = '${theo}';
      update accounts set debt = debt - 1 where owner_id = '${theo}' and asset = 'points'`,
  },
  'nobody-owes-while-having-credits': {
    both: `update accounts set debt = 1 where id = '${clara}'`,
  },
  'transfers-come-from-succeeded-operations': {
    'of no operation': `update transfers set operation_id = '${nobody}' where ${of(history.transfer)}`,
    'of a rejected one': `update transfers set operation_id = '${history.refused}' where ${of(history.transfer)}`,
    'of a waiting one': `update transfers set operation_id = '${history.waiting}' where ${of(history.transfer)}`,
    'of another kind': `update transfers set operation_id = '${history.liveBooking}' where ${of(history.transfer)}`,
    'about another booking': `update transfers set reference_id = '${history.nextBooking}' where ${of(history.liveBooking)}`,
    'a refund of another booking': `
      update transfers set reference_id = '${history.liveBooking}'
      where credit_type = 'session_refund' and reference_id = '${history.cancelledBooking}'`,
    'points of another order': `
      update transfers set reference_id = '${shopHistory.due}' where reference_id = '${shopHistory.paid}'`,
    'points of another kind': `
      update transfers set debit_type = 'expired' where operation_id = '${shopHistory.adjustment}'`,
    'a repayment of points of another kind': `
      update transfers set debit_type = 'spent' where credit_account = '${house.pointsAdvances}'`,
    'a repayment to somebody': `
      update transfers set credit_account = '${eve}' where credit_account = '${house.advances}'`,
  },
  'accounts-hold-what-holds-say': {
    'a hold that nobody counts': `
      insert into holds (id, account_id, operation_id, amount, reference_type, reference_id, status)
      values ('${nobody}', '${clara}', '${nobody}', 1, 'booking', '${nobody}', 'live')`,
    'held without a hold': `${withoutAccountRules} update accounts set held = 1 where id = '${clara}'`,
  },
  'allocations-are-in-the-ledger': {
    'not at all': `delete from transfers where credit_account = '${eve}' and credit_type = 'purchase'`,
    twice: copyOf('transfers', "credit_type = 'purchase'", { seq: `nextval(${newSeq})` }),
    'with another amount': `update transfers set amount = 99 where credit_type = 'purchase'`,
    'to somebody else': `update transfers set credit_account = '${clara}' where credit_type = 'purchase'`,
    'from somewhere else': `update transfers set debit_account = '${house.revenue}' where credit_type = 'purchase'`,
    'in the wrong direction': `
      update transfers set debit_account = credit_account, credit_account = debit_account where debit_type = 'adjustment'`,
  },
  'credit-transfers-are-in-the-ledger': {
    'not at all': `delete from transfers where ${of(history.transfer)}`,
    'with another amount': `update transfers set amount = 4 where ${of(history.transfer)}`,
    'to somebody else': `update transfers set credit_account = '${paul}' where ${of(history.transfer)}`,
    'from somebody else': `update transfers set debit_account = '${paul}' where ${of(history.transfer)}`,
    'with another balance than was told': `
      update operations set outcome = '{"balanceAfter": 0}' where id = '${history.transfer}'`,
  },
};
