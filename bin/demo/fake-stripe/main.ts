import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { createLogger } from '../../../shared/runtime/log.ts';
import { onParentGone } from '../../../shared/runtime/parent.ts';
import { installShutdown } from '../../../shared/runtime/shutdown.ts';
import { openBook } from './book.ts';
import { startMessenger } from './messenger.ts';
import { startFakeStripe } from './server.ts';

/*
 * A stand-in for Stripe as a process of its own, for `npm start` without keys and for the bench: takes Stripe's test
 * cards, moves no money, and tells a webhook what happens, signed. What it knows lives as long as it does.
 */

const environment = z.object({
  PORT: z.coerce.number().int(),
  /** Where webhooks go; absent: nobody is told. */
  WEBHOOK_BASE: z.string().optional(),
  WEBHOOK_SECRET: z.string().default(''),
  LOG_LEVEL: z.string().default('info'),
});

const clockEveryMs = 500;

const { PORT, WEBHOOK_BASE, WEBHOOK_SECRET, LOG_LEVEL } = environment.parse(process.env);
const log = createLogger('fake-stripe', LOG_LEVEL);
const shutdown = installShutdown({ log });
onParentGone(() => shutdown.begin('the parent process is gone'));

// Ids that an earlier one has not given out: who remembers those must not take ours for them.
const book = openBook(`demo${randomBytes(4).toString('hex')}`, { now: epochSeconds() });
const clock = setInterval(() => {
  book.now = epochSeconds();
}, clockEveryMs);
shutdown.before('clock', () => clearInterval(clock));
const stripe = await startFakeStripe(book, PORT);
shutdown.before('stand-in for Stripe', stripe.close);
if (WEBHOOK_BASE !== undefined) {
  const messenger = startMessenger(book, { url: WEBHOOK_BASE, secret: WEBHOOK_SECRET, log });
  shutdown.before('webhooks', messenger.close);
}
log.info({ url: stripe.url }, 'standing in for Stripe');

function epochSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}
