import { createHash } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Account, canEnter, chooseAccount } from './account.ts';
import { EmbeddedError } from './embedded-error.ts';

/** Where one embedded PostgreSQL lives, and whom it runs as. */
export interface Home {
  /** Ours; the account may pass through it. */
  readonly directory: string;
  /** The database files; the account's. */
  readonly data: string;
  /** The superuser's password; for us and the account alone. */
  readonly passwordFile: string;
  readonly logFile: string;
  readonly account: Account;
}

/**
 * Directories that outlive a reboot and that everybody may pass through, best first. Not /tmp; and /var/tmp only where
 * the other is missing, because some systems clear what is a month old.
 */
const openPlaces = ['/var/lib', '/var/tmp'];

/**
 * Finds the home of the PostgreSQL of `dataDir`, or makes an empty one: inside it, unless we are root and the account
 * that PostgreSQL must run as cannot pass through to it (a folder below /root). Then it is in a place whose name
 * follows from `dataDir`, so that the next start finds it again.
 */
export function findHome(dataDir: string, log: (line: string) => void): Home {
  const root = resolve(dataDir);
  const inside = join(root, 'postgres');
  const elsewhere = openPlaces.map((place) => join(place, `counterfoil-${shortHashOf(root)}`)).filter(isAbsentOrOurs);

  const used = [inside, ...elsewhere].find((directory) => existsSync(dataOf(directory)));
  if (used !== undefined) return existingHome(used);

  const account = chooseAccount(null);
  makeDirectory(root);
  makeDirectory(inside);
  if (canEnter(inside, account)) return homeIn(inside, account);

  for (const directory of elsewhere) {
    if (!canMakeDirectory(directory) || !canEnter(directory, account)) continue;
    log(`PostgreSQL runs as ${account.name}, who cannot reach ${inside}: its data are in ${directory}`);
    return homeIn(directory, account);
  }
  throw new EmbeddedError(
    `PostgreSQL runs as ${account.name}, who cannot reach ${inside}: set DATA_DIR to a folder that every user may ` +
      'pass through, start as an ordinary user, or set DATABASE_URL.',
  );
}

function existingHome(directory: string): Home {
  const account = chooseAccount(statSync(dataOf(directory)).uid);
  if (canEnter(directory, account)) return homeIn(directory, account);
  throw new EmbeddedError(
    `The embedded PostgreSQL's data are in ${directory}, and ${account.name}, as whom it runs, can no longer reach ` +
      'them: open the folders on the way, or move the data.',
  );
}

function homeIn(directory: string, account: Account): Home {
  return {
    directory,
    data: dataOf(directory),
    passwordFile: join(directory, 'cluster', 'password'),
    logFile: join(directory, 'server.log'),
    account,
  };
}

function dataOf(directory: string): string {
  return join(directory, 'cluster', 'data');
}

/** Others may pass through to what is theirs but not look around, whatever our umask says. */
function makeDirectory(directory: string): void {
  if (mkdirSync(directory, { recursive: true }) !== undefined) chmodSync(directory, 0o711);
}

/** Whether the directory is there now, is ours, and we may write to it. */
export function canMakeDirectory(directory: string): boolean {
  try {
    makeDirectory(directory);
    accessSync(directory, constants.W_OK);
    return isAbsentOrOurs(directory);
  } catch {
    return false;
  }
}

/** Names in /var/tmp can be guessed: what somebody else has put there is not trusted with a password. */
function isAbsentOrOurs(directory: string): boolean {
  const found = lstatSync(directory, { throwIfNoEntry: false });
  return found === undefined || (found.isDirectory() && found.uid === process.getuid?.());
}

function shortHashOf(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 12);
}
