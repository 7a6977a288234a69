/*
 * What a customer has been to a vendor, in SQL for an account `a`: checkouts and their previews count in one way.
 */

export const paidOrdersOf = `(select count(*) from orders o where o.account_id = a.id and o.paid_at is not null)`;

/** Within the last year, less what was reversed. */
export const earnedInYearOf = `coalesce((
    select sum(t.amount) from transfers t
    where t.credit_account = a.id and t.credit_before is not null and t.credit_type = 'earned'
      and t.created_at > now() - interval '1 year'), 0)
  - coalesce((
    select sum(t.amount) from transfers t
    where t.debit_account = a.id and t.debit_before is not null and t.debit_type = 'reversed'
      and t.created_at > now() - interval '1 year'), 0)`;
