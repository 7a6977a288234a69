import { reportLateRooms } from '../../db/rooms.ts';
import type { Schedule } from '../../db/schedules.ts';

/** A session that is about to begin without its room is for a person to look at, however many attempts are left. */
export const lateRooms: Schedule = {
  name: 'report late rooms',
  due: async (tx) => {
    await reportLateRooms(tx);
    return [];
  },
};
