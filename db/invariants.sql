-- What must be true of the tables at any time: under load, in a backlog, after any crash. Each check is a query that
-- returns one row for every violation, and none when all is well. `npm run audit`, POST /v1/audit and the tests run
-- this file through audit.ts, in one transaction, so that all checks see the same instant.
--
-- A check opens with a line that names it; the comment below says what it guards, and the query ends with a semicolon.
-- Queries go over whole tables at once (joins, aggregates, windows), never row by row: with a million operations each
-- takes a second or so. None can fail on what it finds: JSON is compared as JSON or as text, never converted.
--
-- House accounts have no row and no balance of their own (shared/domain/accounts.ts). Of credits: …0001 issued, …0002
-- revenue, …0003 advances, …0004 expired; of points: …0011 issued, …0012 redeemed, …0013 advances, …0014 expired.
-- Balances after a transfer are not stored: debit_before - amount, credit_before + amount.

-- check: balances-are-sums-of-transfers
-- An account opens with nothing and has what its transfers sum to; whoever appears in a transfer has an account.
with moved as (
  select account, sum(change)::bigint as balance
  from (
    select debit_account as account, -amount as change from transfers
    union all
    select credit_account, amount from transfers
  ) as entry
  group by account
)
select coalesce(a.id, m.account) as account, a.balance, coalesce(m.balance, 0) as transferred
from accounts a full join moved m on m.account = a.id
where a.balance is distinct from coalesce(m.balance, 0)
  and coalesce(a.id, m.account) not in (
    '00000000-0000-4000-8000-000000000001',
    '00000000-0000-4000-8000-000000000002',
    '00000000-0000-4000-8000-000000000003',
    '00000000-0000-4000-8000-000000000004',
    '00000000-0000-4000-8000-000000000011',
    '00000000-0000-4000-8000-000000000012',
    '00000000-0000-4000-8000-000000000013',
    '00000000-0000-4000-8000-000000000014');

-- check: balances-before-and-after-form-a-chain
-- In ledger order, every entry of an account begins where the one before it has ended, and the first one at zero.
with entry as (
  select debit_account as account, seq, debit_before as before, debit_before - amount as after
  from transfers where debit_before is not null
  union all
  select credit_account, seq, credit_before, credit_before + amount from transfers where credit_before is not null
), chained as (
  select *, coalesce(lag(after) over (partition by account order by seq), 0) as expected from entry
)
select account, seq, before, expected from chained where before <> expected;

-- check: only-the-house-has-no-balances
-- The accounts of the house are not materialised, and no others: every other side of a transfer carries its balance before.
with side as (
  select id as transfer, debit_account as account, debit_before as before from transfers
  union all
  select id, credit_account, credit_before from transfers
), house (account) as (
  values ('00000000-0000-4000-8000-000000000001'::uuid),
         ('00000000-0000-4000-8000-000000000002'),
         ('00000000-0000-4000-8000-000000000003'),
         ('00000000-0000-4000-8000-000000000004'),
         ('00000000-0000-4000-8000-000000000011'),
         ('00000000-0000-4000-8000-000000000012'),
         ('00000000-0000-4000-8000-000000000013'),
         ('00000000-0000-4000-8000-000000000014')
)
select transfer, account, before from side where (before is null) <> (account in (select account from house))
union all
select null, id, balance from accounts where id in (select account from house);

-- check: ledger-sums-to-zero
-- What people have and what the house has given out are the same credits, or points: per asset, all accounts sum to
-- zero.
select asset, sum(balance)::bigint as balance
from (
  select asset, balance from accounts
  union all
  select case when house in ('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000012',
                       '00000000-0000-4000-8000-000000000013', '00000000-0000-4000-8000-000000000014')
              then 'points' else 'credits' end, balance
  from (
    select debit_account as house, -amount as balance from transfers where debit_before is null
    union all
    select credit_account, amount from transfers where credit_before is null
  ) as side
) as account
group by asset
having sum(balance) <> 0;

-- check: transfers-move-one-asset
-- Credits never become points, nor points credits; and points are good with one vendor: they come from the house and go
-- back to it.
with account (id, asset) as (
  select id, asset from accounts
  union all
  values ('00000000-0000-4000-8000-000000000001'::uuid, 'credits'),
         ('00000000-0000-4000-8000-000000000002', 'credits'),
         ('00000000-0000-4000-8000-000000000003', 'credits'),
         ('00000000-0000-4000-8000-000000000004', 'credits'),
         ('00000000-0000-4000-8000-000000000011', 'points'),
         ('00000000-0000-4000-8000-000000000012', 'points'),
         ('00000000-0000-4000-8000-000000000013', 'points'),
         ('00000000-0000-4000-8000-000000000014', 'points')
)
select t.id as transfer, t.debit_account, d.asset as debited, t.credit_account, c.asset as credited
from transfers t left join account d on d.id = t.debit_account left join account c on c.id = t.credit_account
where d.asset is distinct from c.asset
   or (d.asset = 'points' and t.debit_before is not null and t.credit_before is not null);

-- check: balances-stay-above-their-floor
-- Nobody has less than nothing; what is missing is a debt.
select id as account, balance, debt from accounts where balance < 0 or debt < 0;

-- check: holds-stay-within-balances
-- What is set aside is there.
select id as account, held, balance from accounts where held < 0 or held > balance;

-- check: debts-are-advances-less-repayments
-- An account owes what the house has advanced for it, less what it has repaid.
with owed as (
  select debtor as account,
         sum(case when credit_account in ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000013')
                  then -amount else amount end)::bigint as debt
  from transfers where debtor is not null
  group by debtor
)
select coalesce(a.id, o.account) as account, a.debt, coalesce(o.debt, 0) as advanced
from accounts a full join owed o on o.account = a.id
where a.debt is distinct from coalesce(o.debt, 0);

-- check: advances-name-their-debtor
-- Whatever the house advances or gets back is somebody's debt, and only the debtor repays it.
select id as transfer, debit_account, credit_account, debtor
from transfers
where (debtor is not null) <> ('00000000-0000-4000-8000-000000000003' in (debit_account, credit_account)
                               or '00000000-0000-4000-8000-000000000013' in (debit_account, credit_account))
   or (credit_account in ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000013')
       and debtor is distinct from debit_account);

-- check: debts-sum-to-advances
-- All debts together are what the house is short of, per asset.
with owed as (
  select asset, sum(debt)::bigint as debts from accounts group by asset
), advanced as (
  select case when '00000000-0000-4000-8000-000000000003' in (debit_account, credit_account)
              then 'credits' else 'points' end as asset,
         sum(case when debit_before is null then amount else -amount end)::bigint as advances
  from transfers
  where debit_account in ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000013')
     or credit_account in ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000013')
  group by 1
)
select asset, coalesce(debts, 0) as debts, coalesce(advances, 0) as advances
from owed full join advanced using (asset)
where coalesce(debts, 0) <> coalesce(advances, 0);

