import { untilApplied } from './backlog.ts';
import { type Measure, onFreshDatabase } from './context.ts';
import { sendLoad } from './load/load.ts';
import { planBookings } from './marketplace.ts';
import { jwtSecret, startApi, startWorker } from './parties.ts';
import type { Memory } from './processes.ts';
import type { Line } from './table.ts';

/*
 * What an API process holds in memory once it has accepted a hundred thousand operations that nobody applies, and
 * what a worker process that then starts needs to apply them.
 */

const connections = 64;

const apiLimitMb = 200;
const workerLimitMb = 250;

export const memory: Measure = {
  name: 'memory',
  run: (context) =>
    onFreshDatabase(context, async (database) => {
      const { environment, marketplace, sizes } = context;
      if (process.platform !== 'linux') {
        context.say('memory is measured on Linux only');
        return [];
      }
      const stores = { databaseUrl: database.url, redisUrl: await environment.redis() };
      const planned = planBookings(marketplace, 0, sizes.waiting);
      const { origin, party: api } = await startApi(stores);
      const order = { origin, prefer: null, expectedStatus: 202, connections, perSecond: null };
      await sendLoad({ ...order, planned, jwtSecret, directory: environment.directory });
      const what = `memory with ${sizes.waiting.toLocaleString('en')} waiting operations`;
      context.say(`${what}: API ${textOf(api.memory())}`);

      const worker = startWorker(stores);
      await untilApplied(database.client, planned, [worker, api]);
      const lines = [
        lineOf(`${what}, API`, api.memory(), apiLimitMb),
        lineOf(`${what}, worker that applies them`, worker.memory(), workerLimitMb),
      ];
      await api.stop();
      await worker.stop();
      return lines;
    }),
};

function lineOf(measure: string, used: Memory, limitMb: number): Line {
  const target = { bound: 'at most', value: limitMb, unit: 'MB' } as const;
  return { measure, ours: textOf(used), baseline: '–', ratio: used.peakMb, target };
}

function textOf({ peakMb, residentMb }: Memory): string {
  return `peak ${Math.round(peakMb)} MB (${Math.round(residentMb)} MB at the end)`;
}
