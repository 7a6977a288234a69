import { insertExpiryNotices } from '../../db/expiry-notices.ts';
import type { Schedule } from '../../db/schedules.ts';
import { sinceLastLook } from './since-last-look.ts';

/**
 * Tells people some days ahead which of their credits will expire: an outbox entry under an id derived from the lot, so
 * that however often it is found there is one.
 */
export function tellOfExpiry(days: number, hasMail: boolean): Schedule {
  return sinceLastLook('tell of credits that will expire', (tx, since) =>
    insertExpiryNotices(tx, { days, since, hasMail }),
  );
}