-- check: nobody-owes-while-having-credits
-- Income repays debt first: who still owes has nothing to spend. Credits that are past their date are nothing. Points
-- are another matter: those that a return window or an unpaid order sets free are no income, and the next one repays.
with overdue as (
  select account_id as account, sum(remaining)::bigint as amount
  from lots where remaining > 0 and expires_at <= now()
  group by account_id
)
select a.id as account, a.debt, a.balance, a.held, coalesce(o.amount, 0) as overdue
from accounts a left join overdue o on o.account = a.id
where a.asset = 'credits' and a.debt > 0 and a.balance - a.held > coalesce(o.amount, 0);

-- check: lots-stay-within-balances
-- The credits that have an end are a part of what the account can spend.
with dated as (
  select account_id as account, sum(remaining)::bigint as amount from lots where remaining <> 0 group by account_id
)
select a.id as account, a.balance, a.held, d.amount as dated
from dated d join accounts a on a.id = d.account
where d.amount > a.balance - a.held;

-- check: lots-have-no-more-than-they-were-opened-with
-- Nor less than nothing; and one that has ended has nothing left.
select id as lot, amount, remaining, status
from lots where remaining not between 0 and amount or (status <> 'live' and remaining <> 0);

-- check: lots-were-opened-by-operations
-- By one that succeeded; and every allocation with an end has opened its own, of what was given.
with dated as (
  select id, payload from operations
  where kind = 'credits.allocate' and status = 'succeeded' and payload ? 'expiresAt'
)
select coalesce(l.id, d.id) as lot_or_operation, l.amount, o.status, d.payload
from lots l full join dated d on d.id = l.operation_id left join operations o on o.id = l.operation_id
where l.id is null
   or (o.status is distinct from 'succeeded'
       -- What is applied in parts has opened some before it is done.
       and (o.kind = 'partner.import' and o.status in ('accepted', 'retrying', 'reconciling', 'resolved')) is not true)
   or (d.id is not null and (to_jsonb(l.amount) is distinct from d.payload->'amount'
                             or l.account_id::text is distinct from d.payload->>'userId'));

-- check: overdue-lots-are-being-ended
-- What could not be spent any more an hour ago has left the balance, or an operation waits that takes it off.
select l.id as lot, l.account_id as account, l.remaining, l.expires_at
from lots l join accounts a on a.id = l.account_id
where l.remaining > 0 and l.expires_at < now() - interval '1 hour'
  and not exists (
    select from operations o
    where o.lane = a.owner_id and o.status in ('accepted', 'retrying', 'reconciling')
      and ((o.kind = 'credits.expire' and o.payload->>'lotId' = l.id::text)
           or (o.kind = 'partner.expire' and o.payload->>'assignmentId' = l.origin_id::text)));

-- check: overdue-assignments-are-being-ended
-- What was over an hour ago is closed, or an operation waits that closes it.
select s.id as assignment, s.member_id as member, s.amount, s.expires_at
from partner_assignments s
where s.status = 'open' and s.expires_at < now() - interval '1 hour'
  and not exists (
    select from operations o
    where o.kind = 'partner.expire' and o.payload->>'assignmentId' = s.id::text
      and o.status in ('accepted', 'retrying', 'reconciling'));

-- check: lots-that-expired-are-in-the-ledger
-- What was taken off balances because nobody spent it in time is what the operations say that did it.
select o.id as operation, o.outcome, count(t.id) as transfers, sum(t.amount)::bigint as moved
from operations o left join transfers t on t.operation_id = o.id
where o.kind = 'credits.expire' and o.status = 'succeeded'
group by o.id
having to_jsonb(coalesce(sum(t.amount), 0)::bigint) is distinct from o.outcome->'expiredCredits'
    or bool_or(t.credit_account not in ('00000000-0000-4000-8000-000000000004', '00000000-0000-4000-8000-000000000014')
               or t.debit_account::text is distinct from o.payload->>'accountId');

-- check: what-did-not-roll-over-is-in-the-ledger
-- What an allocation took off earlier periods is what it says, from its user.
select o.id as operation, o.outcome, sum(t.amount)::bigint as moved
from operations o left join transfers t on t.operation_id = o.id and t.debit_type = 'expiry'
where o.kind = 'subscription.allocate' and o.status = 'succeeded'
group by o.id
having to_jsonb(coalesce(sum(t.amount), 0)::bigint) is distinct from coalesce(o.outcome->'expiredCredits', '0')
    or bool_or(t.id is not null and t.debit_account::text is distinct from o.payload->>'userId');

-- check: voided-allocations-are-in-the-ledger
-- What was taken back of an allocation is one transfer to the house, of no more than was given, from whom it was given.
with given as (
  select v.allocation_id, v.operation_id, v.amount, g.credit_account as account, g.amount as given
  from allocation_voids v left join transfers g
    on g.operation_id = v.allocation_id and g.debit_account = '00000000-0000-4000-8000-000000000001'
), taken as (
  select t.operation_id, t.debit_account as account, t.amount
  from transfers t join operations o on o.id = t.operation_id where o.kind = 'credits.void'
)
select coalesce(g.operation_id, t.operation_id) as operation, g.allocation_id, g.given, g.amount as voided, t.amount
from given g full join taken t on t.operation_id = g.operation_id
where g.amount is distinct from coalesce(t.amount, 0)
   or g.given is null or g.amount > g.given
   or t.account <> g.account;

-- check: bookings-were-paid-from-lots-of-their-clients
-- What paid for a session from lots came from those of its client, and is no more than it costs.
with share as (
  select b.id as booking, b.client_id, b.credit_cost, paid.value->>'lotId' as lot, paid.value->'amount' as amount
  from bookings b cross join lateral jsonb_array_elements(b.lots) as paid
  where b.lots is not null
)
select s.booking, s.lot, s.amount, s.credit_cost, l.account_id as account
from share s left join lots l on l.id::text = s.lot
where l.account_id is distinct from s.client_id or s.amount > to_jsonb(s.credit_cost);

-- check: practitioners-are-not-double-booked
-- Between the sessions that one person treats lies the buffer that was promised with the earlier one.
with session as (
  select id as booking, practitioner_id as practitioner, starts_at,
         max(buffered_until) over (
           partition by practitioner_id order by starts_at rows between unbounded preceding and 1 preceding
         ) as busy_until
  from bookings where status <> 'cancelled'
)
select * from session where starts_at < busy_until;

-- check: people-are-in-one-session-at-a-time
-- As a client, as a practitioner, or as one here and the other there.
with attended as (
  select id, client_id as person, starts_at, ends_at from bookings where status <> 'cancelled'
  union all
  select id, practitioner_id, starts_at, ends_at from bookings where status <> 'cancelled'
), session as (
  select id as booking, person, starts_at,
         max(ends_at) over (
           partition by person order by starts_at rows between unbounded preceding and 1 preceding
         ) as busy_until
  from attended
)
select * from session where starts_at < busy_until;

