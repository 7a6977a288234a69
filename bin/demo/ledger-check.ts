import { z } from 'zod';
import { fetchBody } from './api.ts';
import { everybodyIn } from './cast.ts';
import { readCredits } from './credits.ts';
import { inParallel } from './in-parallel.ts';
import type { Stage } from './stage.ts';

export interface LedgerCheck {
  readonly allocated: number;
  /** What the people of the demo have, less what they owe. */
  readonly withPeople: number;
  /** What their sessions have brought the house. */
  readonly revenue: number;
  readonly audit: Audit;
}

const audit = z.object({
  ok: z.boolean(),
  durationMs: z.number(),
  checks: z.array(z.object({ name: z.string(), violations: z.int() })),
});

type Audit = z.infer<typeof audit>;

const readersAtOnce = 8;

/** Compares the server's balances with our own arithmetic, and has the server check the whole ledger. */
export async function checkLedger({ send, cast, books, tally }: Stage): Promise<LedgerCheck> {
  let withPeople = 0;
  await inParallel(everybodyIn(cast), readersAtOnce, async (person) => {
    const { available, held, debt } = await readCredits(send, cast, person);
    withPeople += available + held - debt;
  });
  const { allocated, revenue } = books.totals();
  if (withPeople + revenue !== allocated) {
    tally.surprise(`${allocated} credits were allocated, but people have ${withPeople} and the house ${revenue}`);
  }

  const report = audit.parse(await fetchBody(send, { method: 'POST', path: '/v1/audit', token: cast.opsToken }));
  for (const { name, violations } of report.checks) {
    if (violations > 0) tally.surprise(`audit: ${name}: ${violations} violations (npm run audit shows more)`);
  }
  return { allocated, withPeople, revenue, audit: report };
}
