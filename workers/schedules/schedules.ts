import type { Schedule } from '../../db/schedules.ts';
import type { Config } from '../../shared/runtime/config.ts';
import { completeSessions } from './complete-sessions.ts';
import { expireAssignments } from './expire-assignments.ts';
import { expireCredits } from './expire-credits.ts';
import { giveMonthlyParts } from './give-monthly-parts.ts';
import { offerFreedSlots } from './offer-freed-slots.ts';
import { releaseUnpaidOrders } from './release-unpaid-orders.ts';
import { remind } from './remind.ts';
import { lateRooms } from './report-late-rooms.ts';
import { tallyHours } from './tally-hours.ts';
import { tellOfExpiry } from './tell-of-expiry.ts';

export type ScheduleConfig = Pick<
  Config,
  'completeAfterHours' | 'reminderHours' | 'expiryNoticeDays' | 'smtpUrl' | 'roomsApiBase'
>;

/** Everything that time alone brings about. */
export function schedulesOf(config: ScheduleConfig): readonly Schedule[] {
  return [
    completeSessions(config.completeAfterHours),
    expireCredits,
    expireAssignments,
    offerFreedSlots,
    giveMonthlyParts,
    releaseUnpaidOrders,
    tallyHours(),
    remind(config.reminderHours, config.smtpUrl !== null),
    ...(config.expiryNoticeDays === 0 ? [] : [tellOfExpiry(config.expiryNoticeDays, config.smtpUrl !== null)]),
    ...(config.roomsApiBase === null ? [] : [lateRooms]),
  ];
}
