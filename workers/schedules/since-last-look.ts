import type { Tx } from '../../db/client.ts';
import type { Schedule } from '../../db/schedules.ts';

/**
 * A schedule that looks at what has come due since it looked last (epoch ms); a first round of this process, and one
 * after a failure, looks at all that is ahead.
 */
export function sinceLastLook(name: string, look: (tx: Tx, since: number) => Promise<void>): Schedule {
  let lookedUntil = 0;
  return {
    name,
    due: async (tx) => {
      const now = Date.now();
      await look(tx, lookedUntil);
      lookedUntil = now;
      return [];
    },
  };
}
