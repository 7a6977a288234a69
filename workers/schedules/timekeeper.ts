import type pg from 'pg';
import type { Submission } from '../../db/accept.ts';
import { failureKindOf } from '../../db/failures.ts';
import { runSchedule, type Schedule } from '../../db/schedules.ts';
import type { Logger } from '../../shared/runtime/log.ts';
import { type Repeating, repeating } from '../repeating.ts';

export interface TimekeeperOptions {
  readonly pool: pg.Pool;
  readonly schedules: readonly Schedule[];
  /** Called with operations that have been recorded. */
  readonly onRecorded: (submissions: readonly Submission[]) => Promise<void>;
  readonly log: Logger;
}

const periodMs = 1_000;

/** Looks every second for what time alone brings about. Any number of processes may; one at a time does. */
export function startTimekeeper({ pool, schedules, onRecorded, log }: TimekeeperOptions): Repeating {
  let isClosed = false;
  const runOne = async (schedule: Schedule): Promise<void> => {
    try {
      const recorded = (await runSchedule(pool, schedule)) ?? [];
      if (recorded.length === 0) return;
      log.info({ schedule: schedule.name, operations: recorded.length }, 'what was due was recorded');
      await onRecorded(recorded);
    } catch (error) {
      log.warn({ err: error, schedule: schedule.name, failure: failureKindOf(error) }, 'a schedule failed');
    }
  };
  const round = async (): Promise<void> => {
    for (const schedule of schedules) if (!isClosed) await runOne(schedule);
  };
  const keeping = repeating(periodMs, round, () => {}); // what fails has been reported, schedule by schedule

  return {
    close: () => {
      isClosed = true;
      return keeping.close();
    },
  };
}
