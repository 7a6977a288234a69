import type { Effect, UploadAdvanced } from './effects.ts';
import type { Uuid } from './ids.ts';
import { type Outgoing, outgoingOfAssignment } from './outbox.ts';
import type { Assignment, Member, Partner } from './partner.ts';
import { lookup } from './state.ts';

/** What a batch has loaded about partners, and changes while it is decided. */
export interface PartnerState {
  readonly partners: Map<Uuid, Partner | null>;
  readonly members: Map<Uuid, Member | null>;
}

/** What a batch has to write about partners; rows that were changed several times appear once, in their last state. */
export interface PartnerChanges {
  readonly partners: Map<Uuid, Partner>;
  readonly membersCreated: Map<Uuid, Member>;
  readonly membersChanged: Map<Uuid, Member>;
  readonly assignmentsMade: Map<Uuid, Assignment>;
  readonly assignmentsClosed: Map<Uuid, Assignment>;
  readonly uploadsAdvanced: UploadAdvanced[];
}

export type PartnerEffect = Extract<
  Effect,
  {
    readonly type:
      | 'pool-funded'
      | 'member-created'
      | 'member-changed'
      | 'member-claimed'
      | 'member-removed'
      | 'credits-assigned'
      | 'assignment-closed'
      | 'upload-advanced';
  }
>;

export function noPartnerChanges(): PartnerChanges {
  return {
    partners: new Map(),
    membersCreated: new Map(),
    membersChanged: new Map(),
    assignmentsMade: new Map(),
    assignmentsClosed: new Map(),
    uploadsAdvanced: [],
  };
}

/** The part of `apply` that is about partners; answers with what is to be told outside. */
export function applyToPartners(state: PartnerState, changes: PartnerChanges, effect: PartnerEffect): Outgoing[] {
  switch (effect.type) {
    case 'pool-funded': {
      const { funded } = present(state.partners, effect.partnerId);
      changePartner(state, changes, effect.partnerId, { funded: funded + effect.amount });
      break;
    }
    case 'member-created':
      state.members.set(effect.member.id, effect.member);
      changes.membersCreated.set(effect.member.id, effect.member);
      break;
    case 'member-changed':
      changeMember(state, changes, effect.memberId, { firstName: effect.firstName });
      break;
    case 'member-claimed': {
      const member = changeMember(state, changes, effect.memberId, { userId: effect.userId });
      const open = member.assignments.filter(({ status }) => status === 'open');
      const amount = open.reduce((sum, assignment) => sum + assignment.amount, 0);
      return outgoingOfAssignment(member, present(state.partners, member.partnerId), { amount, expiresAt: null });
    }
    case 'member-removed':
      changeMember(state, changes, effect.memberId, { status: 'removed', active: false });
      break;
    case 'credits-assigned': {
      const member = assign(state, changes, effect.assignment);
      return outgoingOfAssignment(member, present(state.partners, member.partnerId), effect.assignment);
    }
    case 'assignment-closed':
      close(state, changes, effect);
      break;
    case 'upload-advanced':
      // One part of an upload in a batch: nobody reads it again before it is written.
      changes.uploadsAdvanced.push(effect);
      break;
    default:
      effect satisfies never;
  }
  return [];
}

function assign(state: PartnerState, changes: PartnerChanges, assignment: Assignment): Member {
  const { creditsAssigned, assignments } = present(state.members, assignment.memberId);
  changes.assignmentsMade.set(assignment.id, assignment);
  return changeMember(state, changes, assignment.memberId, {
    creditsAssigned: creditsAssigned + assignment.amount,
    assignments: [...assignments, assignment],
  });
}

function close(
  state: PartnerState,
  changes: PartnerChanges,
  { memberId, assignmentId, returned, expired }: Extract<PartnerEffect, { readonly type: 'assignment-closed' }>,
): void {
  const { assignments, partnerId } = present(state.members, memberId);
  const known = assignments.find(({ id }) => id === assignmentId);
  if (known === undefined) throw new Error(`assignment ${assignmentId} is closed but does not exist`);
  // It may be closed already: what was refunded after that ends by itself.
  const closed: Assignment = {
    ...known,
    returned: known.returned + returned,
    expired: known.expired + expired,
    status: 'closed',
  };
  if (closed.returned + closed.expired > closed.amount)
    throw new Error(`assignment ${assignmentId} gives back too much`);
  if (expired > 0) {
    const { expired: before } = present(state.partners, partnerId);
    changePartner(state, changes, partnerId, { expired: before + expired });
  }
  // One made and closed in one batch is inserted once, as it ended.
  const written = changes.assignmentsMade.has(assignmentId) ? changes.assignmentsMade : changes.assignmentsClosed;
  written.set(assignmentId, closed);
  changeMember(state, changes, memberId, {
    assignments: assignments.map((one) => (one.id === assignmentId ? closed : one)),
  });
}

function changePartner(state: PartnerState, changes: PartnerChanges, partnerId: Uuid, change: Partial<Partner>): void {
  const partner = { ...present(state.partners, partnerId), ...change };
  state.partners.set(partnerId, partner);
  changes.partners.set(partnerId, partner);
}

function changeMember(state: PartnerState, changes: PartnerChanges, memberId: Uuid, change: Partial<Member>): Member {
  const member = { ...present(state.members, memberId), ...change };
  state.members.set(memberId, member);
  const written = changes.membersCreated.has(memberId) ? changes.membersCreated : changes.membersChanged;
  written.set(memberId, member);
  return member;
}

function present<Row>(rows: ReadonlyMap<Uuid, Row | null>, key: Uuid): Row {
  const row = lookup(rows, key);
  if (row === null) throw new Error(`row ${key} is changed but does not exist`);
  return row;
}
