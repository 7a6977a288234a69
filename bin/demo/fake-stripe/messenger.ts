import { setTimeout as pause } from 'node:timers/promises';
import { describeError } from '../../../db/failures.ts';
import type { Logger } from '../../../shared/runtime/log.ts';
import type { Book, FakeEvent } from './book.ts';
import { sendEvents } from './webhooks.ts';

/** Tells a webhook what happens in a book. */
export interface Messenger {
  readonly close: () => Promise<void>;
}

export interface MessengerOptions {
  /** Of the API. */
  readonly url: string;
  readonly secret: string;
  readonly log: Pick<Logger, 'warn'>;
}

/** Soon enough that a person waits for nothing. */
const lookEveryMs = 100;

/** What nobody takes in for so long is left to whoever compares events. */
const patienceMs = 30_000;

const retryMs = 1_000;

/** Sends events one after the other, as they happen; one that is not taken is sent again. */
export function startMessenger(book: Book, { url, secret, log }: MessengerOptions): Messenger {
  const closing = new AbortController();
  const rest = (ms: number) => pause(ms, undefined, { signal: closing.signal }).catch(() => undefined);

  const tell = async (event: FakeEvent): Promise<void> => {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const answer = await sendEvents(url, secret, [event]).catch(describeError);
      if (typeof answer !== 'string' && answer[0] === 200) return;
      if (Date.now() > deadline) {
        log.warn({ eventId: event.id, answer }, 'nobody takes this event');
        return;
      }
      await rest(retryMs);
      if (closing.signal.aborted) return;
    }
  };

  const running = (async () => {
    let told = 0;
    while (!closing.signal.aborted) {
      const event = book.events[told];
      if (event === undefined) {
        await rest(lookEveryMs);
        continue;
      }
      await tell(event);
      told += 1;
    }
  })();

  return {
    close: async () => {
      closing.abort();
      await running;
    },
  };
}
