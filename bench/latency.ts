import { applied } from './backlog.ts';
import { createProcedure } from './baselines/stored-procedure.ts';
import { type Context, type Measure, middleOf, onFreshDatabase, repeated } from './context.ts';
import { settleDown } from './drain.ts';
import type { BenchDatabase } from './environment.ts';
import { sendLoad } from './load/load.ts';
import type { LoadReport } from './load/messages.ts';
import { planBookings } from './marketplace.ts';
import { jwtSecret, type Server, startApi, startExpressSync, startWorker } from './parties.ts';
import { msText } from './table.ts';

/*
 * The time from a request to its outcome at a rate that leaves everybody room. Ours is asked to hold the answer until
 * the booking is final (`Prefer: wait`), which takes a row, a job, a batch and a notice; (c) makes one call.
 */

const perSecond = 200;

/** Plenty: the rate is what limits. */
const connections = 256;

const expressConnections = 16;

export const latency: Measure = {
  name: 'latency',
  run: async (context) => {
    const rounds = await repeated(context.sizes.repeats, async () => {
      const ours = await ofOurs(context);
      context.say(`outcome at ${perSecond}/s: p50 ${msText(ours.p50Ms)}, p99 ${msText(ours.p99Ms)}`);
      const express = await ofExpress(context);
      context.say(`(c): p50 ${msText(express.p50Ms)}, p99 ${msText(express.p99Ms)}`);
      return { ours, express };
    });
    const p50 = middleOf(rounds.map(({ ours, express }) => ({ ours: ours.p50Ms, theirs: express.p50Ms })));
    const p99 = middleOf(rounds.map(({ ours, express }) => ({ ours: ours.p99Ms, theirs: express.p99Ms })));
    const what = `time to outcome at ${perSecond}/s`;
    return [
      {
        measure: `${what}, p50, against (c)`,
        ours: msText(p50.ours),
        baseline: msText(p50.theirs),
        ratio: p50.ours / p50.theirs,
        target: { bound: 'at most', value: 5 },
      },
      {
        measure: `${what}, p99, against (c)`,
        ours: msText(p99.ours),
        baseline: msText(p99.theirs),
        ratio: p99.ours / p99.theirs,
        target: null,
      },
    ];
  },
};

function ofOurs(context: Context): Promise<LoadReport> {
  return onFreshDatabase(context, async (database) => {
    const stores = { databaseUrl: database.url, redisUrl: await context.environment.redis() };
    const worker = startWorker(stores);
    const api = await startApi(stores);
    const report = await timesOf(context, database, api, 'wait=30');
    await api.party.stop();
    await worker.stop();
    return report;
  });
}

function ofExpress(context: Context): Promise<LoadReport> {
  return onFreshDatabase(context, async (database) => {
    await createProcedure(database.client);
    const express = await startExpressSync(database.url, expressConnections);
    const report = await timesOf(context, database, express, null);
    await express.party.stop();
    return report;
  });
}

/** The first half only warms up. */
async function timesOf(context: Context, database: BenchDatabase, { origin }: Server, prefer: string | null) {
  const { marketplace, sizes, environment } = context;
  const count = sizes.pacedSeconds * perSecond;
  const send = async (from: number) => {
    const planned = planBookings(marketplace, from, count);
    const { directory } = environment;
    const order = { origin, prefer, expectedStatus: 200, connections, perSecond };
    const report = await sendLoad({ ...order, planned, jwtSecret, directory });
    await applied(
      database.client,
      planned.map(({ id }) => id),
    );
    return report;
  };
  await send(0);
  await settleDown(database);
  return send(count);
}
