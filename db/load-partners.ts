import { absent } from '../shared/domain/absent.ts';
import { creditsOf, poolOf, unclaimedOf } from '../shared/domain/accounts.ts';
import { distinct } from '../shared/domain/distinct.ts';
import { type Footprint, named, type UploadWanted } from '../shared/domain/footprint.ts';
import { groupedBy } from '../shared/domain/grouped-by.ts';
import type { Uuid } from '../shared/domain/ids.ts';
import { type Assignment, type Member, type MemberStatus, memberIdOf, type Partner } from '../shared/domain/partner.ts';
import { purseOf } from '../shared/domain/partner-credits.ts';
import type { Upload } from '../shared/domain/upload.ts';
import { loadUploads } from './load-uploads.ts';
import { type Queryable, sendTogether, statement } from './statement.ts';

/** What a batch may read about partners, and the accounts that belong to it. */
export interface LoadedPartners {
  readonly partners: Map<Uuid, Partner | null>;
  readonly ownPartners: ReadonlyMap<Uuid, Uuid | null>;
  readonly members: Map<Uuid, Member | null>;
  readonly uploads: ReadonlyMap<Uuid, Upload | null>;
  /** Still to be locked, with those of everybody else. */
  readonly accounts: readonly Uuid[];
}

/**
 * Locks the partners that the footprints are about, and reads them and their members. A member has no lock of its own:
 * whoever changes one holds its partner. Costs nothing where no footprint is about partners.
 */
export async function loadPartners(on: Queryable, footprints: readonly Footprint[]): Promise<LoadedPartners> {
  const ids = distinct(named(footprints, 'partners'));
  const owners = distinct(named(footprints, 'ownPartners'));
  const memberIds = distinct(named(footprints, 'members'));
  const wanted = named(footprints, 'uploads');
  const partners = absent<Uuid, Partner>(ids);
  const ownPartners = absent<Uuid, Uuid>(owners);
  const members = absent<Uuid, Member>(memberIds);
  if (ids.length + owners.length + memberIds.length === 0) {
    return { partners, ownPartners, members, uploads: new Map(), accounts: [] };
  }

  const locked = await lockPartners(on, [ids, owners, memberIds]);
  for (const row of locked.rows) {
    partners.set(row.id, partnerOf(row));
    if (ownPartners.has(row.owner_user_id)) ownPartners.set(row.owner_user_id, row.id);
  }
  const uploads = wanted.length === 0 ? new Map<Uuid, Upload | null>() : await loadUploads(on, wanted);
  for (const id of membersIn(wanted, uploads, ownPartners)) members.set(id, null);
  for (const member of await readMembers(on, [...members.keys()], locked.rows)) members.set(member.id, member);

  const pools = locked.rows.flatMap(({ id }) => [poolOf(id), unclaimedOf(id)]);
  const purses = [...members.values()].flatMap((member) => (member === null ? [] : [purseOf(member)]));
  const users = [...uploads.values()].flatMap((upload) => [...(upload?.users.values() ?? [])].map(creditsOf));
  return { partners, ownPartners, members, uploads, accounts: distinct([...pools, ...purses, ...users]) };
}

/** The members whom the rows of uploads are about. */
function membersIn(
  wanted: readonly UploadWanted[],
  uploads: ReadonlyMap<Uuid, Upload | null>,
  ownPartners: ReadonlyMap<Uuid, Uuid | null>,
): Uuid[] {
  return wanted.flatMap(({ uploadId, ownerId }) => {
    const partnerId = ownPartners.get(ownerId) ?? null;
    const rows = uploads.get(uploadId)?.rows ?? [];
    return partnerId === null ? [] : rows.map(({ email }) => memberIdOf(partnerId, email));
  });
}

interface PartnerRow {
  readonly id: Uuid;
  readonly name: string;
  readonly owner_user_id: Uuid;
  readonly expiry_days: number;
  readonly on_expiry: Partner['onExpiry'];
  readonly member_cap_credits: string | null;
  readonly member_cap_days: number | null;
  readonly funded: string;
  readonly expired: string;
}

