import { insertReminders } from '../../db/reminders.ts';
import type { Schedule } from '../../db/schedules.ts';
import { sinceLastLook } from './since-last-look.ts';

/**
 * Reminds both parties of a session, each of `hours` before it: an outbox entry under an id derived from the booking, its
 * revision and the hour, so that however often it is found there is one. Whether there still is a session is read again
 * when the mail is sent. After an outage only the nearest of several missed reminders is sent.
 *
 * @param hours longest first
 */
export function remind(hours: readonly number[], hasMail: boolean): Schedule {
  return sinceLastLook('remind of sessions', (tx, since) => insertReminders(tx, { hours, since, hasMail }));
}