-- check: slot-holds-and-their-operations-agree
-- Every slot hold was taken by a succeeded operation with its id, or offered by one, and every such operation has its
-- hold.
with taken as (
  select id, kind, caller_id, payload from operations
  where status = 'succeeded' and (kind = 'slot.hold' or (kind = 'waitlist.offer' and outcome->>'holdId' = id::text))
)
select coalesce(h.id, o.id) as hold, h.holder_id as holder, o.caller_id as caller, h.practitioner_id as practitioner
from slot_holds h full join taken o on o.id = h.id
where h.id is null or o.id is null
   or (h.holder_id <> o.caller_id and o.kind = 'slot.hold')
   or (h.waitlist_entry_id is null) <> (o.kind = 'slot.hold')
   or h.practitioner_id::text is distinct from o.payload->>'practitionerId';

-- check: offers-are-what-somebody-waits-for
-- What is offered on a waitlist is offered to whoever has the place there, for the practitioner and within the time that
-- they wait for, and to each place once per freed slot.
select h.id as hold, h.waitlist_entry_id as entry, h.holder_id as holder, h.starts_at
from slot_holds h left join waitlist_entries e on e.id = h.waitlist_entry_id
where h.waitlist_entry_id is not null
  and (e.id is null or e.client_id <> h.holder_id or e.practitioner_id <> h.practitioner_id
       or h.starts_at < e.begins_at or h.ends_at > e.ends_at)
union all
select f.hold_id, turn.entry, null, f.starts_at
from freed_slots f cross join lateral unnest(f.offered_to) as turn (entry)
group by f.id, turn.entry
having count(*) > 1;

-- check: slots-are-held-by-one-at-a-time
-- Of two holds of different people on one practitioner's time, the later was taken when the earlier had run out. Holds
-- that were ended are not looked at: what their holder booked or gave back was free for the next one.
select h.id as hold, other.id as other, h.practitioner_id as practitioner, h.starts_at
from slot_holds h
join operations o on o.id = h.id
join slot_holds other on other.live_practitioner_id = h.live_practitioner_id
 and other.starts_at > h.starts_at - interval '28 hours' and other.starts_at < h.buffered_until
 and other.buffered_until > h.starts_at and other.holder_id <> h.holder_id
join operations o2 on o2.id = other.id
where h.id < other.id
  and coalesce(o.replayed_at, o.accepted_at) < other.expires_at
  and coalesce(o2.replayed_at, o2.accepted_at) < h.expires_at;

-- check: nobody-books-what-is-held-for-another
-- A session that stands where it was booked, and the hold of somebody else that was never ended: the one of them that
-- came later found the other in its way, unless the hold had run out when the session was asked for.
select h.id as hold, b.id as booking, h.practitioner_id as practitioner, b.starts_at
from slot_holds h
join bookings b on b.practitioner_id = h.live_practitioner_id
 and b.starts_at > h.starts_at - interval '28 hours' and b.starts_at < h.buffered_until
 and b.buffered_until > h.starts_at and b.client_id <> h.holder_id
join operations o on o.id = b.id
where b.status <> 'cancelled' and b.revision = 0
  and coalesce(o.replayed_at, o.accepted_at) < h.expires_at;

-- check: final-operations-have-one-answer
-- An outcome when it succeeded, a rejection when it was rejected, a resolution when a person closed it; no two of
-- them, and none while it is not final.
select id as operation, status, settled_at
from operations
where (status = 'succeeded') <> (outcome is not null)
   or (status = 'rejected') <> (rejection is not null)
   or (status = 'resolved') <> (resolution is not null)
   or (status in ('succeeded', 'rejected', 'resolved')) <> (settled_at is not null);

-- check: transfers-come-from-succeeded-operations
-- Nothing moves but by an operation that succeeded, and only in the way of its kind. Kinds that are not listed may
-- move what they like.
select t.id as transfer, t.operation_id as operation, o.kind, o.status, t.debit_type, t.credit_type
from transfers t left join operations o on o.id = t.operation_id
where (o.status is distinct from 'succeeded'
       -- What is applied in parts has moved something before it is done.
       and (o.kind = 'partner.import' and o.status in ('accepted', 'retrying', 'reconciling', 'resolved')) is not true)
   or (case
         when t.debit_type = 'debt_repayment'
           then t.credit_account = '00000000-0000-4000-8000-000000000003'
         when o.kind = 'booking.create'
           then t.debit_type = 'session_payment' and t.credit_type = 'session_earning' and t.reference_id = o.id
         when o.kind = 'booking.cancel' and exists (
             select from bookings b where b.id = t.reference_id and b.settlement = 'at_booking')
           then t.debit_type = 'session_refund_reversal' and t.credit_type = 'session_refund'
            and t.reference_id::text = o.payload->>'bookingId'
         when o.kind like 'booking.%'
           then (t.debit_type, t.credit_type) in (('session_refund_reversal', 'session_refund'),
                                                  ('session_payment', 'session_earning'))
            and t.reference_id::text = o.payload->>'bookingId'
         when o.kind = 'credits.allocate'
           then t.debit_type = o.payload->>'source' and t.credit_type = t.debit_type
         when t.credit_account = '00000000-0000-4000-8000-000000000013'
           then (t.debit_type, t.credit_type) = ('reversed', 'reversed')
         when o.kind = 'credits.expire'
           then (t.debit_type, t.credit_account) in (('expiry', '00000000-0000-4000-8000-000000000004'::uuid),
                                                     ('expired', '00000000-0000-4000-8000-000000000014'))
         when o.kind = 'checkout.create'
           then t.debit_type in ('spent', 'earned') and t.credit_type = t.debit_type and t.reference_id = o.id
         when o.kind in ('checkout.settle', 'loyalty.apply')
           then t.debit_type in ('spent', 'earned') and t.credit_type = t.debit_type
            and t.reference_id::text = o.payload->>'orderId'
         when o.kind in ('order.refund', 'refund.settle')
           then t.debit_type in ('refunded', 'reversed') and t.credit_type = t.debit_type
            and t.reference_id::text = o.payload->>'orderId'
         when o.kind = 'points.adjust'
           then (t.debit_type, t.credit_type) = ('adjustment', 'adjustment')
         when o.kind = 'credits.void'
           then t.debit_type = 'adjustment' and t.credit_account = '00000000-0000-4000-8000-000000000001'
         when o.kind = 'credits.transfer'
           then t.debit_type = 'transfer_out' and t.credit_type = 'transfer_in'
         when o.kind = 'partner.fund'
           then (t.debit_type, t.credit_type) = ('partner_funding', 'partner_funding')
         when o.kind in ('partner.remove_member', 'partner.expire')
           then (t.debit_type, t.credit_type) in (('partner_return', 'partner_return'), ('expiry', 'expiry'))
         when o.kind = 'partner.claim'
           then (t.debit_type, t.credit_type) in (('partner_assignment', 'partner_assignment'),
                                                  ('partner_return', 'partner_return'), ('expiry', 'expiry'))
         when o.kind like 'partner.%'
           then (t.debit_type, t.credit_type) = ('partner_assignment', 'partner_assignment')
         when o.kind = 'subscription.allocate'
           then (t.debit_type = o.payload->>'type' and t.credit_type = t.debit_type)
             or (t.debit_type = 'expiry' and t.credit_account = '00000000-0000-4000-8000-000000000004')
         when o.kind = 'payment.clawback'
           then t.debit_type = 'clawback' and t.credit_type = 'clawback'
         when o.kind = 'payment.give_back'
           then t.debit_type = 'adjustment' and t.credit_type = 'adjustment'
         else true
       end) is not true;

