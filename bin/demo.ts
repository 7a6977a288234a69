import { randomBytes } from 'node:crypto';
import type { Role } from '../shared/contract/roles.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import { type Config, loadConfig } from '../shared/runtime/config.ts';
import { jwtSecretOf } from '../shared/runtime/jwt-secret.ts';
import { signToken } from '../shared/runtime/tokens.ts';
import { isForPeople, StartError } from './command.ts';
import type { Act } from './demo/act.ts';
import { acts } from './demo/acts.ts';
import { assertServes, createSend, type Send, UnexpectedAnswerError } from './demo/api.ts';
import { openBooks } from './demo/books.ts';
import { openCalendars } from './demo/calendars.ts';
import { type Cast, castPeople, enter, everybodyIn } from './demo/cast.ts';
import { inParallel } from './demo/in-parallel.ts';
import { checkLedger } from './demo/ledger-check.ts';
import { openProgress } from './demo/progress.ts';
import { designShop, openShop } from './demo/shop.ts';
import { checkShop } from './demo/shop-check.ts';
import { playStory, shoppingActs, tryCards } from './demo/shopping.ts';
import { allocation, perform, type Stage } from './demo/stage.ts';
import { tell } from './demo/story.ts';
import { summaryOf } from './demo/summary.ts';
import { createTally } from './demo/tally.ts';

/*
 * `npm run demo`: real work against a running server, through its public contract only. People of its own come into
 * the directory, get credits, and then everything happens at once: bookings, races, cancellations, transfers, checkouts,
 * refunds, repeats, mistakes. Each has an expected outcome, and in the end every credit, point, cent and piece is counted.
 * Ends with code 1 when anything is not as expected.
 */

/** Requests under way at the same time. */
const parallel = 32;

const tokenSeconds = 3_600;

await main();

async function main(): Promise<void> {
  try {
    const config = loadConfig(process.env);
    await assertServes(config.baseUrl);
    process.exitCode = (await playOn(config)) ? 0 : 1;
  } catch (error) {
    console.error(isForPeople(error) ? error.message : error);
    process.exit(1); // not waiting for what is still under way
  }
}

/** True when everything was as expected. */
async function playOn(config: Config): Promise<boolean> {
  const run = randomBytes(3).toString('hex');
  const send = createSend(config.baseUrl);
  const cast = await castPeople(await signerOf(config));
  console.log(`Demo ${run} on ${config.baseUrl}`);

  await introduce(send, cast, run);
  const { practitioners, spender } = cast;
  const calendars = await openCalendars(send, [...practitioners, spender]);
  const shop = designShop();
  const stage: Stage = { send, cast, calendars, tally: createTally(), books: openBooks(), shop };
  await giveCredits(stage);
  console.log(
    `${everybodyIn(cast).length} people are in the directory, with ${stage.books.totals().allocated} credits`,
  );

  const isOpen = await visitShop(stage);
  const actsMs = await playActs(stage, isOpen ? shoppingActs(cast) : []);
  const shopCheck = isOpen ? await checkShop(stage) : null;
  const ledger = await checkLedger(stage);
  const sums = stage.tally.sums();
  console.log(summaryOf({ sums, ledger, shop: shopCheck, actsMs, parallel }));
  return sums.surprises.length === 0;
}

async function signerOf(config: Config) {
  if (config.jwtJwksUrl !== null) {
    throw new StartError('JWT_JWKS_URL is set: the demo cannot sign tokens that the server would accept.');
  }
  const secret = await jwtSecretOf(config);
  return (sub: Uuid, ...roles: readonly Role[]) =>
    signToken(secret, { sub, roles, expiresInSeconds: tokenSeconds }, config);
}

async function introduce(send: Send, cast: Cast, run: string): Promise<void> {
  try {
    await enter(send, cast, run);
  } catch (error) {
    if (!(error instanceof UnexpectedAnswerError) || error.status !== 401) throw error;
    throw new StartError(
      'The server does not know our tokens: give the demo the JWT_SECRET or DATA_DIR of the server.',
    );
  }
}

async function giveCredits(stage: Stage): Promise<void> {
  const receivers = everybodyIn(stage.cast).filter(({ credits }) => credits > 0);
  await inParallel(receivers, parallel, async (person) => {
    await perform(stage, allocation(stage.cast, person, person.credits), {
      what: 'an allocation',
      expected: 'succeeded',
    });
  });
}

/** Opens the shop and tells the story of one order; false when the server cannot charge cards. */
async function visitShop(stage: Stage): Promise<boolean> {
  await openShop(stage.send, stage.shop, stage.cast);
  if (!(await tryCards(stage))) {
    console.log('The server cannot charge cards (its STRIPE_SECRET_KEY is unset): the shop stays closed.');
    return false;
  }
  const story = await playStory(stage);
  if (story !== null) console.log(tell(story));
  return true;
}

/** How long it took, in ms. */
async function playActs(stage: Stage, others: readonly Act[]): Promise<number> {
  const all = acts(stage.cast, others);
  const progress = openProgress(all.length, process.stdout);
  const begunAt = performance.now();
  let done = 0;
  try {
    await inParallel(all, parallel, async (act) => {
      await act(stage);
      done += 1;
      const { operations, succeeded } = stage.tally.sums();
      progress.show(done, `${succeeded} succeeded, ${operations - succeeded} rejected`);
    });
  } finally {
    progress.end();
  }
  return performance.now() - begunAt;
}
