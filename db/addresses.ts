import type { Uuid } from '../shared/domain/ids.ts';
import { type Queryable, statement } from './statement.ts';

/*
 * Members of partners and users of the directory find each other by e-mail address, whoever comes first. Each side looks
 * for the other in its own transaction; the lock on the address makes one of them wait until it can see the other. It
 * is taken after directory rows and partners, and before accounts.
 */

/** Tells these locks from all other advisory ones; the number only has to be always the same. */
const addressLocks = 726_173_120;

const lock = statement(
  'lock_addresses',
  `select pg_advisory_xact_lock(${addressLocks}, key)
   from (select distinct hashtext(lower(address)) as key from unnest($1::text[]) as address order by 1) as keys`,
);

/** Nobody else links a member or a user with one of these addresses until this transaction has ended. */
export async function lockAddresses(on: Queryable, addresses: readonly string[]): Promise<void> {
  await lock(on, [addresses]);
}

const selectUsers = statement<{ address: string; id: Uuid }>(
  'find_users_by_address',
  `select lower(u.email) as address, min(u.id::text) as id
   from users u where lower(u.email) = any($1::text[]) and u.email_verified and u.deleted_at is null
   group by 1`,
);

/** Users by verified address, in lower case; the addresses must be locked. Of several with one, always the same. */
export async function usersByAddress(on: Queryable, addresses: readonly string[]): Promise<ReadonlyMap<string, Uuid>> {
  const { rows } = await selectUsers(on, [addresses.map((address) => address.toLowerCase())]);
  return new Map(rows.map(({ address, id }) => [address, id]));
}
