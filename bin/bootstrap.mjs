// Makes a fresh clone ready and runs one of its programs: `node bin/bootstrap.mjs start|token|demo|audit|bench|test …`.
//
// Plain JavaScript on Node's own modules, because it runs before anything is installed or compiled. The program runs
// in this very process, so that signals and exit codes are its own and no process stands between it and npm.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const compiler = join(modules, '@typescript', 'native', 'bin', 'tsc');
const lock = join(modules, '.bootstrap-lock');
const installed = join(modules, '.cache', 'installed.sha256');

const programs = {
  start: 'dist/bin/start.js',
  token: 'dist/bin/token.js',
  demo: 'dist/bin/demo.js',
  audit: 'dist/bin/audit.js',
  bench: 'dist/bench/main.js',
  test: 'node_modules/vitest/vitest.mjs',
};

const [command = '', ...rest] = process.argv.slice(2);
const program = programs[command];
if (program === undefined) {
  console.error(`usage: node bin/bootstrap.mjs ${Object.keys(programs).join('|')} [arguments]`);
  process.exit(2);
}

process.chdir(root);
try {
  await alone(() => {
    install();
    build();
  });
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
process.argv = [process.argv[0], join(root, program), ...(command === 'test' ? ['run', ...rest] : rest)];
if (command !== 'test') process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(root, program)).href);

/** Installs when what package.json and the lock file ask for is not what was installed last. */
function install() {
  const wanted = wantedInstall();
  const last = readOr(installed, null);
  if (existsSync(compiler) && (last === wanted || (last === null && isFreshlyInstalled()))) return;
  console.error('Installing what is missing (npm install) …');
  // Development dependencies too, whatever NODE_ENV says: the compiler is one of them. npm's own program when npm
  // runs us, because PATH may hold another one or none.
  const npm = process.env.npm_execpath;
  const options = ['install', '--include=dev', '--no-audit', '--no-fund'];
  if (npm?.endsWith('npm-cli.js')) run(process.execPath, [npm, ...options]);
  else run('npm', options);
  mkdirSync(dirname(installed), { recursive: true });
  writeFileSync(installed, wantedInstall()); // npm may have completed the lock file
}

/** Whether somebody has just run npm by hand: it writes both of its lock files at the same time, the hidden one last. */
function isFreshlyInstalled() {
  const hidden = modifiedAt(join(modules, '.package-lock.json'));
  return ['package.json', 'package-lock.json'].every((file) => modifiedAt(join(root, file)) <= hidden + 2_000);
}

function wantedInstall() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} `);
  for (const file of ['package.json', 'package-lock.json']) hash.update(readOr(join(root, file), ''));
  return hash.digest('hex');
}

/** The compiler remembers what it did; with nothing to do it takes well under a second. */
function build() {
  run(process.execPath, [compiler, '-p', 'tsconfig.build.json']);
}

/** What the tool says goes to standard error: standard output is the program's alone (`npm run token` is piped on). */
function run(file, args) {
  const { status, signal, error } = spawnSync(file, args, { stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  throw new Error(`${[file, ...args].join(' ')} failed: ${error?.message ?? signal ?? `exit code ${status}`}`);
}

/**
 * Runs `work` while no other bootstrap of this folder does. The lock is a directory that holds a file named after its
 * owner. Who finds a dead owner removes that file and then the directory, which works only while it is empty; who
 * makes the directory but loses it before its own file is in it, starts over. So nobody removes a living lock.
 */
async function alone(work) {
  const mine = join(lock, ownerOf(process.pid));
  mkdirSync(modules, { recursive: true });
  for (let waited = 0; !tryLock(mine); waited += 1) {
    breakStaleLock();
    if (waited === 5) console.error('Waiting for another command of this folder to install and build …');
    await pause(100);
  }
  try {
    work();
  } finally {
    unlinkSync(mine);
    rmdirSync(lock);
  }
}

function tryLock(mine) {
  try {
    mkdirSync(lock);
    writeFileSync(mine, '');
    return true;
  } catch (error) {
    if (error.code === 'EEXIST' || error.code === 'ENOENT') return false;
    throw error;
  }
}

function breakStaleLock() {
  const owners = readdirOr(lock, null);
  if (owners === null) return;
  const dead = owners.filter((owner) => ownerOf(Number.parseInt(owner, 10)) !== owner);
  for (const owner of dead) attempt(() => unlinkSync(join(lock, owner)));
  // Empty for this long, it belongs to somebody who died before saying who it was.
  const isAbandoned = owners.length === 0 && Date.now() - modifiedAt(lock) > 5_000;
  if (dead.length > 0 || isAbandoned) attempt(() => rmdirSync(lock));
}

/** Names a living process for good: its number alone may be given to another one. */
function ownerOf(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return null;
  }
  const startedAt =
    readOr(`/proc/${pid}/stat`, '')
      .replace(/^.*\) /s, '')
      .split(' ')[19] ?? '';
  const boot = readOr('/proc/sys/kernel/random/boot_id', '').slice(0, 8);
  return `${pid}-${startedAt}-${boot}`;
}

function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function attempt(action) {
  try {
    action();
  } catch {
    // somebody else was quicker
  }
}

function readOr(file, fallback) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return fallback;
  }
}

function readdirOr(directory, fallback) {
  try {
    return readdirSync(directory);
  } catch {
    return fallback;
  }
}
