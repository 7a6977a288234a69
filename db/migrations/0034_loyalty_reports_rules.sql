-- Points that a person has given up are not the order's any more; what was lost is what its customer was told.
create or replace view reporting.loyalty_reconciliation_queue as
select i.id,
       o.account_id as customer_id,
       o.id as order_id,
       case o.loyalty
         when 'dropped' then coalesce((c.outcome->>'pointsEarned')::bigint, (p.payload->>'pointsEarned')::bigint)
         else o.points_earned
       end as points_earned,
       o.points_redeemed,
       i.error,
       i.status <> 'open' as resolved,
       i.opened_at as created_at,
       case when i.status <> 'open' then (i.history->-1->>'at')::timestamptz end as resolved_at
from reconciliation_items i
join operations p on p.id = case i.category when 'operation' then i.subject_id::uuid end
join orders o on o.id = (p.payload->>'orderId')::uuid
join operations c on c.id = o.id
where i.category = 'operation' and i.kind = 'loyalty.apply';
