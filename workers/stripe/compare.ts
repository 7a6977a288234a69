import type pg from 'pg';
import type Stripe from 'stripe';
import type { Submission } from '../../db/accept.ts';
import { type Comparison, endComparison, missingEvents } from '../../db/stripe/comparisons.ts';
import { receiveEvent } from '../../db/stripe/inbox.ts';
import type { Logger } from '../../shared/runtime/log.ts';
import { stripeEvent } from '../../shared/stripe/event.ts';

const pageSize = 100;

export interface CompareOptions {
  readonly stripe: Stripe;
  readonly pool: pg.Pool;
  readonly log: Logger;
  /** Whether what people are told is mailed. */
  readonly hasMail: boolean;
  readonly isClosed: () => boolean;
  readonly onRecorded: (recorded: readonly Submission[]) => Promise<void>;
}

/**
 * Compares the events that Stripe lists with those that are here, page by page, newest first: what no webhook has
 * brought goes through the same inbox. What is here and not in the list is reported, because nobody but Stripe should be
 * able to send events.
 */
export async function compareEvents(options: CompareOptions, comparison: Comparison): Promise<void> {
  const { stripe, pool, log, hasMail, isClosed, onRecorded } = options;
  const listed: string[] = [];
  const missing: string[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await stripe.events.list({
      created: { gte: comparison.since },
      limit: pageSize,
      ...(after === undefined ? {} : { starting_after: after }),
    });
    const unknown = await missingEvents(
      pool,
      page.data.map(({ id }) => id),
    );
    for (const each of page.data) {
      listed.push(each.id);
      if (!unknown.has(each.id) || isClosed()) continue;
      const { recorded } = await receiveEvent(pool, stripeEvent.parse(JSON.parse(JSON.stringify(each))), {
        origin: 'comparison',
        hasMail,
      });
      missing.push(each.id);
      await onRecorded(recorded);
    }
    after = page.data.at(-1)?.id;
    if (isClosed()) return;
    if (!page.has_more || after === undefined) break;
  }
  const unlisted = await endComparison(pool, comparison, { listed, missing });
  if (missing.length > 0) log.warn({ events: missing }, 'no webhook has brought these events; they have been fed in');
  if (unlisted.length > 0)
    log.warn({ events: unlisted }, 'Stripe does not list these events, which have been received');
}
