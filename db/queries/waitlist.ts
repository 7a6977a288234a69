import { and, desc, eq, gt, isNotNull, sql } from 'drizzle-orm';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Interval } from '../../shared/domain/interval.ts';
import type { WaitlistEntry } from '../../shared/domain/state.ts';
import type { Tx } from '../client.ts';
import { slotHolds, waitlistEntries } from '../schema.ts';
import { isAfter, microsOf, type PageRequest, type TimeKeys } from './page.ts';

/** A place on a waitlist as it is shown. */
export interface WaitlistRecord
  extends Pick<WaitlistEntry, 'id' | 'clientId' | 'practitionerId' | 'status' | 'durationMinutes' | 'sessionType'>,
    Interval {
  /** What its client may book now. */
  readonly offer: OfferRecord | null;
  readonly createdAt: Date;
}

export interface OfferRecord {
  readonly holdId: Uuid;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly expiresAt: Date;
}

export interface WaitlistFilter {
  readonly party: { readonly id: Uuid; readonly as: 'client' | 'practitioner' };
  /** Epoch ms at which an offer must still be open to be shown. */
  readonly at: number;
}

/** Places on waitlists, newest first. */
export async function listWaitlist(
  { db }: Tx,
  { party, at }: WaitlistFilter,
  { limit, after }: PageRequest<TimeKeys>,
): Promise<{ readonly record: WaitlistRecord; readonly keys: TimeKeys }[]> {
  const offer = db
    .select({
      holdId: sql<Uuid>`${slotHolds.id}`.as('offer_hold_id'),
      startsAt: sql`${slotHolds.startsAt}`.mapWith(slotHolds.startsAt).as('offer_starts_at'),
      endsAt: sql`${slotHolds.endsAt}`.mapWith(slotHolds.endsAt).as('offer_ends_at'),
      expiresAt: sql`${slotHolds.expiresAt}`.mapWith(slotHolds.expiresAt).as('offer_expires_at'),
    })
    .from(slotHolds)
    .where(
      and(
        eq(slotHolds.waitlistEntryId, waitlistEntries.id),
        isNotNull(slotHolds.livePractitionerId),
        gt(slotHolds.expiresAt, new Date(at)),
      ),
    )
    .orderBy(desc(slotHolds.createdAt))
    .limit(1)
    .as('offer');
  const rows = await db
    .select({
      entry: waitlistEntries,
      holdId: offer.holdId,
      startsAt: offer.startsAt,
      endsAt: offer.endsAt,
      expiresAt: offer.expiresAt,
      micros: microsOf(waitlistEntries.createdAt),
    })
    .from(waitlistEntries)
    .leftJoinLateral(offer, sql`true`)
    .where(
      and(
        eq(party.as === 'client' ? waitlistEntries.clientId : waitlistEntries.practitionerId, party.id),
        isAfter(waitlistEntries.createdAt, waitlistEntries.id, after),
      ),
    )
    .orderBy(desc(waitlistEntries.createdAt), desc(waitlistEntries.id))
    .limit(limit);
  return rows.map(({ entry, micros, holdId, startsAt, endsAt, expiresAt }) => {
    const isOpen = holdId !== null && startsAt !== null && endsAt !== null && expiresAt !== null;
    const { id, clientId, practitionerId, status, durationMinutes, sessionType, createdAt } = entry;
    const range = { from: entry.beginsAt.getTime(), to: entry.endsAt.getTime() };
    const shown = { id, clientId, practitionerId, status, durationMinutes, sessionType, ...range, createdAt };
    return { record: { ...shown, offer: isOpen ? { holdId, startsAt, endsAt, expiresAt } : null }, keys: [micros, id] };
  });
}
