import { parseArgs } from 'node:util';
import { runCommand, UsageError } from '../bin/command.ts';
import { checkout } from './checkout.ts';
import { createContext, type Measure, type Sizes, sizesOf } from './context.ts';
import { drain } from './drain.ts';
import { type Environment, openEnvironment } from './environment.ts';
import { history } from './history.ts';
import { hotLane } from './hot-lane.ts';
import { http } from './http.ts';
import { latency } from './latency.ts';
import { describeMachine } from './machine.ts';
import { memory } from './memory.ts';
import { killParties } from './processes.ts';
import { slots } from './slots.ts';
import { type Line, tableOf } from './table.ts';
import { upload } from './upload.ts';

/*
 * `npm run bench`: measures what is promised, against baselines that run on the same machine in the same hour, and
 * prints the table for README. It is a measurement: a target that is missed is a line that says so, and code 0;
 * code 1 means that something broke.
 */

const measures: readonly Measure[] = [drain, hotLane, http, latency, history, memory, slots, upload, checkout];

const usage = `usage: npm run bench -- [--quick] [MEASURE …]

measures: ${measures.map(({ name }) => name).join(', ')}; all of them unless named
--quick divides all sizes by ten: whether it runs, not how fast`;

const options = { quick: { type: 'boolean', default: false } } as const;

await runCommand(usage, async () => {
  const { isQuick, chosen } = readCommandLine();
  const environment = await openEnvironment();
  endOnSignals(environment);
  try {
    await runMeasures(environment, isQuick, chosen);
  } finally {
    await environment.close();
  }
});

async function runMeasures(environment: Environment, isQuick: boolean, chosen: readonly Measure[]): Promise<void> {
  const machine = await environment.database().then(async (database) => {
    const described = await describeMachine(database.client, environment.redisVersion);
    await database.drop();
    return described;
  });
  const sizes = sizesOf(isQuick);
  const context = await createContext(environment, sizes, (text) => console.error(text));
  const lines: Line[] = [];
  for (const measure of chosen) lines.push(...(await measure.run(context)));
  console.log([tableOf(lines), machine, notesOn(sizes), ...(isQuick ? ['Sizes divided by ten.'] : [])].join('\n\n'));
}

function readCommandLine(): { isQuick: boolean; chosen: readonly Measure[] } {
  const { values, positionals } = parse();
  const chosen = positionals.map((name) => {
    const measure = measures.find((known) => known.name === name);
    if (measure === undefined) throw new UsageError(`there is no measure "${name}"`);
    return measure;
  });
  return { isQuick: values.quick, chosen: chosen.length === 0 ? measures : chosen };
}

function parse() {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Whatever ends us, nothing that we started goes on. */
function endOnSignals(environment: Environment): void {
  process.once('exit', killParties);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => environment.close().finally(() => process.exit(1)));
  }
}

function notesOn({ repeats }: Sizes): string {
  return [
    'Baselines: (a) one stored-procedure call for each booking over pg, with the number of connections that is best for',
    'it; (b) a BullMQ worker with one Drizzle transaction for each job, at its best concurrency; (c) an Express endpoint',
    'that calls (a) and answers when it has returned; (e) for each checkout a stored procedure, one HTTP call to the',
    'stand-in for Stripe, and another stored procedure, at its best concurrency. All parties share the machine, PostgreSQL',
    `and Redis. Drain, hot user, latency, history and checkout: in each of ${repeats} rounds all take turns, and the round with`,
    `the median ratio counts. Elsewhere ours are medians of ${repeats} runs; (b) is measured once in full, and (c) over HTTP at`,
    'its best.',
  ].join(' ');
}
