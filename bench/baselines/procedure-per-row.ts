import pg from 'pg';
import { poolOf, unclaimedOf } from '../../shared/domain/accounts.ts';
import { derivedId, transferIdOf, type Uuid } from '../../shared/domain/ids.ts';
import { assignmentIdOf, memberIdOf } from '../../shared/domain/partner.ts';

/*
 * The usual way to import a file of members: one call and one transaction for each row. It makes the same checks as our
 * decider, on the same tables with the same constraints, and writes the same rows, each of them once; it spares storing
 * the file before, and the notices to those who wait.
 */

const body = `
declare
  partner record;
  known record;
  holder uuid;
  purse uuid;
  pool_before bigint;
  purse_before bigint;
  no text;
begin
  -- The row is settled once: a call that comes again changes nothing.
  insert into partner_upload_rows (upload_id, position, line, email, first_name, credits)
  values (p_upload, p_position, p_position + 2, p_email, p_first_name, p_credits) on conflict do nothing;
  if not found then return (select r.result from partner_upload_rows r
                            where r.upload_id = p_upload and r.position = p_position); end if;

  no := case
    when p_email !~ '^[^@[:space:]]+@[^@[:space:]]+\\.[^@[:space:]]+$' then 'invalid_email'
    when p_first_name = '' or length(p_first_name) > 200 then 'invalid_name'
    when p_credits !~ '^[0-9]{1,15}$' then 'invalid_credits'
  end;
  if no is null then
    select * into partner from partners p where p.id = p_partner for no key update;
    perform pg_advisory_xact_lock(726173120, hashtext(lower(p_email)));
    select m.* into known from partner_members m where m.id = p_member;
    select coalesce(known.user_id, (
      select u.id from users u where lower(u.email) = lower(p_email) and u.email_verified and u.deleted_at is null
      order by u.id limit 1)) into holder;
    purse := coalesce(holder, p_unclaimed);
    perform from accounts a where a.id in (p_pool, purse) order by a.id for no key update;
    select a.balance into pool_before from accounts a where a.id = p_pool;
    select a.balance into purse_before from accounts a where a.id = purse;
    no := case
      when known.status = 'removed' then 'member_inactive'
      when pool_before < p_credits::bigint then 'insufficient_pool'
    end;
  end if;
  if no is null then
    insert into partner_members (id, partner_id, email, first_name, user_id, credits_assigned)
    values (p_member, p_partner, p_email, p_first_name, holder, p_credits::bigint)
    on conflict (id) do update set first_name = excluded.first_name, updated_at = now(),
      credits_assigned = partner_members.credits_assigned + excluded.credits_assigned;
    update accounts a set balance = a.balance - p_credits::bigint, updated_at = now() where a.id = p_pool;
    update accounts a set balance = a.balance + p_credits::bigint, updated_at = now() where a.id = purse;
    insert into transfers (id, operation_id, debit_account, credit_account, amount, debit_type, credit_type, source,
                           debit_before, credit_before, reference_type, reference_id)
    values (p_transfer, p_operation, p_pool, purse, p_credits::bigint, 'partner_assignment', 'partner_assignment',
            'partner', pool_before, purse_before, 'member', p_member);
    insert into partner_assignments (id, partner_id, member_id, operation_id, amount, status, assigned_at, expires_at)
    values (p_assignment, p_partner, p_member, p_operation, p_credits::bigint, 'open', now(),
            now() + make_interval(days => partner.expiry_days));
    if holder is not null then
      insert into lots (id, account_id, operation_id, origin_id, amount, remaining, expires_at, source, status)
      values (p_assignment, holder, p_operation, p_assignment, p_credits::bigint, p_credits::bigint,
              now() + make_interval(days => partner.expiry_days), 'partner', 'live');
      insert into outbox (id, operation_id, kind, type, user_id, data, status, settled_at)
      values (p_assignment, p_operation, 'mail', 'partner_credits_assigned', holder,
              jsonb_build_object('amount', p_credits::bigint, 'source', partner.name), 'skipped', now());
    end if;
    no := case when known.id is null then 'created' else 'updated' end;
  end if;
  update partner_upload_rows r set result = no, allocated = p_credits::bigint
  where r.upload_id = p_upload and r.position = p_position;
  return no;
end`;

/** Call once per database. */
export async function createRowProcedure(database: pg.Client): Promise<void> {
  await database.query(
    `create function bench_import(p_upload uuid, p_position int, p_operation uuid, p_partner uuid, p_pool uuid,
                                  p_unclaimed uuid, p_member uuid, p_assignment uuid, p_transfer uuid, p_email text,
                                  p_first_name text, p_credits text)
     returns text language plpgsql as $body$${body}$body$`,
  );
}

export interface ImportedRow {
  readonly email: string;
  readonly firstName: string;
  readonly credits: string;
}

/** Imports all rows, at most `atOnce` at a time. Throws when one of them fails. */
export async function importByProcedure(
  databaseUrl: string,
  {
    partnerId,
    rows,
    atOnce,
  }: { readonly partnerId: Uuid; readonly rows: readonly ImportedRow[]; readonly atOnce: number },
): Promise<void> {
  const operationId = derivedId('bench/import');
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: atOnce,
    options: '-c plan_cache_mode=force_generic_plan -c jit=off',
  });
  await pool.query('insert into partner_uploads (id, operation_id, caller_id) values ($1, $1, $1)', [operationId]);
  const remaining = rows.entries();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const [position, { email, firstName, credits }] of remaining) {
        const answer = await pool.query<{ result: string }>({
          name: 'import',
          text: 'select bench_import($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) as result',
          values: [
            operationId,
            position,
            operationId,
            partnerId,
            poolOf(partnerId),
            unclaimedOf(partnerId),
            memberIdOf(partnerId, email),
            assignmentIdOf(operationId, position),
            transferIdOf(operationId, position),
            email,
            firstName,
            credits,
          ],
        });
        const [row] = answer.rows;
        if (row?.result !== 'created') throw new Error(`a row was ${row?.result}`);
      }
    }),
  );
  await pool.end();
}
