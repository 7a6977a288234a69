import { and, desc, eq, gt, isNotNull } from 'drizzle-orm';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { SlotHold } from '../../shared/domain/state.ts';
import type { Tx } from '../client.ts';
import { slotHolds } from '../schema.ts';
import { isAfter, microsOf, type PageRequest, type TimeKeys } from './page.ts';

/** A slot hold as it is shown to its holder. */
export interface SlotHoldRecord extends Omit<SlotHold, 'holderId' | 'status' | 'bufferedUntil' | 'waitlistEntryId'> {
  readonly createdAt: Date;
}

/** What somebody holds at `at` (epoch ms), newest first. */
export async function listSlotHolds(
  { db }: Tx,
  { holderId, at }: { readonly holderId: Uuid; readonly at: number },
  { limit, after }: PageRequest<TimeKeys>,
): Promise<{ readonly record: SlotHoldRecord; readonly keys: TimeKeys }[]> {
  const rows = await db
    .select({ hold: slotHolds, micros: microsOf(slotHolds.createdAt) })
    .from(slotHolds)
    .where(
      and(
        eq(slotHolds.holderId, holderId),
        isNotNull(slotHolds.livePractitionerId),
        gt(slotHolds.expiresAt, new Date(at)),
        isAfter(slotHolds.createdAt, slotHolds.id, after),
      ),
    )
    .orderBy(desc(slotHolds.createdAt), desc(slotHolds.id))
    .limit(limit);
  return rows.map(({ hold, micros }) => {
    const { id, practitionerId, sessionType, createdAt } = hold;
    return { record: { id, practitionerId, sessionType, ...timesOf(hold), createdAt }, keys: [micros, hold.id] };
  });
}

function timesOf({
  startsAt,
  endsAt,
  expiresAt,
}: Pick<typeof slotHolds.$inferSelect, 'startsAt' | 'endsAt' | 'expiresAt'>) {
  return { startsAt: startsAt.getTime(), endsAt: endsAt.getTime(), expiresAt: expiresAt.getTime() };
}