const lockPartners = statement<PartnerRow>(
  'lock_partners',
  `select id, name, owner_user_id, expiry_days, on_expiry, member_cap_credits, member_cap_days, funded, expired
   from partners
   where id = any(array(
     select unnest($1::uuid[])
     union all
     select p.id from partners p where p.owner_user_id = any($2::uuid[])
     union all
     select m.partner_id from partner_members m where m.id = any($3::uuid[])))
   order by id for no key update`,
);

function partnerOf(row: PartnerRow): Partner {
  const { member_cap_credits: credits, member_cap_days: days } = row;
  return {
    id: row.id,
    name: row.name,
    ownerId: row.owner_user_id,
    expiryDays: row.expiry_days,
    onExpiry: row.on_expiry,
    memberCap: credits === null || days === null ? null : { credits: Number(credits), days },
    funded: Number(row.funded),
    expired: Number(row.expired),
  };
}

interface MemberRow {
  readonly id: Uuid;
  readonly partner_id: Uuid;
  readonly email: string;
  readonly first_name: string;
  readonly status: MemberStatus;
  readonly active: boolean;
  readonly user_id: Uuid | null;
  readonly credits_assigned: string;
}

const selectMembers = statement<MemberRow>(
  'read_members',
  `select m.id, m.partner_id, m.email, m.first_name, m.status, m.user_id, m.credits_assigned,
          m.status = 'active' and (m.user_id is null or (u.active and u.deleted_at is null)) as active
   from partner_members m left join users u on u.id = m.user_id where m.id = any($1::uuid[])`,
);

interface AssignmentRow {
  readonly id: Uuid;
  readonly partner_id: Uuid;
  readonly member_id: Uuid;
  readonly operation_id: Uuid;
  readonly amount: string;
  readonly returned: string;
  readonly expired: string;
  readonly status: Assignment['status'];
  readonly assigned_ms: number;
  readonly expires_ms: number;
}

// What was refunded after its assignment was closed is in the account until it ends.
const selectAssignments = statement<AssignmentRow>(
  'read_assignments',
  `select s.id, s.partner_id, s.member_id, s.operation_id, s.amount, s.returned, s.expired, s.status,
          (extract(epoch from s.assigned_at) * 1000)::float8 as assigned_ms,
          (extract(epoch from s.expires_at) * 1000)::float8 as expires_ms
   from partner_assignments s
   where s.member_id = any($1::uuid[])
     and (s.status = 'open' or s.assigned_at > now() - make_interval(days => $2)
          or exists (select from lots l
                     where l.account_id = (select m.user_id from partner_members m where m.id = s.member_id)
                       and l.remaining > 0 and l.origin_id = s.id))
   order by s.assigned_at, s.id`,
);

async function readMembers(on: Queryable, ids: readonly Uuid[], partners: readonly PartnerRow[]): Promise<Member[]> {
  if (ids.length === 0) return [];
  // A day more: what counts is the time at which an operation was accepted, which lies a little back.
  const capDays = Math.max(0, ...partners.map(({ member_cap_days: days }) => (days === null ? 0 : days + 1)));
  const [found, assigned] = await sendTogether(on, () => [
    selectMembers(on, [ids]),
    selectAssignments(on, [ids, capDays]),
  ]);
  const assignments = groupedBy(assigned.rows, ({ member_id: id }) => id);
  return found.rows.map((row) => memberOf(row, (assignments.get(row.id) ?? []).map(assignmentOf)));
}

function memberOf(row: MemberRow, assignments: readonly Assignment[]): Member {
  return {
    id: row.id,
    partnerId: row.partner_id,
    email: row.email,
    firstName: row.first_name,
    userId: row.user_id,
    status: row.status,
    active: row.active,
    creditsAssigned: Number(row.credits_assigned),
    assignments,
  };
}

function assignmentOf(row: AssignmentRow): Assignment {
  return {
    id: row.id,
    partnerId: row.partner_id,
    memberId: row.member_id,
    operationId: row.operation_id,
    amount: Number(row.amount),
    returned: Number(row.returned),
    expired: Number(row.expired),
    status: row.status,
    assignedAt: row.assigned_ms,
    expiresAt: row.expires_ms,
  };
}
