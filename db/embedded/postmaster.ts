import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A PostgreSQL server, as the file that it keeps in its data directory describes it. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/**
 * The server that runs on these data, whoever started it; null when there is none. What a crash has left behind is
 * cleared away, but only when no process is left that could still write to the data.
 */
export function findPostmaster(data: string): Postmaster | null {
  const file = join(data, 'postmaster.pid');
  const lines = readLines(file);
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  if (isServerOf(data, pid)) return { pid, port: Number(lines[3]) };

  // PostgreSQL itself takes the number for a running server when any process of ours has it by now, which in a
  // container, where numbers start again at 1, is likely rather than rare.
  if (process.platform === 'linux' && !isInUse(data)) rmSync(file, { force: true });
  return null;
}

/** The port of the last start, so that it can be had again; null before the first. */
export function lastPortOf(data: string): number | null {
  const port = Number(/"-p" "(\d+)"/.exec(readLines(join(data, 'postmaster.opts')).join('\n'))?.[1]);
  return Number.isInteger(port) ? port : null;
}

/** A process that has ended but that nobody has asked about counts as gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return !/^\d+ \(.*\) [ZX]/s.test(readLines(`/proc/${pid}/stat`).join('\n'));
}

/** True when the process is gone within the time. */
export async function waitUntilGone(pid: number, limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs;
  while (isAlive(pid)) {
    if (Date.now() >= deadline) return false;
    await pause(20);
  }
  return true;
}

/** A server works in its data directory, which tells it from a process that merely has its number now. */
function isServerOf(data: string, pid: number): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform === 'linux') return workingDirectoryOf(pid) === realpathSync(data);
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.includes(data);
}

function isInUse(data: string): boolean {
  const real = realpathSync(data);
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && workingDirectoryOf(Number(name)) === real);
}

function workingDirectoryOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null; // gone, or somebody else's
  }
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
