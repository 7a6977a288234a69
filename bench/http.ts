import { applied, perSecondOf, untilApplied } from './backlog.ts';
import { createProcedure } from './baselines/stored-procedure.ts';
import { bestOf, type Context, type Measure, medianOf, onFreshDatabase } from './context.ts';
import { settleDown } from './drain.ts';
import { sendLoad } from './load/load.ts';
import { type PlannedBooking, planBookings } from './marketplace.ts';
import { jwtSecret, startApi, startExpressSync, startWorker } from './parties.ts';
import { perSecondText } from './table.ts';

/*
 * Bookings per second from the first request to the last commit. 64 keep-alive connections send as fast as they are
 * answered: ours answers 202 once the booking is recorded, and one worker process applies it meanwhile; (c) answers
 * 200 once it is applied.
 */

const connections = 64;

const expressConnections = [8, 16, 32];

export const http: Measure = {
  name: 'http',
  run: async (context) => {
    const ours = await medianOf(context.sizes.repeats, () => throughApi(context));
    context.say(`HTTP, API and one worker: ${perSecondText(ours)}`);
    const express = await bestOf(expressConnections, async (pooled) => {
      const result = await throughExpress(context, pooled);
      context.say(`(c) with ${pooled} database connections: ${perSecondText(result)}`);
      return result;
    });
    return [
      {
        measure: `HTTP, ${connections} connections, first request to last commit (202, then applied), against (c)`,
        ours: perSecondText(ours),
        baseline: `${perSecondText(express.result)} (${express.setting} connections)`,
        ratio: ours / express.result,
        target: { bound: 'at least', value: 0.7, aim: 1 },
      },
    ];
  },
};

function throughApi(context: Context): Promise<number> {
  return onFreshDatabase(context, async (database) => {
    const stores = { databaseUrl: database.url, redisUrl: await context.environment.redis() };
    const worker = startWorker(stores);
    const api = await startApi(stores);
    const send = async (planned: readonly PlannedBooking[]) => {
      const { startedAt } = await sendAll(context, api.origin, planned, 202);
      const { count, lastAt } = await untilApplied(database.client, planned, [worker, api.party]);
      return perSecondOf({ count, firstAt: startedAt, lastAt });
    };
    await send(planBookings(context.marketplace, 0, context.sizes.warmUp));
    await settleDown(database);
    const result = await send(planBookings(context.marketplace, context.sizes.warmUp, context.sizes.bookings));
    await api.party.stop();
    await worker.stop();
    return result;
  });
}

function throughExpress(context: Context, pooled: number): Promise<number> {
  return onFreshDatabase(context, async (database) => {
    await createProcedure(database.client);
    const express = await startExpressSync(database.url, pooled);
    await sendAll(context, express.origin, planBookings(context.marketplace, 0, context.sizes.warmUp), 200);
    await settleDown(database);
    const measured = planBookings(context.marketplace, context.sizes.warmUp, context.sizes.bookings);
    const { startedAt } = await sendAll(context, express.origin, measured, 200);
    await express.party.stop();
    const { count, lastAt } = await applied(
      database.client,
      measured.map(({ id }) => id),
    );
    return perSecondOf({ count, firstAt: startedAt, lastAt });
  });
}

function sendAll(context: Context, origin: string, planned: readonly PlannedBooking[], expectedStatus: number) {
  const { directory } = context.environment;
  return sendLoad({
    origin,
    planned,
    expectedStatus,
    prefer: null,
    connections,
    perSecond: null,
    jwtSecret,
    directory,
  });
}
