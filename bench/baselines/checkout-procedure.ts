import pg from 'pg';
import type Stripe from 'stripe';
import { z } from 'zod';
import { house } from '../../shared/domain/accounts.ts';
import { derivedId, transferIdOf } from '../../shared/domain/ids.ts';
import { orderNumberOf, pointsOf } from '../../shared/domain/shop.ts';
import { charge } from '../../workers/payments/intents.ts';
import type { PlannedCheckout } from '../shops.ts';

/*
 * Baseline (e): a checkout as it is usually written. One call of a stored procedure keeps stock and points, the card is
 * charged over HTTP by the very code that ours uses, and another call settles the order. As many checkouts at a time as
 * there are connections.
 *
 * It makes the same checks as our deciders, on the same tables with the same constraints, and writes the same rows; it
 * spares lanes, the outbox (so that an answer that is lost is lost), what customers are told, and tiers.
 */

const reserveBody = `
declare
  found record;
  person record;
  vendor record;
  item record;
  account record;
  total bigint;
  earned bigint;
  no text;
  result jsonb;
begin
  select o.fingerprint, coalesce(o.outcome, o.rejection, o.progress) as answer into found
  from operations o where o.id = p_id;
  if found.fingerprint = p_fingerprint then return found.answer; end if;
  if found.fingerprint is not null then raise exception 'idempotency key reused'; end if;

  select u.id, u.active, u.deleted_at into person from users u where u.id = p_customer;
  select v.id, v.loyalty, v.loyalty_version into vendor from vendors v where v.id = p_vendor;
  select p.* into item from products p where p.id = p_product for no key update;
  select a.* into account from accounts a where a.id = p_account for no key update;

  total := item.price_minor * p_quantity - p_redeem * (vendor.loyalty ->> 'pointValueMinor')::bigint;
  earned := total * (vendor.loyalty ->> 'perUnitE4')::bigint / 1000000;
  no := case
    when vendor.id is null then 'vendor_not_found'
    when person.id is null or person.deleted_at is not null then 'client_not_found'
    when not person.active then 'client_inactive'
    when item.id is null or item.vendor_id <> p_vendor then 'product_not_found'
    when item.available < p_quantity then 'out_of_stock'
    when coalesce(account.balance - account.held, 0) < p_redeem then 'insufficient_points'
    when total < 0 then 'points_exceed_total'
  end;
  if no is not null then raise exception 'a planned checkout was refused: %', no; end if;

  insert into orders (id, order_number, customer_id, vendor_id, account_id, status, currency, subtotal_minor,
                      discount_minor, total_minor, points_redeemed, points_earned, loyalty, rules, lots,
                      payment_method, reserved_until, created_at)
  values (p_id, p_number, p_customer, p_vendor, p_account, 'awaiting_payment', item.currency,
          item.price_minor * p_quantity, item.price_minor * p_quantity - total, total, p_redeem, earned, 'none',
          vendor.loyalty || jsonb_build_object('version', vendor.loyalty_version), '[]', p_method,
          now() + interval '15 minutes', now());
  insert into order_items (order_id, position, product_id, name, unit_price_minor, quantity, stock)
  values (p_id, 0, p_product, item.name, item.price_minor, p_quantity, 'reserved');
  update products set available = available - p_quantity, reserved = reserved + p_quantity, updated_at = now()
  where id = p_product;
  insert into stock_movements (id, product_id, move, quantity, available_before, order_id, operation_id)
  values (p_movement, p_product, 'reserved', p_quantity, item.available, p_id, p_id);
  insert into holds (id, account_id, operation_id, amount, reference_type, reference_id, status)
  values (p_id, p_account, p_id, p_redeem, 'order', p_id, 'live');
  update accounts set held = held + p_redeem, updated_at = now() where id = p_account;

  result := jsonb_build_object(
    'orderId', p_id, 'orderNumber', p_number, 'status', 'awaiting_payment', 'totalMinor', total,
    'currency', item.currency, 'pointsRedeemed', p_redeem, 'pointsEarned', earned);
  insert into operations (id, kind, lane, lane_seq, caller_id, caller_roles, fingerprint, payload, accepted_at, status,
                          attempts, progress)
  values (p_id, 'checkout.create', p_customer,
          coalesce((select max(o.lane_seq) from operations o where o.lane = p_customer), 0) + 1, p_customer, '{client}',
          p_fingerprint, p_payload, now(), 'processing', 1, result);
  return result;
end`;

