import type { WorkingState } from '../shared/domain/changes.ts';
import type { Footprint } from '../shared/domain/footprint.ts';
import type { Settings } from '../shared/domain/state.ts';
import { type CalendarClaim, calendarsOf, saysWhoseCalendars } from './calendars.ts';
import { type AccountRow, accountColumns, loadState, NotLockedError } from './load-state.ts';
import { type Queryable, statement } from './statement.ts';

/** The calendars of an operation, all of them claimed, and its state. */
export interface ClaimedState {
  readonly claim: CalendarClaim;
  readonly state: WorkingState;
}

// The subquery is no part of any row: PostgreSQL asks it once, first. When one of the calendars is held by somebody, or
// there is no such person, no account is touched: it may be the same somebody who holds that as well.
const lockBoth = statement<AccountRow>(
  'lock_calendars_and_accounts',
  `select ${accountColumns} from accounts
   where id = any($1::uuid[]) and $3 = (
     select count(*) from (
       select from users where id = any($2::uuid[]) order by id for no key update skip locked) as free)
   order by id for no key update`,
);

/**
 * Claims the calendars of one operation, locks its accounts and loads its state in one round trip, when nothing is in
 * the way; null when something is, and the usual road has to be taken. The locks are taken in the usual order, by the
 * first statement, and what is read is read by others after it: it is what earlier holders of the calendars committed.
 *
 * For one operation only: of a batch, something is in somebody's way more often than not.
 */
export async function claimAndLoad(
  on: Queryable,
  footprint: Footprint,
  settings: Settings,
): Promise<ClaimedState | null> {
  const claim: CalendarClaim = { parties: new Map(), busy: new Set() };
  const calendars = [...new Set(calendarsOf(footprint, claim.parties))];
  const hasBoth = calendars.length > 0 && (footprint.accounts ?? []).length > 0;
  if (!hasBoth || !saysWhoseCalendars(footprint)) return null;
  try {
    const state = await loadState(on, [footprint], claim, settings, (ids) =>
      lockBoth(on, [ids, calendars, calendars.length]),
    );
    return { claim, state };
  } catch (error) {
    if (error instanceof NotLockedError) return null;
    throw error;
  }
}
