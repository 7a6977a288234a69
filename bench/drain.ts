import { chunksOf } from '../shared/domain/chunks-of.ts';
import { type Applied, accept, applied, enqueue, perSecondOf, untilApplied } from './backlog.ts';
import { enqueueEach } from './baselines/jobs.ts';
import { bookAll, createProcedure, openProcedure } from './baselines/stored-procedure.ts';
import { bestOf, type Context, type Measure, middleOf, onFreshDatabase, repeated } from './context.ts';
import type { BenchDatabase } from './environment.ts';
import { type PlannedBooking, planBookings, submissionOf } from './marketplace.ts';
import { startJobWorker, startWorker } from './parties.ts';
import type { Party } from './processes.ts';
import { perSecondText } from './table.ts';

/*
 * How fast a backlog of accepted bookings is applied, from the beginning of the first transaction to the commit of
 * the last, by the clock of PostgreSQL. All parties are treated alike: a warm-up, then new statistics and a
 * checkpoint, then the measured bookings; processes are stopped while those are laid out in front of them.
 */

/** Bookings of one run, by number: different numbers never collide. */
export type Plan = (from: number, count: number) => PlannedBooking[];

export interface DrainOptions {
  readonly plan: Plan;
  /** Bookings that are measured. */
  readonly count: number;
}

const procedureConnections = [4, 8, 16, 32, 64];
const jobConcurrencies = [8, 16, 32];

/** Settings are chosen by a shorter run, the best is then measured in full. */
const trialShare = 0.25;

/** Half a second of a busy API. */
const recordedBeforeWoken = 1_000;

export const drain: Measure = {
  name: 'drain',
  run: async (context) => {
    const { marketplace, sizes } = context;
    const options = {
      plan: (from: number, count: number) => planBookings(marketplace, from, count),
      count: sizes.bookings,
    };
    const setting = await bestConnections(context, procedureConnections, options);
    const rounds = await repeated(sizes.repeats, async () => {
      const one = await drainAnew(context, 1, options);
      const two = await drainAnew(context, 2, options);
      const procedure = await drainByProcedure(context, setting, options);
      context.say(
        `drain, one worker: ${perSecondText(one)}, two: ${perSecondText(two)}, (a): ${perSecondText(procedure)}`,
      );
      return { one, two, procedure };
    });
    const toProcedure = middleOf(rounds.map(({ one, procedure }) => ({ ours: one, theirs: procedure })));
    const toOne = middleOf(rounds.map(({ one, two }) => ({ ours: two, theirs: one })));
    const jobs = await bestJobs(context, options);
    const what = `drain of ${sizes.bookings.toLocaleString('en')} bookings`;
    return [
      {
        measure: `${what}, one worker, against (a)`,
        ours: perSecondText(toProcedure.ours),
        baseline: `${perSecondText(toProcedure.theirs)} (${setting} connections)`,
        ratio: toProcedure.ours / toProcedure.theirs,
        target: { bound: 'at least', value: 1, aim: 1.3 },
      },
      {
        measure: `${what}, one worker, against (b)`,
        ours: perSecondText(toProcedure.ours),
        baseline: `${perSecondText(jobs.result)} (concurrency ${jobs.setting})`,
        ratio: toProcedure.ours / jobs.result,
        target: { bound: 'at least', value: 5 },
      },
      {
        measure: `${what}, two workers, against one`,
        ours: perSecondText(toOne.ours),
        baseline: perSecondText(toOne.theirs),
        ratio: toOne.ours / toOne.theirs,
        target: { bound: 'at least', value: 1 },
      },
    ];
  },
};

/** Bookings per second of `workers` processes of ours, on a database of its own. */
export function drainAnew(context: Context, workers: number, options: DrainOptions): Promise<number> {
  return onFreshDatabase(context, (database) => drainOn(context, database, workers, options));
}

