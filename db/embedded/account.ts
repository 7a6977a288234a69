import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { EmbeddedError } from './embedded-error.ts';

/** Whom PostgreSQL runs as. It refuses to run as root, so root hands it to somebody who may do nothing else. */
export interface Account {
  readonly name: string;
  /** For `spawn`; empty when it is ourselves, because only root may change who it is. */
  readonly as: { readonly uid?: number; readonly gid?: number };
}

/**
 * What PostgreSQL's programs see of our environment: nothing of the application's (secrets, PG* variables that would
 * redirect them), and one locale and time zone, whatever the machine's are.
 */
export const postgresEnvironment = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * Ourselves unless we are root; else the owner of the data that are already there, else `postgres`, else `nobody`.
 * No account is created: where root may not write /etc, that fails, and `nobody` needs nothing.
 */
export function chooseAccount(dataOwnerUid: number | null): Account {
  if (process.getuid?.() !== 0) return ourselves(dataOwnerUid);
  if (dataOwnerUid !== null && dataOwnerUid !== 0) {
    const name = idOf('-un', String(dataOwnerUid)) ?? String(dataOwnerUid);
    return { name, as: { uid: dataOwnerUid, gid: Number(idOf('-g', name) ?? dataOwnerUid) } };
  }
  for (const name of ['postgres', 'nobody']) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid !== null && gid !== null) return { name, as: { uid: Number(uid), gid: Number(gid) } };
  }
  throw new EmbeddedError(
    'PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody to run it as: ' +
      'start as an ordinary user, or set DATABASE_URL.',
  );
}

/** Whether the account can enter the directory: every directory on the way must let it through. */
export function canEnter(directory: string, { as }: Account): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$0"', directory], { ...as, cwd: '/', stdio: 'ignore' }).status === 0;
}

function ourselves(dataOwnerUid: number | null): Account {
  const uid = process.getuid?.();
  if (dataOwnerUid !== null && uid !== undefined && dataOwnerUid !== uid) {
    throw new EmbeddedError(
      `The embedded PostgreSQL's data belong to ${idOf('-un', String(dataOwnerUid)) ?? `uid ${dataOwnerUid}`}: ` +
        'start as the user who started it first, or set another DATA_DIR.',
    );
  }
  try {
    return { name: userInfo().username, as: {} };
  } catch {
    throw new EmbeddedError(
      `PostgreSQL needs a user name, and uid ${uid} has none on this system: add it to /etc/passwd, ` +
        'start as another user, or set DATABASE_URL.',
    );
  }
}

/** What `id` answers, wherever the system keeps its users; null when it knows no such user. */
function idOf(option: '-u' | '-g' | '-un', user: string): string | null {
  const { status, stdout } = spawnSync('id', [option, user], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}
