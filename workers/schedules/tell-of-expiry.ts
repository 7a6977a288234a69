import { insertExpiryNotices } from '../../db/expiry-notices.ts';
import type { Schedule } from '../../db/schedules.ts';

/**
 * Tells people some days ahead which of their credits will expire: an outbox entry under an id derived from the lot, so
 * that however often it is found there is one.
 */
export function tellOfExpiry(days: number, hasMail: boolean): Schedule {
  // Until when this process has looked; a first round, and one after a failure, looks at all that is ahead.
  let lookedUntil = 0;
  return {
    name: 'tell of credits that will expire',
    due: async (tx) => {
      const now = Date.now();
      await insertExpiryNotices(tx, { days, since: lookedUntil, hasMail });
      lookedUntil = now;
      return [];
    },
  };
}
