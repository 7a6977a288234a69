import { house } from '../../../shared/domain/accounts.ts';
import { pointsOf } from '../../../shared/domain/shop.ts';
import { clara, eve } from '../../support/builders.ts';
import { shopHistory as shop } from '../../support/history-shop.ts';
import { nobody, type Plants } from './plants.ts';

/* Stock, orders, and the points that they move. */

const pointsOfClara = pointsOf({ customerId: clara, vendorId: shop.vendor });

const withoutMovementRules = 'alter table stock_movements drop constraint stock_movements_of_something;';

const withoutOrderRules = `
  alter table orders drop constraint orders_paid_iff_it_says_so, drop constraint orders_kept_while_unpaid_only,
    drop constraint orders_refunds_within_total;`;

/** What of the order is in the ledger as `type`. */
const moved = (orderId: string, type: string) => `reference_id = '${orderId}' and debit_type = '${type}'`;

const ordered = (orderId: string) => `order_id = '${orderId}'`;

export const shopPlants: Plants = {
  'transfers-move-one-asset': {
    'points for credits': `
      update transfers set credit_account = '${house.revenue}' where ${moved(shop.paid, 'spent')}`,
    'credits for points': `
      update transfers set debit_account = '${house.issued}' where ${moved(shop.paid, 'earned')}`,
    'from customer to customer': `
      update transfers set credit_account = a.id, credit_before = 0
      from accounts a where a.owner_id = '${eve}' and a.asset = 'points' and ${moved(shop.paid, 'spent')}`,
  },
  'stock-is-what-its-movements-say': {
    'pieces from nowhere': `update products set available = available + 1 where id = '${shop.tea}'`,
    'kept for nobody': `update products set reserved = reserved + 1 where id = '${shop.tea}'`,
    'sold to nobody': `update products set sold = sold + 1 where id = '${shop.tea}'`,
    'a product that never came': `delete from stock_movements where product_id = '${shop.cups}'`,
    'a movement that is gone': `delete from stock_movements where move = 'returned'`,
    'of another number': `update stock_movements set quantity = quantity + 1 where move = 'removed'`,
  },
  'stock-movements-form-a-chain': {
    'a number before that there never was': `
      update stock_movements set available_before = available_before + 1 where move = 'removed'`,
    'that opens with something': `
      update stock_movements set available_before = 1 where product_id = '${shop.cups}'`,
    'with a piece that vanished between': `
      ${withoutMovementRules} update stock_movements set quantity = 0 where move = 'returned'`,
  },
  'order-items-are-in-the-stock-ledger': {
    'sold and never kept': `delete from stock_movements where move = 'reserved' and ${ordered(shop.paid)}`,
    'sold and not moved': `delete from stock_movements where move = 'sold' and ${ordered(shop.paid)}`,
    'kept and not moved': `delete from stock_movements where ${ordered(shop.waiting)}`,
    'come back and not moved': `update order_items set returned = 0 where returned > 0`,
    'of another number': `update order_items set quantity = quantity + 1 where ${ordered(shop.waiting)}`,
    'of no order': `update stock_movements set order_id = '${nobody}' where ${ordered(shop.waiting)}`,
    'come for an order': `update stock_movements set order_id = '${shop.paid}' where move = 'received'`,
  },
  'stock-is-kept-for-orders-that-wait': {
    'paid and not sold': `update order_items set stock = 'reserved' where ${ordered(shop.paid)}`,
    'sold and not paid': `update order_items set stock = 'sold' where ${ordered(shop.waiting)}`,
    'kept for one that was given up': `update order_items set stock = 'reserved' where ${ordered(shop.declined)}`,
    'given up and still counted': `update order_items set stock = 'released' where ${ordered(shop.waiting)}`,
  },
  'orders-cost-what-their-items-cost': {
    'another price': `update order_items set unit_price_minor = unit_price_minor + 1 where ${ordered(shop.paid)}`,
    'nothing ordered': `delete from order_items where ${ordered(shop.paid)}`,
    'a free discount': `
      update orders set discount_minor = discount_minor + 50, total_minor = total_minor - 50 where id = '${shop.paid}'`,
  },
  'orders-and-their-operations-agree': {
    'an order of nobody': `delete from operations where id = '${shop.declined}'`,
    'a checkout without an order': `
      update operations set kind = 'checkout.create'
      where kind = 'credits.transfer' and status = 'succeeded'`,
    'for somebody else': `update orders set customer_id = '${eve}' where id = '${shop.paid}'`,
    'with somebody else': `
      update operations set payload = payload || '{"vendorId": "${nobody}"}' where id = '${shop.paid}'`,
    'never paid': `
      ${withoutOrderRules} update orders set paid_at = null where id = '${shop.paid}'`,
    'of another total': `
      update operations set outcome = outcome || '{"totalMinor": 1}' where id = '${shop.paid}'`,
    'with other points redeemed': `update orders set points_redeemed = points_redeemed + 1 where id = '${shop.paid}'`,
    'with other points earned': `
      update operations set outcome = outcome || '{"pointsEarned": 1}' where id = '${shop.paid}'`,
    'rejected and still waiting': `
      update operations set status = 'rejected', rejection = '{}', settled_at = now() where id = '${shop.waiting}'`,
  },
  'paid-orders-were-settled': {
    'by nobody': `delete from operations where kind = 'checkout.settle' and payload->>'orderId' = '${shop.paid}'`,
    'and are not paid': `
      ${withoutOrderRules} update orders set status = 'payment_failed', paid_at = null where id = '${shop.paid}'`,
    'and are gone': `
      update operations set payload = payload || '{"orderId": "${nobody}"}'
      where kind = 'checkout.settle' and payload->>'orderId' = '${shop.paid}'`,
    'for nothing': `
      ${withoutOrderRules} update orders set paid_at = null where id = '${shop.free}'`,
  },
  'orders-move-the-points-that-they-say': {
    'a free discount': `delete from transfers where ${moved(shop.paid, 'spent')}`,
    'nothing earned': `delete from transfers where ${moved(shop.paid, 'earned')}`,
    'nothing returned': `delete from transfers where ${moved(shop.paid, 'refunded')}`,
    'nothing reversed': `delete from transfers where ${moved(shop.paid, 'reversed')}`,
    'for a refund that moved more': `update order_refunds set points_reversed = points_reversed + 1 where status = 'done'`,
    'of no order': `update transfers set reference_id = '${nobody}' where ${moved(shop.paid, 'spent')}`,
    'of somebody else': `
      update transfers set debit_account = (select account_id from orders where id = '${shop.waiting}')
      where ${moved(shop.paid, 'spent')}`,
    'into the wrong account of the house': `
      update transfers set credit_account = '${house.pointsIssued}' where ${moved(shop.paid, 'spent')}`,
    'before they are settled': `update orders set loyalty = 'due' where id = '${shop.paid}'`,
    'forgotten at the payment': `update orders set loyalty = 'none' where id = '${shop.due}'`,
    'of one that was never paid': `update orders set loyalty = 'due' where id = '${shop.declined}'`,
  },
  'points-adjustments-are-in-the-ledger': {
    'not at all': `delete from transfers where operation_id = '${shop.adjustment}'`,
    'with another amount': `update transfers set amount = amount + 1 where operation_id = '${shop.adjustment}'`,
    'from somewhere else': `
      update transfers set debit_account = '${house.pointsRedeemed}' where operation_id = '${shop.adjustment}'`,
    'to somebody else': `
      update operations set payload = payload || '{"userId": "${nobody}"}' where id = '${shop.adjustment}'`,
    'with another vendor': `
      update operations set payload = payload || '{"vendorId": "${nobody}"}' where id = '${shop.adjustment}'`,
  },
  'points-are-held-for-orders-that-wait': {
    'for no order': `update holds set id = '${nobody}' where id = '${shop.waiting}'`,
    'too few': `update holds set amount = amount - 1 where id = '${shop.waiting}'`,
    'of somebody else': `update holds set account_id = '${pointsOfClara}' where id = '${shop.waiting}'`,
    'for one that was given up': `
      update holds set status = 'live', ended_at = null where id = '${shop.declined}'`,
    'no more, though they are due': `
      update holds set status = 'released', ended_at = now() where id = '${shop.due}'`,
  },
  'due-points-are-being-settled': {
    'by nobody': `
      delete from operations where kind = 'loyalty.apply' and payload->>'orderId' = '${shop.due}'`,
    'by what is over': `
      update operations set status = 'resolved', resolution = '{}', settled_at = now()
      where kind = 'loyalty.apply' and payload->>'orderId' = '${shop.due}'`,
  },
  'refunds-add-up': {
    'to less': `delete from order_refunds where id = '${shop.refund}'`,
    'to more than was paid': `update order_refunds set amount_minor = 2000 where id = '${shop.openRefund}'`,
    'to more points than were redeemed': `update order_refunds set points_returned = 51 where id = '${shop.refund}'`,
    'to more points than were earned': `update order_refunds set points_reversed = 26 where id = '${shop.refund}'`,
    'and nobody says so': `update orders set status = 'paid' where id = '${shop.returned}'`,
    'in part and nobody says so': `update orders set status = 'paid' where id = '${shop.paid}'`,
    'without any': `update orders set status = 'refunded' where id = '${shop.free}'`,
    'in part, without any': `update orders set status = 'partially_refunded' where id = '${shop.free}'`,
    'and all of it is said': `update orders set status = 'refunded' where id = '${shop.paid}'`,
  },
  'refunds-and-their-operations-agree': {
    'by nobody': `delete from operations where id = '${shop.refund}'`,
    'not at all': `delete from order_refunds where id = '${shop.refund}'`,
    'of another order': `update order_refunds set order_id = '${shop.returned}' where id = '${shop.refund}'`,
    'over before the money has gone': `
      update operations set status = 'rejected', rejection = '{}', settled_at = now() where id = '${shop.openRefund}'`,
    'failed and called done': `
      update order_refunds set status = 'failed', points_returned = 0, points_reversed = 0 where id = '${shop.refund}'`,
    'of another amount': `
      update operations set outcome = outcome || '{"refundedMinor": 1}' where id = '${shop.refund}'`,
    'with other points returned': `
      update operations set outcome = outcome || '{"pointsReturned": 1}' where id = '${shop.refund}'`,
    'with other points reversed': `
      update operations set outcome = outcome || '{"pointsReversed": 1}' where id = '${shop.refund}'`,
  },
  'what-is-processing-waits-for-something': {
    'a charge that nobody makes': `
      update orders set reserved_until = null where id = '${shop.waiting}';
      update outbox set status = 'sent', settled_at = now() where subject_id = '${shop.waiting}'`,
    'a time that has long passed': `
      update outbox set status = 'sent', settled_at = now() where subject_id = '${shop.unpaid}';
      update orders set reserved_until = now() - interval '2 hours' where id = '${shop.unpaid}'`,
    'a refund that nobody makes': `
      update outbox set status = 'sent', settled_at = now() where subject_id = '${shop.openRefund}'`,
  },
};
