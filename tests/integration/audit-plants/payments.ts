import { eve } from '../../support/builders.ts';
import { copyOf, nobody, type Plants } from './plants.ts';

/* What Stripe was paid. */

const allocated = `kind = 'subscription.allocate'`;

export const paymentPlants: Plants = {
  'periods-are-allocated-once': {
    'a period twice': `
      alter table stripe_purchases drop constraint stripe_purchases_one_per_period;
      ${copyOf('stripe_purchases', `key like 'period/%' and parts = 1`, { key: `'another'`, given: '0', taken: '0' })}`,
    'a part twice': copyOf('operations', allocated, { lane_seq: 'lane_seq + 1000' }),
    'an allocation that is gone': `delete from operations where ${allocated}`,
    'more than was recorded': `
      update stripe_purchases set given = given - 1, taken = taken - 1 where key like 'period/%' and taken > 0`,
    'a clawback that nobody counts': `delete from operations where kind = 'payment.clawback'`,
    'of no purchase': `update operations set payload = payload || '{"purchaseId": "${nobody}"}' where ${allocated}`,
  },
  'what-did-not-roll-over-is-in-the-ledger': {
    'said and not moved': `update operations set outcome = outcome || '{"expiredCredits": 1}' where ${allocated}`,
    'moved and not said': `
      update transfers set operation_id = (select id from operations where ${allocated} limit 1)
      where debit_type = 'expiry'`,
  },
  'payments-are-in-the-ledger': {
    'not at all': `delete from transfers where credit_type = 'subscription_allocation'`,
    rejected: `update operations set status = 'rejected', outcome = null, rejection = '{}' where ${allocated}`,
    'with another amount': `update transfers set amount = amount + 1 where credit_type = 'clawback'`,
    'to somebody else': `update transfers set credit_account = '${eve}' where credit_type = 'subscription_allocation'`,
    'from somebody else': `update transfers set debit_account = '${eve}' where debit_type = 'clawback'`,
    'for another payment': `update transfers set reference_id = '${nobody}' where reference_type = 'payment'`,
  },
  'unresolved-payments-have-an-open-item': {
    'none at all': `delete from reconciliation_items where category = 'payment'`,
    'a closed one': `update reconciliation_items set status = 'dismissed' where category = 'payment'`,
  },
};