-- check: bookings-and-their-operations-agree
-- Every booking was made by a succeeded operation with its id, every such operation has made its booking, and the
-- outcome that the caller was told is what the booking says.
with created as (
  select id, caller_id, payload, outcome from operations where kind = 'booking.create' and status = 'succeeded'
)
select coalesce(b.id, o.id) as booking, b.client_id as client, o.caller_id as caller, b.credit_cost, o.outcome
from bookings b full join created o on o.id = b.id
where b.id is null or o.id is null
   or b.client_id <> o.caller_id
   or b.practitioner_id::text is distinct from o.payload->>'practitionerId'
   or to_jsonb(b.peer) is distinct from o.outcome->'peer'
   or (b.revision = 0 and to_jsonb(b.credit_cost) is distinct from o.outcome->'creditCost');

-- check: bookings-are-paid-once
-- Exactly the price, from the client to the practitioner (peer) or the house, in one transfer unless the session was
-- moved; a free one not at all. One that is paid on completion is paid when it is over, without what was refunded.
with payment as (
  select t.reference_id as booking, count(*) as payments, sum(t.amount)::bigint as paid,
         bool_or(t.debit_account <> b.client_id
                 or t.credit_account <> case when b.peer then b.practitioner_id
                                             else '00000000-0000-4000-8000-000000000002' end) as is_astray
  from transfers t left join bookings b on b.id = t.reference_id
  where t.debit_type = 'session_payment'
  group by t.reference_id
), reduction as (
  select t.reference_id as booking, sum(t.amount)::bigint as amount
  from transfers t join operations o on o.id = t.operation_id
  where t.credit_type = 'session_refund' and o.kind = 'booking.reschedule'
  group by t.reference_id
)
select coalesce(b.id, p.booking) as booking, b.credit_cost, b.settlement, p.payments, p.paid, r.amount as reduced
from bookings b full join payment p on p.booking = b.id left join reduction r on r.booking = b.id
where b.id is null
   or p.is_astray
   or (p.payments > 1 and b.revision = 0)
   or coalesce(p.paid, 0) - coalesce(r.amount, 0) <> case
        when b.settlement = 'at_booking' then b.credit_cost
        when b.status = 'booked' then 0
        else b.credit_cost - b.refunded_credits
      end;

-- check: bookings-are-held-until-they-are-over
-- What a session will cost on completion is set aside until then: one live hold under the booking's id, or none.
select coalesce(b.id, h.id) as booking, b.status, b.credit_cost, h.amount as held, h.account_id as account
from (select * from bookings where settlement = 'on_completion' and status = 'booked' and credit_cost > 0) b
full join (select * from holds where status = 'live' and reference_type = 'booking') h on h.id = b.id
where b.id is null or h.id is null or h.amount <> b.credit_cost or h.account_id <> b.client_id;

-- check: accounts-hold-what-holds-say
-- What an account has set aside is the sum of its live holds.
with live as (
  select account_id as account, sum(amount)::bigint as amount from holds where status = 'live' group by account_id
)
select a.id as account, a.held, coalesce(l.amount, 0) as live
from accounts a left join live l on l.account = a.id
where a.held <> coalesce(l.amount, 0);

-- check: cancelled-bookings-are-refunded
-- The client gets back what the booking says was refunded: from the house, or from the practitioner (peer), for whom
-- the house advances what they have already spent. Nothing comes back for a booking that took place. What a move made
-- cheaper is no refund, and what was only held does not come back: it never went.
with refund as (
  select t.reference_id as booking,
         sum(t.amount) filter (where o.kind is distinct from 'booking.reschedule')::bigint as amount,
         bool_or(t.credit_account <> b.client_id
                 or case
                      when not b.peer then t.debit_account <> '00000000-0000-4000-8000-000000000002'
                      when t.debtor is null then t.debit_account <> b.practitioner_id
                      else t.debtor <> b.practitioner_id
                    end) as is_astray
  from transfers t left join bookings b on b.id = t.reference_id left join operations o on o.id = t.operation_id
  where t.credit_type = 'session_refund'
  group by t.reference_id
)
select coalesce(b.id, r.booking) as booking, b.status, b.refunded_credits, r.amount as refunded, r.is_astray
from bookings b full join refund r on r.booking = b.id
where b.id is null
   or coalesce(r.amount, 0) <> case when b.settlement = 'at_booking' then b.refunded_credits else 0 end
   or (b.status not in ('cancelled', 'no_show') and b.refunded_credits <> 0)
   or r.is_astray;

-- check: cancellations-have-their-booking
-- Every cancelled booking was cancelled by one succeeded operation, every such operation has cancelled its booking,
-- and the outcome that the caller was told is what the booking says.
with cancelling as (
  select id, payload->>'bookingId' as booking, outcome
  from operations where kind = 'booking.cancel' and status = 'succeeded'
), cancelled as (
  select id::text as id, refunded_credits, cancelled_by from bookings where status = 'cancelled'
), pair as (
  select coalesce(b.id, o.booking) as booking, o.id as operation, b.refunded_credits, b.cancelled_by, o.outcome,
         count(*) over (partition by coalesce(b.id, o.booking)) as cancellations
  from cancelled b full join cancelling o on o.booking = b.id
)
select * from pair
where operation is null
   or cancellations > 1
   or to_jsonb(refunded_credits) is distinct from outcome->'refundedCredits'
   or cancelled_by is distinct from outcome->>'cancelledBy';

-- check: allocations-are-in-the-ledger
-- One transfer each, of what was asked for, between its receiver and the house, besides what repays a debt.
select o.id as operation, o.payload, count(t.id) as transfers, sum(t.amount)::bigint as moved
from operations o left join transfers t on t.operation_id = o.id and t.debit_type <> 'debt_repayment'
where o.kind = 'credits.allocate' and o.status = 'succeeded'
group by o.id
having count(t.id) <> 1
    or bool_or(case
         when t.debit_account = '00000000-0000-4000-8000-000000000001'
           then t.credit_account::text is distinct from o.payload->>'userId'
             or to_jsonb(t.amount) is distinct from o.payload->'amount'
         when t.credit_account = '00000000-0000-4000-8000-000000000001'
           then t.debit_account::text is distinct from o.payload->>'userId'
             or to_jsonb(-t.amount) is distinct from o.payload->'amount'
         else true
       end);

-- check: credit-transfers-are-in-the-ledger
-- One transfer each, of what was asked for, from the caller to the receiver, besides what repays a debt; and the
-- balance that the caller was told is the one that it left.
select o.id as operation, o.payload, count(t.id) as transfers, sum(t.amount)::bigint as moved
from operations o left join transfers t on t.operation_id = o.id and t.debit_type <> 'debt_repayment'
where o.kind = 'credits.transfer' and o.status = 'succeeded'
group by o.id
having count(t.id) <> 1
    or bool_or(
         t.debit_account <> o.caller_id
         or t.credit_account::text is distinct from o.payload->>'toUserId'
         or to_jsonb(t.amount) is distinct from o.payload->'amount'
         or to_jsonb(t.debit_before - t.amount) is distinct from o.outcome->'balanceAfter');

