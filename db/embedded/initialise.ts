import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Account, postgresEnvironment } from './account.ts';
import type { Binaries } from './binaries.ts';
import { EmbeddedError } from './embedded-error.ts';
import type { Home } from './home.ts';
import { isAlive } from './postmaster.ts';

export const superuser = 'postgres';

const draftPrefix = 'cluster.new-';

/**
 * Makes the database files and the superuser's password, unless they are there. They appear together and whole: made
 * in a draft that is renamed when it is complete, so that a process killed meanwhile, or two at once, do no harm.
 */
export async function initialise({ directory, data, passwordFile, account }: Home, binaries: Binaries): Promise<void> {
  if (existsSync(data)) return;
  removeDraftsOfTheDead(directory);

  const draft = mkdtempSync(join(directory, `${draftPrefix}${process.pid}-`));
  chmodSync(draft, 0o711); // whatever our umask says: the account passes through here
  try {
    mkdirSync(join(draft, 'data'), { mode: 0o700 });
    writeFileSync(join(draft, 'password'), randomBytes(24).toString('hex'), { mode: 0o600 });
    // initdb reads the password as the account, so the file is the account's, as the data are.
    for (const name of ['data', 'password']) giveTo(account, join(draft, name));
    await runInitdb(draft, binaries, account);
    publish(draft, dirname(data));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  if (!existsSync(passwordFile))
    throw new EmbeddedError(`${passwordFile} is missing: the data cannot be used without it.`);
}

function giveTo({ as }: Account, file: string): void {
  if (as.uid !== undefined && as.gid !== undefined) chownSync(file, as.uid, as.gid);
}

function runInitdb(draft: string, { initdb, major }: Binaries, { as }: Account): Promise<void> {
  const locale =
    major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'] : ['--locale=C.UTF-8'];
  const program = spawn(
    initdb,
    [
      ...['-D', join(draft, 'data'), '-U', superuser, '--encoding=UTF8', ...locale],
      // Every connection needs the password: other users of this machine can reach the port.
      ...['--auth=scram-sha-256', `--pwfile=${join(draft, 'password')}`],
    ],
    { ...as, cwd: draft, env: postgresEnvironment, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output = Promise.all([text(program.stdout), text(program.stderr)]);
  return new Promise((done, fail) => {
    program.once('error', fail);
    program.once('close', async (code) => {
      if (code === 0) done();
      else fail(new EmbeddedError(`initdb failed: ${(await output).join('\n').trim()}`));
    });
  });
}

/** Whoever is second finds the first one's files and leaves its own. */
function publish(draft: string, cluster: string): void {
  try {
    renameSync(draft, cluster);
  } catch (error) {
    if (existsSync(cluster)) return;
    throw error;
  }
  const parent = openSync(dirname(cluster), 'r');
  fsyncSync(parent);
  closeSync(parent);
}

function removeDraftsOfTheDead(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (!name.startsWith(draftPrefix)) continue;
    const pid = Number.parseInt(name.slice(draftPrefix.length), 10);
    if (!isAlive(pid)) rmSync(join(directory, name), { recursive: true, force: true });
  }
}
