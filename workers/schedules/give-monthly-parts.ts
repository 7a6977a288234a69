import type { Schedule } from '../../db/schedules.ts';
import { statement } from '../../db/statement.ts';
import { giveDueParts } from '../../db/stripe/entitlements.ts';
import { lockInbox } from '../../db/stripe/inbox.ts';

const partsPerRound = 200;

const findDue = statement<{ due: boolean }>(
  'find_due_parts',
  'select exists (select from stripe_purchases where next_part_at <= now()) as due',
);

/** Yearly plans whose credits come month by month: each part on the day of the month on which the year began. */
export const giveMonthlyParts: Schedule = {
  name: 'give monthly parts',
  due: async (tx) => {
    // Asked first without the lock: most seconds there is nothing, and webhooks wait for nobody.
    const { rows } = await findDue(tx.client, []);
    if (rows[0]?.due !== true) return [];
    await lockInbox(tx);
    return giveDueParts(tx, partsPerRound);
  },
};