-- check: pools-are-available-or-assigned
-- All that was ever put into a pool is in it, or was assigned and did not come back; and what was put into it is what
-- the ledger says.
with funding as (
  select credit_account as pool, sum(amount)::bigint as amount
  from transfers where credit_type = 'partner_funding' group by credit_account
), assigned as (
  select partner_id as partner, sum(amount - returned)::bigint as amount, sum(expired)::bigint as expired
  from partner_assignments group by partner_id
)
select p.id as partner, p.funded, coalesce(f.amount, 0) as issued, a.balance as available,
       coalesce(s.amount, 0) as assigned, p.expired, coalesce(s.expired, 0) as forfeited
from partners p
left join accounts a on a.partner_id = p.id and a.purpose = 'pool'
left join funding f on f.pool = a.id
left join assigned s on s.partner = p.id
where a.id is null
   or p.funded <> coalesce(f.amount, 0)
   or p.funded <> a.balance + coalesce(s.amount, 0)
   or p.expired <> coalesce(s.expired, 0);

-- check: assigned-credits-are-unspent-used-or-ended
-- What nobody has spent of an assignment is a lot of its member's account, within what it was of and has not ended; all
-- that is neither was used. An open one of a member with an account has its lot there.
with rest as (
  select l.origin_id as assignment, sum(l.remaining)::bigint as amount,
         bool_or(l.account_id is distinct from m.user_id and m.status = 'active' and s.status = 'open') as is_astray
  from lots l
  join partner_assignments s on s.id = l.origin_id
  join partner_members m on m.id = s.member_id
  group by l.origin_id
)
select s.id as assignment, s.member_id as member, s.amount, s.returned, s.expired, r.amount as unspent, r.is_astray
from partner_assignments s
join partner_members m on m.id = s.member_id
left join rest r on r.assignment = s.id
where s.returned + s.expired + coalesce(r.amount, 0) > s.amount
   or s.returned < 0 or s.expired < 0
   or r.is_astray
   or (s.status = 'open' and m.user_id is not null and r.assignment is null)
   or (m.user_id is null and r.assignment is not null);

-- check: credits-that-left-members-are-in-the-ledger
-- What went back into a pool, or was forfeited, is what its assignments say.
with moved as (
  select m.partner_id as partner,
         coalesce(sum(t.amount) filter (where t.credit_type = 'partner_return'), 0)::bigint as returned,
         coalesce(sum(t.amount) filter (where t.credit_type = 'expiry'), 0)::bigint as expired,
         bool_or(t.credit_type = 'partner_return' and a.id is null) as is_astray
  from transfers t
  join partner_members m on t.reference_type = 'member' and m.id = t.reference_id
  left join accounts a on a.id = t.credit_account and a.partner_id = m.partner_id and a.purpose = 'pool'
  group by m.partner_id
), ended as (
  select partner_id as partner, sum(returned)::bigint as returned, sum(expired)::bigint as expired
  from partner_assignments group by partner_id
)
select coalesce(m.partner, e.partner) as partner, m.returned as moved_back, e.returned, m.expired as forfeited, e.expired
from moved m full join ended e on e.partner = m.partner
where coalesce(m.returned, 0) <> coalesce(e.returned, 0)
   or coalesce(m.expired, 0) <> coalesce(e.expired, 0)
   or m.is_astray;

-- check: assignments-that-expired-are-in-the-ledger
-- What an operation says that it has ended is what it has moved.
select o.id as operation, o.outcome, sum(t.amount)::bigint as moved
from operations o left join transfers t on t.operation_id = o.id
where o.kind = 'partner.expire' and o.status = 'succeeded'
group by o.id
having to_jsonb(coalesce(sum(t.amount) filter (where t.credit_type = 'partner_return'), 0)::bigint)
         is distinct from o.outcome->'creditsReturned'
    or to_jsonb(coalesce(sum(t.amount) filter (where t.credit_type = 'expiry'), 0)::bigint)
         is distinct from o.outcome->'creditsExpired';

-- check: unclaimed-credits-wait-for-members
-- What is kept for members without an account is what they were assigned and nobody took back.
with waiting as (
  select m.partner_id as partner, sum(s.amount)::bigint as amount
  from partner_members m join partner_assignments s on s.member_id = m.id and s.status = 'open'
  where m.user_id is null
  group by m.partner_id
)
select p.id as partner, a.balance as kept, coalesce(w.amount, 0) as waiting
from partners p
left join accounts a on a.partner_id = p.id and a.purpose = 'unclaimed'
left join waiting w on w.partner = p.id
where a.balance is distinct from coalesce(w.amount, 0);

-- check: assignments-are-in-the-ledger
-- What an operation has assigned has left the pool with it, and nothing else has; what it closed has come back.
with moved as (
  select t.operation_id as operation, sum(t.amount)::bigint as amount
  from transfers t join accounts a on a.id = t.debit_account and a.purpose = 'pool'
  group by t.operation_id
), assigned as (
  select operation_id as operation, sum(amount)::bigint as amount from partner_assignments group by operation_id
)
select coalesce(m.operation, s.operation) as operation, m.amount as moved, s.amount as assigned
from moved m full join assigned s on s.operation = m.operation
where m.amount is distinct from s.amount;

-- check: members-count-what-they-were-assigned
-- The counter of a member is the sum of their assignments, which are all of the member's partner; who was removed has
-- none that is open.
with assigned as (
  select member_id as member, sum(amount)::bigint as amount, count(*) filter (where status = 'open') as open,
         min(partner_id::text) as partner, max(partner_id::text) as other
  from partner_assignments group by member_id
)
select m.id as member, m.partner_id as partner, m.status, m.credits_assigned, coalesce(a.amount, 0) as assigned, a.open
from partner_members m left join assigned a on a.member = m.id
where m.credits_assigned <> coalesce(a.amount, 0)
   or (m.status = 'removed' and a.open > 0)
   or m.partner_id::text not in (a.partner, a.other)
   or a.partner <> a.other;

-- check: lane-numbers-are-gapless
-- From 1 to the number that was handed out last: what was accepted is there, and nothing waits for what is not.
with lane as (
  select lane as id, min(lane_seq) as first_seq, max(lane_seq) as last_seq, count(*) as operations
  from operations group by lane
)
select coalesce(l.id, t.id) as lane, l.first_seq, l.last_seq, l.operations, t.last_seq as handed_out
from lane l full join lane_tails t on t.id = l.id
where l.first_seq is distinct from 1
   or l.last_seq is distinct from l.operations
   or l.last_seq is distinct from t.last_seq;

-- check: lanes-leave-nothing-behind
-- Every lane has a head, and at or below it nothing waits but what a person asked to apply again.
select o.id as operation, o.lane, o.lane_seq, o.status, h.settled_seq
from operations o left join lane_heads h on h.id = o.lane
where h.id is null
   or (o.lane_seq <= h.settled_seq
       and (o.status = 'accepted' or (o.status = 'retrying' and o.id <> all (h.replays))));