const settleBody = `
declare
  bought record;
  stock bigint;
  points bigint;
begin
  select o.*, i.product_id, i.quantity into bought
  from orders o join order_items i on i.order_id = o.id where o.id = p_id for update of o;
  if bought.status <> 'awaiting_payment' then return false; end if;

  update products set reserved = reserved - bought.quantity, sold = sold + bought.quantity, updated_at = now()
  where id = bought.product_id returning available into stock;
  update order_items set stock = 'sold' where order_id = p_id;
  insert into stock_movements (id, product_id, move, quantity, available_before, order_id, operation_id)
  values (p_movement, bought.product_id, 'sold', bought.quantity, stock, p_id, p_id);

  update holds set status = 'captured', ended_at = now() where id = p_id;
  update accounts set held = held - bought.points_redeemed,
    balance = balance - bought.points_redeemed + bought.points_earned, updated_at = now()
  where id = bought.account_id returning balance + bought.points_redeemed - bought.points_earned into points;
  insert into transfers (id, operation_id, debit_account, credit_account, amount, debit_type, credit_type, source,
                         debit_before, credit_before, reference_type, reference_id)
  values (p_spent, p_id, bought.account_id, '${house.pointsRedeemed}', bought.points_redeemed, 'spent', 'spent',
          'order', points, null, 'order', p_id),
         (p_earned, p_id, '${house.pointsIssued}', bought.account_id, bought.points_earned, 'earned', 'earned',
          'order', null, points - bought.points_redeemed, 'order', p_id);

  update orders set status = 'paid', loyalty = 'settled', payment_intent_id = p_intent, reserved_until = null,
    paid_at = now(), updated_at = now()
  where id = p_id;
  update operations set status = 'succeeded', settled_at = now(), outcome = progress || jsonb_build_object(
    'status', 'paid', 'subtotalMinor', bought.subtotal_minor, 'discountMinor', bought.discount_minor,
    'pointsBalance', points - bought.points_redeemed + bought.points_earned)
  where id = p_id;
  return true;
end`;

/** Call once per database. */
export async function createCheckoutProcedures(database: pg.Client): Promise<void> {
  await database.query(
    `create function bench_reserve(p_id uuid, p_customer uuid, p_vendor uuid, p_account uuid, p_product uuid,
                                   p_quantity int, p_redeem bigint, p_method text, p_number text, p_fingerprint bytea,
                                   p_payload jsonb, p_movement uuid)
     returns jsonb language plpgsql as $body$${reserveBody}$body$`,
  );
  await database.query(
    `create function bench_settle(p_id uuid, p_intent text, p_spent uuid, p_earned uuid, p_movement uuid)
     returns boolean language plpgsql as $body$${settleBody}$body$`,
  );
}

export interface CheckoutProcedure {
  /** Checks out. Throws when anything is refused. */
  readonly checkOut: (planned: PlannedCheckout) => Promise<void>;
  readonly close: () => Promise<void>;
}

const reserved = z.object({ totalMinor: z.number(), pointsEarned: z.number() });

/** As many connections as there may be calls at a time. */
export function openCheckoutProcedure(databaseUrl: string, stripe: Stripe, connections: number): CheckoutProcedure {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connections,
    // Every statement of the procedures reaches its rows by key, so that its plans need not be made anew for each call.
    options: '-c plan_cache_mode=force_generic_plan -c jit=off',
  });
  return {
    checkOut: async (planned) => {
      const { id, customerId, vendorId, productId, submission, body } = planned;
      const { rows } = await pool.query<{ answer: unknown }>({
        name: 'reserve',
        text: 'select bench_reserve($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) as answer',
        values: [
          id,
          customerId,
          vendorId,
          pointsOf({ customerId, vendorId }),
          productId,
          body.items[0]?.quantity,
          body.redeemPoints,
          body.paymentMethod,
          orderNumberOf(id),
          submission.fingerprint,
          JSON.stringify(submission.payload),
          derivedId(`bench/reserved/${id}`),
        ],
      });
      const payment = await chargeFor(stripe, planned, reserved.parse(rows[0]?.answer));
      await pool.query({
        name: 'settle',
        text: 'select bench_settle($1, $2, $3, $4, $5)',
        values: [id, payment.intentId, transferIdOf(id, 0), transferIdOf(id, 1), derivedId(`bench/sold/${id}`)],
      });
    },
    close: () => pool.end(),
  };
}

/** The card call, as the worker makes it. */
export async function chargeFor(stripe: Stripe, planned: PlannedCheckout, { totalMinor }: z.infer<typeof reserved>) {
  const { id, customerId, body, currency } = planned;
  const payment = await charge(stripe, {
    id,
    orderNumber: orderNumberOf(id),
    customerId,
    status: 'awaiting_payment',
    totalMinor,
    currency,
    paymentMethod: body.paymentMethod,
    paymentIntentId: null,
    createdAt: Date.now(),
    reservedUntil: null,
  });
  if (payment.status !== 'paid') throw new Error(`the payment of ${id} is ${payment.status}`);
  return payment;
}

/** Checks all out, at most `atOnce` at a time. */
export async function checkOutAll(
  { checkOut }: CheckoutProcedure,
  planned: readonly PlannedCheckout[],
  atOnce: number,
): Promise<void> {
  const remaining = planned.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const one of remaining) await checkOut(one);
    }),
  );
}
