import type { Schedule } from '../../db/schedules.ts';
import { nextHourToTally, tallyHour } from '../../db/tallies.ts';

/** Hours with an operation that waits for a person are looked at again after this. */
const pauseMs = 10 * 60_000;

/**
 * Counts the operations of the hours that are over, once: who asks for statistics adds up what was written down. An hour
 * a round, the newest first, so that a long past is counted without anybody noticing.
 */
export function tallyHours(): Schedule {
  let before: Date | 'infinity' = 'infinity';
  let restsUntil = 0;
  return {
    name: 'tally hours',
    due: async (tx) => {
      if (Date.now() < restsUntil) return [];
      const hour = await nextHourToTally(tx, before);
      if (hour !== null) await tallyHour(tx, hour);
      else restsUntil = Date.now() + pauseMs;
      before = hour ?? 'infinity';
      return [];
    },
  };
}