-- check: nothing-overtakes-its-lane
-- Above the head everything waits: nothing is settled, or has left the lane, before what was accepted earlier.
select o.id as operation, o.lane, o.lane_seq, o.status, h.settled_seq
from operations o join lane_heads h on h.id = o.lane
where o.lane_seq > h.settled_seq and o.status not in ('accepted', 'retrying');

-- check: replays-are-waiting
-- What a lane keeps as to be applied again is an operation of its own behind its head, waiting, and there once.
with replay as (
  select h.id as lane, h.settled_seq, asked.id as operation, count(*) over (partition by asked.id) as times
  from lane_heads h cross join lateral unnest(h.replays) as asked (id)
  where h.replays <> '{}'
)
select r.lane, r.operation, r.times, o.status, o.lane_seq, r.settled_seq
from replay r left join operations o on o.id = r.operation and o.lane = r.lane
where o.status is distinct from 'retrying' or o.lane_seq > r.settled_seq or r.times > 1;

-- check: effects-follow-lane-order
-- Within a lane the ledger's order is the order of acceptance, except for what a person had applied again later.
with effect as (
  select o.id as operation, o.lane, o.lane_seq, t.seq,
         lag(t.seq) over (partition by o.lane order by o.lane_seq, t.seq) as earlier_seq
  from operations o join transfers t on t.operation_id = o.id
  where o.replayed_at is null
)
select * from effect where seq < earlier_seq;

-- check: accepted-times-follow-lane-order
-- Along a lane the time of acceptance never decreases, whatever the clocks of the API processes say.
with ordered as (
  select id as operation, lane, lane_seq, accepted_at,
         lag(accepted_at) over (partition by lane order by lane_seq) as earlier
  from operations
)
select * from ordered where accepted_at < earlier;

-- check: what-needs-a-person-has-an-open-item
-- An operation that left its lane unapplied is somebody's to look at, also while it is being applied again.
select o.id as operation, o.status, o.attempts
from operations o
where (o.status = 'reconciling' or (o.status = 'retrying' and o.replayed_at is not null))
  and not exists (
    select from reconciliation_items i
    where i.category = 'operation' and i.subject_id = o.id::text and i.status = 'open');

-- check: open-items-are-about-something
-- Nobody is asked to look at an operation that has its answer.
with item as (
  select id, subject_id,
         case when subject_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then subject_id::uuid end as operation
  from reconciliation_items where category = 'operation' and status = 'open'
)
select i.id as item, i.subject_id as subject, o.status
from item i left join operations o on o.id = i.operation
where o.id is null or o.status not in ('reconciling', 'retrying');

-- check: the-sweep-sees-whatever-waits
-- The sweep looks for lost wake-ups from the low-water mark on: nothing waits below it. How long something waits is no
-- invariant (a backlog or an outage of the workers is no error), that it will be found is. What a person asked to
-- apply again is found by its lane.
select o.id as operation, o.status, o.accepted_at, w.accepted_at as low_water
from operations o left join low_water w on true
where o.status in ('accepted', 'retrying') and o.replayed_at is null
  and (w.accepted_at is null or o.accepted_at < w.accepted_at);

-- check: nothing-is-put-off-for-long
-- An operation that failed holds its lane up for a bounded time: its next try is minutes away at most.
select id as operation, lane, attempts, due_at
from operations
where status in ('accepted', 'retrying') and due_at > now() + interval '10 minutes';

-- check: events-are-about-what-has-happened
-- Subscribers are told of operations that have succeeded, of each by its place in the order of its user.
select d.endpoint_id as endpoint, d.operation_id as operation, d.lane, d.lane_seq, o.status
from event_deliveries d left join operations o on o.id = d.operation_id
where o.status is distinct from 'succeeded' or d.lane <> o.lane or d.lane_seq <> o.lane_seq;

-- check: events-are-not-put-off-for-long
-- An event that failed is tried again within an hour or so, and one in the hands of a process that has died within a
-- minute, unless their endpoint is disabled.
select d.endpoint_id as endpoint, d.operation_id as operation, d.due_at, d.leased_until
from event_deliveries d join event_endpoints e on e.id = d.endpoint_id
where d.status = 'pending' and e.disabled_at is null
  and (d.due_at > now() + interval '2 hours' or d.leased_until > now() + interval '5 minutes');

-- check: items-about-endpoints-are-about-disabled-ones
-- Nobody is asked to look at an endpoint that events are sent to again, or that is gone.
select i.id as item, i.subject_id as endpoint, e.disabled_at, e.deleted_at
from reconciliation_items i left join event_endpoints e on e.id::text = i.subject_id
where i.kind = 'event-endpoint' and i.status = 'open' and (e.disabled_at is null or e.deleted_at is not null);

-- check: periods-are-allocated-once
-- One allocation for each period of a subscription (000-20), and for each monthly part of one: what a purchase says that
-- it gave and took back is what its operations are about.
with given as (
  select payload->>'purchaseId' as purchase, count(*) as operations,
         count(distinct payload->>'part') as parts, sum((payload->'credits')::float8) as credits
  from operations where kind = 'subscription.allocate' and jsonb_typeof(payload->'credits') = 'number'
  group by 1
), taken as (
  select payload->>'purchaseId' as purchase,
         sum((payload->'credits')::float8 * case kind when 'payment.clawback' then 1 else -1 end) as credits
  from operations
  where kind in ('payment.clawback', 'payment.give_back') and jsonb_typeof(payload->'credits') = 'number'
  group by 1
)
select coalesce(p.id::text, g.purchase, t.purchase) as purchase, p.key, p.given, g.credits as recorded, p.taken,
       t.credits as taken_back, g.operations, g.parts
from (
  select *, count(*) over (
    partition by subscription_id, period_start, parts > 1,
                 case when period_start is null then key end) as twins
  from stripe_purchases
) p
full join given g on g.purchase = p.id::text
left join taken t on t.purchase = coalesce(p.id::text, g.purchase)
where p.id is null or p.twins > 1
   or p.given <> coalesce(g.credits, 0) or p.taken <> coalesce(t.credits, 0)
   or g.operations > g.parts;

-- check: payments-are-in-the-ledger
-- What was paid is never rejected. What its operations moved is what they are about, between their user and the house: a
-- clawback from the user, and what they had spent already as an advance.
select o.id as operation, o.kind, o.status, o.payload, sum(t.amount)::bigint as moved
from operations o
left join transfers t on t.operation_id = o.id and t.debit_type not in ('debt_repayment', 'expiry')
where o.kind in ('subscription.allocate', 'payment.clawback', 'payment.give_back')
  and o.status in ('succeeded', 'rejected')
group by o.id
having o.status = 'rejected'
    or to_jsonb(sum(t.amount)::bigint) is distinct from o.payload->'credits'
    or bool_or(t.reference_id::text is distinct from o.payload->>'purchaseId')
    or bool_or(case
         when o.kind <> 'payment.clawback'
           then t.debit_account <> '00000000-0000-4000-8000-000000000001'
             or t.credit_account::text is distinct from o.payload->>'userId'
         else t.credit_account <> '00000000-0000-4000-8000-000000000001'
           or coalesce(t.debtor, t.debit_account)::text is distinct from o.payload->>'userId'
       end);

