import type pg from 'pg';
import type Stripe from 'stripe';
import type { Submission } from '../../db/accept.ts';
import { failureKindOf } from '../../db/failures.ts';
import { beginComparison } from '../../db/stripe/comparisons.ts';
import { answerEvent, askLater, claimUnasked, giveUpWaiting } from '../../db/stripe/waiting.ts';
import type { Logger } from '../../shared/runtime/log.ts';
import type { StripeEvent } from '../../shared/stripe/event.ts';
import { type Repeating, repeating } from '../repeating.ts';
import { askAbout } from './ask.ts';
import { compareEvents } from './compare.ts';

/** Looks after events of Stripe that wait for something, and for those that never came. Any number of processes may. */
export interface Attendant {
  close(): Promise<void>;
}

export interface AttendantOptions {
  readonly pool: pg.Pool;
  /** Null: nobody is asked, and nothing is compared. */
  readonly stripe: Stripe | null;
  readonly compareEveryMinutes: number;
  /** Whether what people are told is mailed. */
  readonly hasMail: boolean;
  /** Has operations applied that have been recorded. */
  readonly onRecorded: (recorded: readonly Submission[]) => Promise<void>;
  readonly log: Logger;
}

const periodMs = 1_000;

/** Events that are asked about at the same time. */
const askedAtOnce = 10;

export function startAttendant(options: AttendantOptions): Attendant {
  const { pool, stripe, compareEveryMinutes, hasMail, onRecorded, log } = options;
  let isClosed = false;
  const loops: Repeating[] = [];

  const repeat = (name: string, work: () => Promise<void>) => {
    const onFailure = (error: unknown) =>
      log.warn({ err: error, failure: failureKindOf(error), work: name }, 'looking after Stripe has failed');
    loops.push(repeating(periodMs, work, onFailure));
  };
  const tell = async (recorded: readonly Submission[]) => {
    if (recorded.length > 0) await onRecorded(recorded);
  };

  repeat('giving up', async () => tell(await giveUpWaiting(pool)));
  if (stripe !== null) {
    const ask = async (event: StripeEvent) => {
      let isAnswered = true;
      try {
        const answers = await askAbout(stripe, event, (error) => {
          isAnswered = false;
          log.warn({ err: error, eventId: event.id }, 'Stripe could not be asked about an event');
        });
        await tell(await answerEvent(pool, event.id, answers));
      } catch (error) {
        isAnswered = false;
        log.warn({ err: error, eventId: event.id }, 'what Stripe has answered could not be taken in');
      }
      if (!isAnswered) await askLater(pool, event.id);
    };
    repeat('asking', async () => {
      await Promise.all((await claimUnasked(pool, askedAtOnce)).map(ask));
    });
    repeat('comparing', async () => {
      const comparison = await beginComparison(pool, compareEveryMinutes);
      if (comparison === null) return;
      await compareEvents({ stripe, pool, log, hasMail, isClosed: () => isClosed, onRecorded: tell }, comparison);
    });
  }

  return {
    close: async () => {
      isClosed = true;
      await Promise.all(loops.map((loop) => loop.close()));
    },
  };
}
