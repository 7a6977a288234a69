import type { Effect } from '../../domain/effects.ts';
import type { Uuid } from '../../domain/ids.ts';
import { type Move, post } from '../../domain/ledger.ts';
import { type Assignment, assignmentIdOf, type Member, memberIdOf, type Partner } from '../../domain/partner.ts';
import { availableIn, dayMs } from '../../domain/partner-credits.ts';
import { lookup, type State } from '../../domain/state.ts';
import type { RowCode, RowError, RowResult, Upload, UploadRow, UploadTotals } from '../../domain/upload.ts';
import { assignmentMove, assignmentRefusal } from '../assigning-credits.ts';
import { type MemberRow, readRow } from './read-row.ts';

export interface ImportContext {
  readonly operationId: Uuid;
  readonly at: number;
  /** Says what would happen, and changes nothing. */
  readonly isDryRun: boolean;
}

export interface ImportedRows {
  readonly effects: readonly Effect[];
  readonly results: readonly RowResult[];
  readonly totals: UploadTotals;
  readonly errors: readonly RowError[];
}

/** What the rows so far have come to; only `importRows` changes it. */
interface Progress {
  available: number;
  /** Members as they are after the rows so far, by id; what is not in it is as it was loaded. */
  readonly members: Map<Uuid, Member>;
  readonly people: Effect[];
  readonly moves: Move[];
  readonly assigned: Effect[];
}

/** Decides the loaded rows of a file, each on what the ones before it have left (003-21 to 003-24). */
export function importRows(state: State, partner: Partner, upload: Upload, context: ImportContext): ImportedRows {
  const spent = context.isDryRun ? upload.totals.allocated : 0;
  const available = availableIn(state, partner) - spent;
  const progress: Progress = { available, members: new Map(), people: [], moves: [], assigned: [] };
  const results = upload.rows.map((row) => importRow(state, partner, upload, { context, progress, row }));

  const { people, moves, assigned } = progress;
  // All movements at once: what a receiver owes is repaid from the first of theirs, and not again from the next.
  const effects = context.isDryRun ? [] : [...people, ...post(state, moves), ...assigned];
  return { effects, results, totals: totalsOf(upload.totals, results), errors: errorsOf(upload.rows, results) };
}

interface RowImport {
  readonly context: ImportContext;
  readonly progress: Progress;
  readonly row: UploadRow;
}

function importRow(state: State, partner: Partner, upload: Upload, { context, progress, row }: RowImport): RowResult {
  const { position } = row;
  const failed = (code: RowCode, message: string): RowResult => ({ position, result: code, message, credits: 0 });
  const wanted = readRow(row);
  if ('code' in wanted) return failed(wanted.code, wanted.message);

  const known = knownMember(state, partner, upload, { context, progress, wanted });
  const member = known ?? newMember(partner, upload, wanted);
  const { credits } = wanted;
  const { available } = progress;
  const refusal = assignmentRefusal(partner, member, { credits, available, at: context.at });
  if (refusal !== null) return failed(rowCodeOf(refusal.rejection.code), refusal.rejection.message);

  if (known === null) progress.people.push({ type: 'member-created', member });
  else if (known.firstName !== wanted.firstName)
    progress.people.push({ type: 'member-changed', memberId: known.id, firstName: wanted.firstName });
  const named = { ...member, firstName: wanted.firstName };
  progress.members.set(member.id, credits === 0 ? named : assign(partner, named, { context, progress, row }, credits));
  return { position, result: known === null ? 'created' : 'updated', message: null, credits };
}

/** Null for an address that is new. */
function knownMember(
  state: State,
  partner: Partner,
  upload: Upload,
  { context, progress, wanted }: Omit<RowImport, 'row'> & { readonly wanted: MemberRow },
): Member | null {
  const id = memberIdOf(partner.id, wanted.email);
  const changed = progress.members.get(id);
  if (changed !== undefined) return changed;
  const stored = lookup(state.members, id);
  const earlier = context.isDryRun ? upload.earlier.get(wanted.email.toLowerCase()) : undefined;
  if (earlier === undefined) return stored;

  // What earlier parts of a dry run would have done is nowhere but in their results.
  const member = stored ?? newMember(partner, upload, wanted);
  if (earlier.credits === 0) return member;
  const given = assignmentOf(partner, member, { context, position: -1, amount: earlier.credits });
  return { ...member, assignments: [...member.assignments, given] };
}

function newMember(partner: Partner, upload: Upload, { email, firstName }: MemberRow): Member {
  return {
    id: memberIdOf(partner.id, email),
    partnerId: partner.id,
    email,
    firstName,
    userId: upload.users.get(email.toLowerCase()) ?? null,
    status: 'active',
    active: true,
    creditsAssigned: 0,
    assignments: [],
  };
}

function assign(partner: Partner, member: Member, { context, progress, row }: RowImport, amount: number): Member {
  const assignment = assignmentOf(partner, member, { context, position: row.position, amount });
  progress.available -= amount;
  progress.moves.push(assignmentMove(member, assignment));
  progress.assigned.push({ type: 'credits-assigned', assignment });
  return { ...member, assignments: [...member.assignments, assignment] };
}

function assignmentOf(
  partner: Partner,
  member: Member,
  {
    context,
    position,
    amount,
  }: { readonly context: ImportContext; readonly position: number; readonly amount: number },
): Assignment {
  const { operationId, at } = context;
  return {
    // Of the operation and the row: a part that is decided again writes the same.
    id: assignmentIdOf(operationId, position),
    partnerId: partner.id,
    memberId: member.id,
    operationId,
    amount,
    returned: 0,
    expired: 0,
    status: 'open',
    assignedAt: at,
    expiresAt: at + partner.expiryDays * dayMs,
  };
}

function rowCodeOf(code: string): RowCode {
  if (code === 'member_inactive' || code === 'member_cap_exceeded') return code;
  return 'insufficient_pool';
}

function totalsOf(before: UploadTotals, results: readonly RowResult[]): UploadTotals {
  const count = (result: RowResult['result']) => results.filter((row) => row.result === result).length;
  const [created, updated] = [count('created'), count('updated')];
  return {
    done: before.done + results.length,
    created: before.created + created,
    updated: before.updated + updated,
    allocated: before.allocated + results.reduce((sum, { credits }) => sum + credits, 0),
    failed: before.failed + results.length - created - updated,
  };
}

function errorsOf(rows: readonly UploadRow[], results: readonly RowResult[]): RowError[] {
  return rows.flatMap(({ line: row, email }, index) => {
    const { result: code, message } = results[index] ?? { result: 'created', message: null };
    return message === null ? [] : [{ row, email, code, message }];
  });
}