-- check: unresolved-payments-have-an-open-item
-- What Stripe has told us and we cannot act on is somebody's to look at.
select e.id as event, e.object_id as subject, e.lacks
from stripe_events e
where e.status = 'unresolved'
  and not exists (
    select from reconciliation_items i
    where i.category = 'payment' and i.subject_id = e.object_id and i.status = 'open');

-- check: stock-is-what-its-movements-say
-- What can be ordered of a product, is kept for orders, and is sold: each is what its movements add up to.
with moved as (
  select product_id as product,
         sum(quantity * case when move in ('received', 'released', 'returned') then 1
                             when move in ('removed', 'reserved') then -1 else 0 end)::bigint as available,
         sum(quantity * case move when 'reserved' then 1 when 'released' then -1 when 'sold' then -1
                                  else 0 end)::bigint as reserved,
         sum(quantity * case move when 'sold' then 1 when 'returned' then -1 else 0 end)::bigint as sold
  from stock_movements group by product_id
)
select p.id as product, p.available, p.reserved, p.sold, m.available as moved, m.reserved as kept, m.sold as gone
from products p left join moved m on m.product = p.id
where p.available <> coalesce(m.available, 0) or p.reserved <> coalesce(m.reserved, 0) or p.sold <> coalesce(m.sold, 0);

-- check: stock-movements-form-a-chain
-- In the order of the stock ledger, every movement of a product begins with what the one before it has left, and the
-- first one with nothing.
with chained as (
  select id as movement, product_id as product, seq, available_before,
         coalesce(lag(available_before + quantity * case when move in ('received', 'released', 'returned') then 1
                                                         when move in ('removed', 'reserved') then -1 else 0 end)
                    over (partition by product_id order by seq), 0) as expected
  from stock_movements
)
select * from chained where available_before <> expected;

-- check: order-items-are-in-the-stock-ledger
-- What is kept for an order's line, was sold with it and came back of it is what was moved for it; only what comes and
-- goes by the directory is moved for no order.
with moved as (
  select order_id, product_id,
         sum(quantity * case move when 'reserved' then 1 when 'released' then -1 when 'sold' then -1
                                  else 0 end)::bigint as kept,
         sum(quantity) filter (where move = 'sold')::bigint as sold,
         sum(quantity) filter (where move = 'returned')::bigint as returned,
         bool_or((order_id is null) <> (move in ('received', 'removed'))) as is_astray
  from stock_movements group by order_id, product_id
)
select coalesce(i.order_id, m.order_id) as "order", m.product_id as product, i.stock, i.quantity, i.returned,
       m.kept, m.sold, m.returned as came_back
from order_items i full join moved m on m.order_id = i.order_id and m.product_id = i.product_id
where (i.order_id is null and m.order_id is not null)
   or m.is_astray
   or (i.order_id is not null
       and (coalesce(m.kept, 0) <> case i.stock when 'reserved' then i.quantity else 0 end
            or coalesce(m.sold, 0) <> case i.stock when 'sold' then i.quantity else 0 end
            or coalesce(m.returned, 0) <> i.returned));

-- check: stock-is-kept-for-orders-that-wait
-- Nothing is kept for an order that was paid or given up: all of a paid one is sold, and nothing of another; and what a
-- product says is kept of it is kept for orders.
select i.order_id as "order", i.product_id as product, o.status, i.stock, i.quantity
from order_items i join orders o on o.id = i.order_id
where (i.stock = 'sold') <> (o.paid_at is not null) or (i.stock = 'reserved' and o.status <> 'awaiting_payment')
union all
select null, p.id, 'reserved', p.reserved::text, coalesce(k.quantity, 0)
from products p left join (
  select product_id, sum(quantity)::bigint as quantity from order_items where stock = 'reserved' group by product_id
) as k on k.product_id = p.id
where p.reserved <> coalesce(k.quantity, 0);

-- check: orders-cost-what-their-items-cost
-- The subtotal of an order is that of its lines; what points take off is what its rules say.
with line as (
  select order_id, sum(unit_price_minor * quantity)::numeric as subtotal from order_items group by order_id
)
select o.id as "order", o.subtotal_minor, l.subtotal, o.discount_minor, o.points_redeemed
from orders o left join line l on l.order_id = o.id
where o.subtotal_minor <> coalesce(l.subtotal, -1)
   or o.discount_minor is distinct from
      case jsonb_typeof(o.rules->'pointValueMinor')
        when 'number' then o.points_redeemed * (o.rules->>'pointValueMinor')::numeric end;

-- check: orders-and-their-operations-agree
-- Every order was made by an operation with its id, for the customer and the vendor that it names, and whoever asked was
-- told what the order says. A checkout that has succeeded was paid; one that was rejected was not, or too late.
with checkout as (
  select id, lane, status, payload, outcome from operations where kind = 'checkout.create'
)
select coalesce(o.id, c.id) as "order", o.status, c.status as operation, c.outcome, o.total_minor, o.points_redeemed
from orders o full join checkout c on c.id = o.id
where c.id is null
   or (o.id is null and c.status in ('succeeded', 'processing'))
   or o.customer_id <> c.lane
   or o.customer_id::text <> c.payload->>'customerId'
   or o.vendor_id::text <> c.payload->>'vendorId'
   or (c.status = 'succeeded' and (o.paid_at is null
        or to_jsonb(o.total_minor) is distinct from c.outcome->'totalMinor'
        or to_jsonb(o.points_redeemed) is distinct from c.outcome->'pointsRedeemed'
        or (o.loyalty <> 'dropped' and to_jsonb(o.points_earned) is distinct from c.outcome->'pointsEarned')))
   or (c.status = 'rejected' and o.status = 'awaiting_payment');

-- check: paid-orders-were-settled
-- An order is paid when a settlement says so, once, and not otherwise; one that costs nothing when it was made.
with settled as (
  select payload->>'orderId' as "order", count(*) as times
  from operations where kind = 'checkout.settle' and status = 'succeeded' and outcome->>'settled' = 'paid'
  group by 1
)
select coalesce(o.id::text, s."order") as "order", o.status, o.paid_at, o.total_minor, s.times
from orders o full join settled s on s."order" = o.id::text
where o.id is null
   or coalesce(s.times, 0) <> case when o.paid_at is not null and o.total_minor > 0 then 1 else 0 end
   or (o.total_minor = 0 and o.paid_at is null);

