import type { PeerSettlement } from '../../shared/domain/state.ts';
import { sponsored } from './history-cast.ts';
import type { DirectoryChange } from './history-steps.ts';
import type { Credit, NaiveCredits } from './naive-credits.ts';

/* What there is, in arrays and plain loops: people, sessions, slot holds, members of partners, and credits. */

export interface Session {
  readonly id: string;
  readonly client: string;
  readonly practitioner: string;
  readonly peer: boolean;
  readonly type: string;
  readonly minutes: number;
  start: number;
  end: number;
  buffer: number;
  cost: number;
  /** The earliest that it ever was to start: late cancellations are measured from there. */
  earliestStart: number;
  readonly freeUntilHours: number;
  readonly lateRefundPercent: number;
  cancelled: boolean;
  /** How it went, once that was said. */
  over: 'completed' | 'no_show' | null;
  refunded: number;
  /** Whether its cost is set aside until it is over. */
  readonly escrow: boolean;
  /** The very credits that have paid for it, in the order in which they were taken. */
  paid: Credit[];
}

export interface Keep {
  readonly id: string;
  readonly holder: string;
  readonly practitioner: string;
  readonly start: number;
  readonly end: number;
  readonly buffer: number;
  readonly dies: number;
}

export interface Sponsored {
  readonly id: string;
  readonly partner: string;
  user: string | null;
  removed: boolean;
  given: Given[];
}

/** What a member was given at once. */
export interface Given {
  readonly id: string;
  readonly amount: number;
  readonly at: number;
  readonly until: number;
  open: boolean;
  /** How much of it went back into the pool. */
  returned: number;
}

export interface NaiveModel extends NaiveCredits {
  /** How peer sessions are paid that are booked from now on. */
  settles: PeerSettlement;
  readonly sponsored: Sponsored[];
  readonly people: DirectoryChange[];
  readonly sessions: Session[];
  /** Slot holds that nobody has ended; some may be over. */
  keeps: Keep[];
}

export function aNaiveModel(): NaiveModel {
  const members = sponsored.map(({ id, partnerId: partner, userId: user }) => {
    return { id, partner, user, removed: false, given: [] };
  });
  return {
    settles: 'at_booking',
    sponsored: members,
    people: [],
    sessions: [],
    keeps: [],
    credits: {},
    lots: [],
    gifts: [],
    debt: {},
    held: {},
  };
}

export function changeDirectory(model: NaiveModel, change: DirectoryChange): void {
  const index = model.people.findIndex((person) => person.id === change.id);
  if (index >= 0) model.people.splice(index, 1);
  model.people.push(change);
}

export function find(model: NaiveModel, id: string): DirectoryChange | undefined {
  return model.people.find((person) => person.id === id && !person.deleted);
}

export type Practice = NonNullable<DirectoryChange['practice']>;