/** The same, on a database that is there already. */
export async function drainOn(context: Context, database: BenchDatabase, workers: number, options: DrainOptions) {
  const redisUrl = await context.environment.redis();
  const stores = { databaseUrl: database.url, redisUrl };
  const parties = Array.from({ length: workers }, () => startWorker(stores));
  const wake = (planned: readonly PlannedBooking[]) => enqueue(redisUrl, database.url, planned);
  return perSecondOf(await drainWith(context, database, { ...options, parties, wake }));
}

/** The number of connections that is best for (a). */
export async function bestConnections(
  context: Context,
  connections: readonly number[],
  options: DrainOptions,
): Promise<number> {
  const { setting } = await bestOf(connections, async (count) => {
    const result = await drainByProcedure(context, count, { ...options, count: options.count * trialShare });
    context.say(`(a) with ${count} connections: ${perSecondText(result)}`);
    return result;
  });
  return setting;
}

/** Bookings per second of (a), on a database of its own. */
export function drainByProcedure(
  context: Context,
  connections: number,
  { plan, count }: DrainOptions,
): Promise<number> {
  const { warmUp } = context.sizes;
  return onFreshDatabase(context, async (database) => {
    await createProcedure(database.client);
    const procedure = openProcedure(database.url, connections);
    await bookAll(procedure, plan(0, warmUp).map(submissionOf), connections);
    const measured = plan(warmUp, count).map(submissionOf);
    await settleDown(database);
    await bookAll(procedure, measured, connections);
    await procedure.close();
    return perSecondOf(
      await applied(
        database.client,
        measured.map(({ id }) => id),
      ),
    );
  });
}

async function bestJobs(context: Context, options: DrainOptions) {
  const { setting } = await bestOf(jobConcurrencies, async (concurrency) => {
    const result = await drainByJobs(context, concurrency, { ...options, count: options.count * trialShare });
    context.say(`(b) with concurrency ${concurrency}: ${perSecondText(result)}`);
    return result;
  });
  const result = await drainByJobs(context, setting, options);
  context.say(`(b) in full, with concurrency ${setting}: ${perSecondText(result)}`);
  return { setting, result };
}

function drainByJobs(context: Context, concurrency: number, options: DrainOptions): Promise<number> {
  return onFreshDatabase(context, async (database) => {
    const redisUrl = await context.environment.redis();
    const parties = [startJobWorker({ databaseUrl: database.url, redisUrl }, concurrency)];
    const wake = (planned: readonly PlannedBooking[]) => enqueueEach(redisUrl, planned);
    return perSecondOf(await drainWith(context, database, { ...options, parties, wake }));
  });
}

interface Drained extends DrainOptions {
  readonly parties: readonly Party[];
  /** Adds the jobs of accepted bookings. */
  readonly wake: (planned: readonly PlannedBooking[]) => Promise<void>;
}

async function drainWith(
  { sizes: { warmUp } }: Context,
  database: BenchDatabase,
  { parties, wake, plan, count }: Drained,
): Promise<Applied> {
  // For each: every process compiles its own code.
  const first = plan(0, warmUp * parties.length);
  await submit(database, first, wake);
  await untilApplied(database.client, first, parties);

  for (const { hold } of parties) hold();
  const measured = plan(first.length, count);
  await submit(database, measured, wake);
  await settleDown(database);
  for (const { release } of parties) release();
  const result = await untilApplied(database.client, measured, parties);
  await Promise.all(parties.map(({ stop }) => stop()));
  return result;
}

/** As an API adds jobs: soon after it has recorded what they are about. */
async function submit(database: BenchDatabase, planned: readonly PlannedBooking[], wake: Drained['wake']) {
  for (const some of chunksOf(planned, recordedBeforeWoken)) {
    await accept(database.url, some);
    await wake(some);
  }
}

/** Statistics as a table of some age has them, and nothing left to write out from what was before. */
export async function settleDown({ client }: BenchDatabase): Promise<void> {
  await client.query('analyze');
  await client.query('checkpoint');
}
