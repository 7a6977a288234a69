import type pg from 'pg';
import { z } from 'zod';
import type { Submission } from '../../db/accept.ts';
import { receiveEvent } from '../../db/stripe/inbox.ts';
import { BusyError } from '../../db/stripe/turns.ts';
import { type Config, isLiveKey } from '../../shared/runtime/config.ts';
import type { Logger } from '../../shared/runtime/log.ts';
import { invalid, unavailable } from '../http/problem.ts';
import { definePublicRoute, type Route, sendJson } from '../http/route.ts';
import { readRawBody } from './raw-body.ts';
import { verifiedEvent } from './stripe-signature.ts';

export interface StripeWebhookDeps {
  readonly config: Pick<Config, 'stripeSecretKey' | 'stripeWebhookSecrets' | 'smtpUrl'>;
  readonly app: pg.Pool;
  /** Has operations applied that were recorded with the event. */
  readonly wake: (recorded: readonly Submission[]) => void;
  readonly log: Logger;
}

const received = z.object({ received: z.literal(true) }).meta({ id: 'WebhookReceived' });

/** Stripe hears 200 when the event and what follows from it are recorded; workers are not waited for (000-18, 000-19). */
export function stripeWebhookRoutes({ config, app, wake, log }: StripeWebhookDeps): Route[] {
  const { stripeSecretKey: key, stripeWebhookSecrets: secrets, smtpUrl } = config;
  return [
    definePublicRoute({
      method: 'post',
      path: '/v1/webhooks/stripe',
      tag: 'Webhooks',
      summary: 'Take an event of Stripe',
      description:
        'Signed by Stripe (`Stripe-Signature`). The event is recorded once, with the operations that follow from it; the ' +
        'same one again changes nothing. 400 for a bad signature, for what is no event, and for an event of the other ' +
        'mode (test, live); 413 above 1 MB; 503 while it cannot be recorded: Stripe tries again.',
      headers: [{ name: 'Stripe-Signature', required: true, description: 'Of the raw body.', schema: z.string() }],
      answers: {
        200: { description: 'It is recorded.', schema: received },
        400: { description: 'It is not from Stripe, or none that we take.' },
        413: { description: 'It is too large.' },
        503: { description: 'It cannot be recorded at the moment.' },
      },
      handle: async (req, res) => {
        if (secrets.length === 0) throw unavailable('No webhook secret of Stripe is set.');
        const signature = req.headers['stripe-signature'];
        const event = verifiedEvent(
          await readRawBody(req, res),
          typeof signature === 'string' ? signature : undefined,
          secrets,
        );
        if (key !== null && event.livemode !== isLiveKey(key)) {
          log.warn({ eventId: event.id, livemode: event.livemode }, 'an event of the other mode of Stripe was refused');
          throw invalid('livemode', 'is not that of our key');
        }
        const receiving = { origin: 'webhook', hasMail: smtpUrl !== null } as const;
        const { recorded } = await receiveEvent(app, event, receiving).catch((error: unknown) => {
          throw error instanceof BusyError ? unavailable('Too many events come at once.', error) : error;
        });
        wake(recorded);
        sendJson(res, 200, { received: true });
      },
    }),
  ];
}