-- check: orders-move-the-points-that-they-say
-- What a paid order redeems and earns is in the ledger once its points are settled, and nothing before; what refunds
-- have returned and reversed is, too. All of it between the house and the customer's account with the vendor.
with moved as (
  select t.reference_id as "order",
         coalesce(sum(t.amount) filter (where t.debit_type = 'spent'), 0) as spent,
         coalesce(sum(t.amount) filter (where t.debit_type = 'earned'), 0) as earned,
         coalesce(sum(t.amount) filter (where t.debit_type = 'refunded'), 0) as refunded,
         coalesce(sum(t.amount) filter (where t.debit_type = 'reversed'), 0) as reversed,
         bool_or(case
           when t.debit_type = 'spent'
             then t.debit_account <> o.account_id or t.credit_account <> '00000000-0000-4000-8000-000000000012'
           when t.debit_type = 'earned'
             then t.credit_account <> o.account_id or t.debit_account <> '00000000-0000-4000-8000-000000000011'
           when t.debit_type = 'refunded'
             then t.credit_account <> o.account_id or t.debit_account <> '00000000-0000-4000-8000-000000000012'
           else coalesce(t.debtor, t.debit_account) <> o.account_id
             or t.credit_account <> '00000000-0000-4000-8000-000000000011'
         end) as is_astray
  from transfers t left join orders o on o.id = t.reference_id
  where t.reference_type = 'order' and t.credit_account <> '00000000-0000-4000-8000-000000000013'
  group by t.reference_id
), refund as (
  select order_id as "order", sum(points_returned)::bigint as returned, sum(points_reversed)::bigint as reversed
  from order_refunds group by order_id
)
select coalesce(o.id, m."order") as "order", o.loyalty, o.points_redeemed, m.spent, o.points_earned, m.earned,
       r.returned, m.refunded, r.reversed as taken_back, m.reversed, m.is_astray
from orders o full join moved m on m."order" = o.id left join refund r on r."order" = o.id
where o.id is null
   or m.is_astray
   or coalesce(m.spent, 0) <> case o.loyalty when 'settled' then o.points_redeemed else 0 end
   or coalesce(m.earned, 0) <> case o.loyalty when 'settled' then o.points_earned else 0 end
   or coalesce(m.refunded, 0) <> coalesce(r.returned, 0)
   or coalesce(m.reversed, 0) <> coalesce(r.reversed, 0)
   or (o.paid_at is not null and o.loyalty = 'none' and o.points_redeemed + o.points_earned > 0)
   or (o.paid_at is null and o.loyalty <> 'none');

-- check: points-adjustments-are-in-the-ledger
-- One transfer each, of what was asked for, between the customer's account with the vendor and the house, besides what
-- repays a debt.
select o.id as operation, o.payload, count(t.id) as transfers, sum(t.amount)::bigint as moved
from operations o
left join transfers t on t.operation_id = o.id and t.credit_account <> '00000000-0000-4000-8000-000000000013'
left join accounts a on a.id in (t.debit_account, t.credit_account)
where o.kind = 'points.adjust' and o.status = 'succeeded'
group by o.id
having count(t.id) <> 1
    or bool_or(a.id is null
               or a.owner_id::text is distinct from o.payload->>'userId'
               or a.vendor_id::text is distinct from o.payload->>'vendorId'
               or case
                    when t.debit_account = '00000000-0000-4000-8000-000000000011'
                      then to_jsonb(t.amount) is distinct from o.payload->'amount'
                    when t.credit_account = '00000000-0000-4000-8000-000000000011'
                      then to_jsonb(-t.amount) is distinct from o.payload->'amount'
                    else true
                  end);

-- check: points-are-held-for-orders-that-wait
-- What an order redeems is set aside under its id until its points are settled, and no longer. One that is out of time
-- may have lost it to whoever needed it.
select coalesce(o.id, h.id) as "order", o.status, o.loyalty, o.points_redeemed, h.amount as held
from orders o full join (select * from holds where status = 'live' and reference_type = 'order') h on h.id = o.id
where o.id is null
   or (h.id is null and o.loyalty = 'due' and o.points_redeemed > 0)
   or h.amount <> o.points_redeemed
   or h.account_id <> o.account_id
   or (h.id is not null and o.status <> 'awaiting_payment' and o.loyalty <> 'due');

-- check: due-points-are-being-settled
-- The points of a paid order are in the ledger, or an operation waits that settles them, or a person is asked to decide
-- (004-20).
select o.id as "order", o.status, o.points_redeemed, o.points_earned
from orders o
where o.loyalty = 'due'
  and not exists (
    select from operations p
    where p.lane = o.customer_id and p.payload->>'orderId' = o.id::text
      and ((p.kind = 'loyalty.apply' and p.status in ('accepted', 'retrying', 'reconciling'))
           or (p.kind = 'checkout.release' and p.status in ('accepted', 'retrying'))));

-- check: refunds-add-up
-- What an order says was refunded is the sum of its refunds that are done; with those on their way it is at most what
-- was paid; and the order is called what that makes it.
with refund as (
  select order_id as "order", count(*) filter (where status = 'done') as times,
         sum(amount_minor) filter (where status = 'done')::bigint as done,
         sum(amount_minor) filter (where status <> 'failed')::bigint as asked,
         sum(points_returned)::bigint as returned, sum(points_reversed)::bigint as reversed
  from order_refunds group by order_id
)
select o.id as "order", o.status, o.total_minor, o.refunded_minor, r.done, r.asked, r.returned, r.reversed
from orders o left join refund r on r."order" = o.id
where o.refunded_minor <> coalesce(r.done, 0)
   or r.asked > o.total_minor
   or r.returned > o.points_redeemed
   or r.reversed > o.points_earned
   or (o.status = 'refunded') <> (coalesce(r.times, 0) > 0 and o.refunded_minor = o.total_minor)
   or (o.status = 'partially_refunded') <> (coalesce(r.times, 0) > 0 and o.refunded_minor < o.total_minor);

-- check: refunds-and-their-operations-agree
-- Every refund was asked for by an operation with its id, or recorded by one that heard of it: one that is done has
-- succeeded, and told what it moved.
with asked as (
  select id, status, payload, outcome from operations where kind in ('order.refund', 'refund.record')
)
select coalesce(r.id, a.id) as refund, r.order_id as "order", r.status, a.status as operation, a.outcome
from order_refunds r full join asked a on a.id = r.id
where a.id is null
   or (r.id is null and a.status in ('succeeded', 'processing'))
   or r.order_id::text <> a.payload->>'orderId'
   or (r.status = 'pending' and a.status in ('succeeded', 'rejected'))
   or (a.status = 'succeeded' and (r.status <> 'done'
        or to_jsonb(r.amount_minor) is distinct from a.outcome->'refundedMinor'
        or to_jsonb(r.points_returned) is distinct from a.outcome->'pointsReturned'
        or to_jsonb(r.points_reversed) is distinct from a.outcome->'pointsReversed'));

-- check: what-is-processing-waits-for-something
-- A checkout or a refund that has no outcome yet has a step outside still to take, an operation that waits to end it, or
-- a time at which it is given up. Anything else would wait for ever.
with step as (
  select subject_id as id from outbox where status = 'waiting' and kind in ('payment.charge', 'payment.refund')
  union
  select o.id from orders o where o.status = 'awaiting_payment' and o.reserved_until > now() - interval '1 hour'
), ending as (
  select coalesce(payload->>'refundId', payload->>'orderId') as id from operations
  where kind in ('checkout.settle', 'checkout.release', 'loyalty.apply', 'refund.settle')
    and status in ('accepted', 'retrying')
)
select o.id as operation, o.kind, o.lane, o.progress
from operations o
where o.status = 'processing'
  and not exists (select from step s where s.id = o.id)
  and not exists (select from ending e where e.id = o.id::text);
