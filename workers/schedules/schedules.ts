import type { Schedule } from '../../db/schedules.ts';
import type { Config } from '../../shared/runtime/config.ts';
import { completeSessions } from './complete-sessions.ts';

export type ScheduleConfig = Pick<Config, 'completeAfterHours'>;

/** Everything that time alone brings about. */
export function schedulesOf({ completeAfterHours }: ScheduleConfig): readonly Schedule[] {
  return [completeSessions(completeAfterHours)];
}
