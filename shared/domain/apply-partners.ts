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
      const partner = present(state.partners, effect.partnerId);
      const funded = { ...partner, funded: partner.funded + effect.amount };
      state.partners.set(partner.id, funded);
      changes.partners.set(partner.id, funded);
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
  { memberId, assignmentId, returned }: Extract<PartnerEffect, { readonly type: 'assignment-closed' }>,
): void {
  const { assignments } = present(state.members, memberId);
  const open = assignments.find(({ id }) => id === assignmentId);
  if (open === undefined) throw new Error(`assignment ${assignmentId} is closed but does not exist`);
  const closed: Assignment = { ...open, returned, status: 'closed' };
  // One made and closed in one batch is inserted once, as it ended.
  const written = changes.assignmentsMade.has(assignmentId) ? changes.assignmentsMade : changes.assignmentsClosed;
  written.set(assignmentId, closed);
  changeMember(state, changes, memberId, {
    assignments: assignments.map((one) => (one.id === assignmentId ? closed : one)),
  });
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
