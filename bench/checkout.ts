import { openStripe } from '../workers/stripe/client.ts';
import { acceptAll, applied, enqueueAll, untilApplied } from './backlog.ts';
import {
  chargeFor,
  checkOutAll,
  createCheckoutProcedures,
  openCheckoutProcedure,
} from './baselines/checkout-procedure.ts';
import { waitOfCustomers } from './checkout-wait.ts';
import { bestOf, type Context, type Measure, middleOf, onFreshDatabase, repeated } from './context.ts';
import { settleDown } from './drain.ts';
import type { BenchDatabase } from './environment.ts';
import { secretKey, startStripe, startWorker, stripeSettings } from './parties.ts';
import { type PlannedCheckout, planCheckouts, populateShops } from './shops.ts';
import { msText, perSecondText } from './table.ts';

/*
 * How fast a backlog of accepted checkouts is settled, from the word go to the commit of the last: stock and points are
 * kept, the card is charged by a stand-in for Stripe that answers at once (a process of its own), the sale and the
 * points are settled. Against the same steps as two calls of a stored procedure with one HTTP call between them; and,
 * because both make it, against that call alone.
 */

const connectionCounts = [16, 32, 64];

/** Settings are chosen by a shorter run, the best is then measured in full. */
const trialShare = 0.25;

export const checkout: Measure = {
  name: 'checkout',
  run: async (context) => {
    const { checkouts, repeats } = context.sizes;
    const { setting } = await bestOf(connectionCounts, async (connections) => {
      const result = await settleByProcedure(context, connections, checkouts * trialShare);
      context.say(`(e) with ${connections} connections: ${perSecondText(result)}`);
      return result;
    });
    const rounds = await repeated(repeats, async () => {
      const ours = await settleByWorker(context, checkouts);
      const theirs = await settleByProcedure(context, setting, checkouts);
      const calls = await callAlone(context, setting, checkouts);
      const said = [`checkouts, one worker: ${perSecondText(ours)}`, `(e): ${perSecondText(theirs)}`];
      context.say([...said, `the card call alone: ${perSecondText(calls)}`].join(', '));
      return { ours, theirs, calls };
    });
    const settled = middleOf(rounds);
    const bound = middleOf(rounds.map(({ calls, theirs }) => ({ ours: calls, theirs })));
    const wait = await waitOfCustomers(context);
    context.say(`a customer waits ${msText(wait.totalMs)}, of which for the card ${msText(wait.cardMs)}`);
    const what = `${checkouts.toLocaleString('en')} checkouts`;
    return [
      {
        measure: `${what} from accepted to settled, one worker, against (e)`,
        ours: perSecondText(settled.ours),
        baseline: `${perSecondText(settled.theirs)} (${setting} connections)`,
        ratio: settled.ours / settled.theirs,
        target: { bound: 'at least', value: 2 },
      },
      {
        measure: `the card calls of ${what} alone, nothing recorded, against (e): more than anybody can reach`,
        ours: perSecondText(bound.ours),
        baseline: perSecondText(bound.theirs),
        ratio: bound.ours / bound.theirs,
        target: null,
      },
      {
        measure: 'what a customer waits for at checkout, p50, against the card call in it',
        ours: msText(wait.totalMs),
        baseline: msText(wait.cardMs),
        ratio: wait.totalMs / wait.cardMs,
        target: null,
      },
    ];
  },
};

/** As often as (e) makes it, and at the same concurrency: by the same package, to the same stand-in. */
async function callAlone({ marketplace }: Context, atOnce: number, count: number): Promise<number> {
  const { party, origin } = await startStripe();
  const stripe = openStripe({ stripeSecretKey: secretKey, stripeApiBase: origin });
  if (stripe === null) throw new Error('there is a key');
  const call = async (planned: readonly PlannedCheckout[]) => {
    const remaining = planned.values();
    const callAll = async () => {
      for (const one of remaining) await chargeFor(stripe, one, onePound);
    };
    await Promise.all(Array.from({ length: atOnce }, callAll));
  };
  await call(planCheckouts(marketplace, 0, count * trialShare));
  const begunAt = Date.now();
  await call(planCheckouts(marketplace, count, count));
  const result = perSecond(count, begunAt, Date.now());
  await party.stop();
  return result;
}

const onePound = { totalMinor: 100, pointsEarned: 1 };

function settleByWorker(context: Context, count: number): Promise<number> {
  return onFreshDatabase(context, async (database) => {
    const { marketplace, sizes, environment } = context;
    await populateShops(database.client, marketplace);
    const redisUrl = await environment.redis();
    const stripe = await startStripe();
    const worker = startWorker({ databaseUrl: database.url, redisUrl }, stripeSettings(stripe.origin));
    const parties = [worker, stripe.party];

    const first = planCheckouts(marketplace, 0, sizes.warmUp);
    await layOut(database, redisUrl, first);
    await untilApplied(database.client, first, parties);

    worker.hold();
    const measured = planCheckouts(marketplace, first.length, count);
    await layOut(database, redisUrl, measured);
    await settleDown(database);
    const begunAt = Date.now();
    worker.release();
    const { lastAt } = await untilApplied(database.client, measured, parties);
    await Promise.all(parties.map(({ stop }) => stop()));
    return perSecond(count, begunAt, lastAt);
  });
}

async function layOut(database: BenchDatabase, redisUrl: string, planned: readonly PlannedCheckout[]): Promise<void> {
  const submissions = planned.map(({ submission }) => submission);
  await acceptAll(database.url, submissions);
  await enqueueAll(redisUrl, database.url, submissions, 'loyalty');
}

function settleByProcedure(context: Context, connections: number, count: number): Promise<number> {
  return onFreshDatabase(context, async (database) => {
    const { marketplace, sizes } = context;
    await populateShops(database.client, marketplace);
    await createCheckoutProcedures(database.client);
    const { party, origin } = await startStripe();
    const stripe = openStripe({ stripeSecretKey: secretKey, stripeApiBase: origin });
    if (stripe === null) throw new Error('there is a key');
    const procedure = openCheckoutProcedure(database.url, stripe, connections);
    await checkOutAll(procedure, planCheckouts(marketplace, 0, sizes.warmUp), connections);

    const measured = planCheckouts(marketplace, sizes.warmUp, count);
    await settleDown(database);
    const begunAt = Date.now();
    await checkOutAll(procedure, measured, connections);
    const ids = measured.map(({ id }) => id);
    const { lastAt } = await applied(database.client, ids);
    await procedure.close();
    await party.stop();
    return perSecond(count, begunAt, lastAt);
  });
}

function perSecond(count: number, begunAt: number, lastAt: number): number {
  return (count / (lastAt - begunAt)) * 1_000;
}
