import { and, desc, eq, type SQL } from 'drizzle-orm';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { MemberCap, MemberStatus, Partner } from '../../shared/domain/partner.ts';
import type { Tx } from '../client.ts';
import { partnerMembers, partners } from '../schema.ts';
import { isAfter, microsOf, type PageRequest, type TimeKeys } from './page.ts';

/** A partner as it is shown. */
export interface PartnerRecord {
  readonly id: Uuid;
  readonly name: string;
  readonly ownerUserId: Uuid;
  readonly expiryDays: number;
  readonly onExpiry: Partner['onExpiry'];
  readonly memberCap: MemberCap | null;
}

export interface MemberRecord {
  readonly id: Uuid;
  readonly partnerId: Uuid;
  readonly firstName: string;
  readonly email: string;
  readonly status: MemberStatus;
  readonly userId: Uuid | null;
  readonly creditsAssigned: number;
  readonly createdAt: Date;
}

export async function readPartner(tx: Tx, id: Uuid): Promise<PartnerRecord | null> {
  return readWhere(tx, eq(partners.id, id));
}

/** The partner of the user who acts for it. */
export async function readOwnPartner(tx: Tx, ownerId: Uuid): Promise<PartnerRecord | null> {
  return readWhere(tx, eq(partners.ownerUserId, ownerId));
}

async function readWhere({ db }: Tx, condition: SQL): Promise<PartnerRecord | null> {
  const [row] = await db.select().from(partners).where(condition);
  if (row === undefined) return null;
  const { id, name, ownerUserId, expiryDays, onExpiry, memberCapCredits: credits, memberCapDays: days } = row;
  const memberCap = credits === null || days === null ? null : { credits, days };
  return { id, name, ownerUserId, expiryDays, onExpiry, memberCap };
}

/** The members of a partner, newest first; `status` undefined: also those that were removed. */
export async function listMembers(
  { db }: Tx,
  { partnerId, status }: { readonly partnerId: Uuid; readonly status: MemberStatus | undefined },
  { limit, after }: PageRequest<TimeKeys>,
): Promise<{ readonly record: MemberRecord; readonly keys: TimeKeys }[]> {
  const { id, createdAt } = partnerMembers;
  const rows = await db
    .select({ record: partnerMembers, micros: microsOf(createdAt) })
    .from(partnerMembers)
    .where(
      and(
        eq(partnerMembers.partnerId, partnerId),
        status === undefined ? undefined : eq(partnerMembers.status, status),
        isAfter(createdAt, id, after),
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(limit);
  return rows.map(({ record, micros }) => ({ record, keys: [micros, record.id] }));
}

export async function readMember({ db }: Tx, id: Uuid): Promise<MemberRecord | null> {
  const [row] = await db.select().from(partnerMembers).where(eq(partnerMembers.id, id));
  return row ?? null;
}
