-- What a table definition cannot hold about shops: storage, privileges, row-level security, and the views for reports.

alter table products set (fillfactor = 60);
--> statement-breakpoint
alter table orders set (fillfactor = 70);
--> statement-breakpoint
alter table order_items set (fillfactor = 70);
--> statement-breakpoint
grant select, insert, update on vendors, products, orders, order_items, order_refunds to counterfoil_app;
--> statement-breakpoint
-- Append-only by privilege, as the ledger.
grant select, insert on stock_movements to counterfoil_app;
--> statement-breakpoint
grant select on vendors, products, stock_movements, orders, order_items, order_refunds to counterfoil_reader;
--> statement-breakpoint
alter table vendors enable row level security;
--> statement-breakpoint
alter table products enable row level security;
--> statement-breakpoint
alter table stock_movements enable row level security;
--> statement-breakpoint
alter table orders enable row level security;
--> statement-breakpoint
alter table order_items enable row level security;
--> statement-breakpoint
alter table order_refunds enable row level security;
--> statement-breakpoint
create policy app on vendors to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on products to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on stock_movements to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on orders to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on order_items to counterfoil_app using (true) with check (true);
--> statement-breakpoint
create policy app on order_refunds to counterfoil_app using (true) with check (true);
--> statement-breakpoint

-- What is for sale is for everybody to see; what somebody has ordered is for them, their vendor and operators.
create policy reader on vendors for select to counterfoil_reader using (true);
--> statement-breakpoint
create policy reader on products for select to counterfoil_reader using (true);
--> statement-breakpoint
create policy reader on stock_movements for select to counterfoil_reader
  using (app_is_operator() or product_id in (
    select p.id from products p join vendors v on v.id = p.vendor_id where v.owner_user_id = app_user()));
--> statement-breakpoint
create policy reader on orders for select to counterfoil_reader
  using (app_is_operator() or customer_id = app_user()
    or vendor_id = any(array(select v.id from vendors v where v.owner_user_id = app_user())));
--> statement-breakpoint
create policy reader on order_items for select to counterfoil_reader
  using (exists (select from orders o where o.id = order_id));
--> statement-breakpoint
create policy reader on order_refunds for select to counterfoil_reader
  using (exists (select from orders o where o.id = order_id));
--> statement-breakpoint
create policy vendor on accounts for select to counterfoil_reader
  using (vendor_id = any(array(select v.id from vendors v where v.owner_user_id = app_user())));
--> statement-breakpoint

-- Digits of a currency's minor unit by ISO 4217; see shared/domain/money.ts.
create function currency_digits(currency text) returns int immutable language sql as $$
  select case
    when currency in ('BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF', 'XPF')
      then 0
    when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
    else 2
  end $$;
--> statement-breakpoint
create view reporting.customers as
select a.id,
       a.owner_id as user_id,
       a.vendor_id,
       u.first_name,
       u.last_name,
       a.balance as loyalty_points,
       u.active and u.deleted_at is null as is_active,
       a.created_at
from accounts a join users u on u.id = a.owner_id
where a.asset = 'points';
--> statement-breakpoint
create view reporting.orders as
select id,
       order_number,
       account_id as customer_id,
       vendor_id,
       status,
       round(total_minor / 10::numeric ^ currency_digits(currency), currency_digits(currency)) as total,
       created_at
from orders;
--> statement-breakpoint
create view reporting.loyalty_transactions as
select t.id,
       a.id as customer_id,
       -t.amount as points,
       t.debit_type as transaction_type,
       t.debit_before as balance_before,
       t.debit_before - t.amount as balance_after,
       t.reference_type,
       t.reference_id::text as reference_id,
       t.description,
       t.created_at
from accounts a join transfers t on t.debit_account = a.id and t.debit_before is not null
where a.asset = 'points'
union all
select receiver_entry_id(t.id, t.debit_before),
       a.id,
       t.amount,
       t.credit_type,
       t.credit_before,
       t.credit_before + t.amount,
       t.reference_type,
       t.reference_id::text,
       t.description,
       t.created_at
from accounts a join transfers t on t.credit_account = a.id and t.credit_before is not null
where a.asset = 'points';
--> statement-breakpoint
-- Points of paid orders that could not be settled (004-03): operators' items about the kind that settles them.
create view reporting.loyalty_reconciliation_queue as
select i.id,
       o.account_id as customer_id,
       o.id as order_id,
       o.points_earned,
       o.points_redeemed,
       i.error,
       i.status <> 'open' as resolved,
       i.opened_at as created_at,
       case when i.status <> 'open' then (i.history->-1->>'at')::timestamptz end as resolved_at
from reconciliation_items i
join operations p on p.id = case i.category when 'operation' then i.subject_id::uuid end
join orders o on o.id = (p.payload->>'orderId')::uuid
where i.category = 'operation' and i.kind = 'loyalty.apply';
--> statement-breakpoint
grant select on reporting.customers, reporting.orders, reporting.loyalty_transactions,
  reporting.loyalty_reconciliation_queue to reporting;
