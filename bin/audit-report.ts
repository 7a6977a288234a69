import { invariants } from '../db/audit.ts';
import type { AuditRun } from '../db/audit-runs.ts';

const whatNext = `Nothing was changed.

What next: each line above is a row that breaks the rule; db/invariants.sql has the whole query under the rule's name.
Keep a copy of the database before anything else. Look at the operations that are named (GET /v1/operations/{id}) and
at what happened around them in the logs; correct balances with a new operation (POST /v1/allocations, source
"adjustment"), because what is in the ledger stays; then run npm run audit again.`;

/** An audit's report as a table, with what to do next when something is wrong. */
export function reportOf({ checks, durationMs, ok }: AuditRun): string {
  const guards = new Map(invariants().map((invariant) => [invariant.name, invariant.guards]));
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, violations, sample }) => {
    if (violations === 0) return [`  ok    ${name}`];
    return [
      `  FAIL  ${name.padEnd(width)}  ${counted(violations, 'violation')}`,
      `        ${guards.get(name) ?? ''}`,
      ...sample.map((row) => `          ${JSON.stringify(row)}`),
      ...(violations > sample.length ? [`          … and ${violations - sample.length} more`] : []),
    ];
  });
  const seconds = (durationMs / 1_000).toFixed(1);
  const failing = checks.filter(({ violations }) => violations > 0).length;
  const verdict = ok
    ? `All ${checks.length} checks hold (${seconds} s).`
    : `${failing} of ${counted(checks.length, 'check')} failed (${seconds} s). ${whatNext}`;
  return [...lines, '', verdict].join('\n');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
