import { migrate } from '../db/migrate.ts';
import type { BenchDatabase, Environment } from './environment.ts';
import { type Marketplace, marketplaceOf, populate } from './marketplace.ts';
import { killParties } from './processes.ts';
import type { Line } from './table.ts';

/** How much work a run consists of; `--quick` divides it by ten. */
export interface Sizes {
  readonly clients: number;
  readonly practitioners: number;
  /** Bookings of a measured drain. */
  readonly bookings: number;
  /**
   * Bookings or checkouts before the measured ones, for each process: connections are open, plans are made, and its code
   * is compiled, which of a worker takes so many (two of them against one: 0.96 behind 4,000 each, 1.01 behind 10,000).
   */
  readonly warmUp: number;
  readonly hotBookings: number;
  readonly checkouts: number;
  readonly pacedSeconds: number;
  readonly history: number;
  readonly waiting: number;
  /** In the calendar whose free slots are asked for. */
  readonly slotSessions: number;
  /** Of the file of members. */
  readonly uploadRows: number;
  /** How often a measurement is made; the median counts. */
  readonly repeats: number;
}

export interface Context {
  readonly environment: Environment;
  readonly marketplace: Marketplace;
  readonly sizes: Sizes;
  /** A database with everybody in it, and analysed. */
  readonly template: BenchDatabase;
  readonly say: (text: string) => void;
}

export interface Measure {
  readonly name: string;
  readonly run: (context: Context) => Promise<Line[]>;
}

export function sizesOf(isQuick: boolean): Sizes {
  const share = isQuick ? 0.1 : 1;
  return {
    clients: 10_000 * share,
    practitioners: 2_000 * share,
    bookings: 20_000 * share,
    warmUp: 10_000 * share,
    hotBookings: 10_000 * share,
    checkouts: 20_000 * share,
    pacedSeconds: 20 * share,
    history: 1_000_000 * share,
    waiting: 100_000 * share,
    slotSessions: 10_000 * share,
    uploadRows: 100_000 * share,
    repeats: isQuick ? 1 : 3,
  };
}

export async function createContext(
  environment: Environment,
  sizes: Sizes,
  say: (text: string) => void,
): Promise<Context> {
  const marketplace = marketplaceOf(sizes);
  const template = await environment.database();
  await migrate(template.url);
  await populate(template.client, marketplace);
  await template.disconnect();
  return { environment, marketplace, sizes, template, say };
}

/** Runs `work` on a copy of the template, which is dropped afterwards, as are parties that a failure has left behind. */
export async function onFreshDatabase<Result>(
  { environment, template }: Context,
  work: (database: BenchDatabase) => Promise<Result>,
): Promise<Result> {
  const database = await environment.database(template);
  try {
    return await work(database);
  } finally {
    killParties();
    await database.drop();
  }
}

/** What two parties reached in one round. */
export interface Round {
  readonly ours: number;
  readonly theirs: number;
}

/** They take turns, and the round with the median ratio counts: on a machine that others use, too, all else drifts. */
export function middleOf(rounds: readonly Round[]): Round {
  const byRatio = rounds.toSorted((a, b) => a.ours / a.theirs - b.ours / b.theirs);
  return byRatio[Math.floor(rounds.length / 2)] ?? { ours: 0, theirs: 1 };
}

/** What `round` gives, several times. */
export async function repeated<Result>(times: number, round: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let n = 0; n < times; n += 1) results.push(await round());
  return results;
}

/** The upper one of an even number; 0 of none. */
export function medianFrom(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** The median of several measurements. */
export async function medianOf(times: number, measure: () => Promise<number>): Promise<number> {
  return medianFrom(await repeated(times, measure));
}

/** Which of the settings gives most. */
export async function bestOf(settings: readonly number[], measure: (setting: number) => Promise<number>) {
  const tried: { setting: number; result: number }[] = [];
  for (const setting of settings) tried.push({ setting, result: await measure(setting) });
  return tried.reduce((best, next) => (next.result > best.result ? next : best));
}
