import { once } from 'node:events';
import type { Response } from 'express';
import type { LedgerKeys, TransactionRecord } from '../../db/queries/credits.ts';
import { setCommonHeaders } from '../http/exchange.ts';
import { statementHeader, statementLines } from '../representations/statement-csv.ts';

interface StatementRow {
  readonly record: TransactionRecord;
  readonly keys: LedgerKeys;
}

/** Large enough that a statement of years is a few reads, small enough to be held in memory by many callers at once. */
const rowsPerRead = 1_000;

/**
 * Answers with a whole statement as CSV, a page at a time: no more than one page is held, and the next is read when the
 * caller has taken the one before. What is posted meanwhile comes before what was read, and is not in it.
 */
export async function sendStatement(
  res: Response,
  read: (page: { readonly limit: number; readonly after: LedgerKeys | null }) => Promise<readonly StatementRow[]>,
): Promise<void> {
  let rows = await read({ limit: rowsPerRead, after: null });
  setCommonHeaders(res);
  res.setHeader('Content-Type', 'text/csv; charset=utf-8');
  res.setHeader('Content-Disposition', 'attachment; filename="transactions.csv"');
  res.setHeader('Cache-Control', 'no-store');
  res.write(statementHeader);
  while (rows.length > 0) {
    await written(res, statementLines(rows.map(({ record }) => record)));
    if (res.destroyed) return;
    const last = rows.at(-1);
    rows = rows.length < rowsPerRead || last === undefined ? [] : await read({ limit: rowsPerRead, after: last.keys });
  }
  res.end();
}

/** Waits until there is room for more, or nobody to take it. */
async function written(res: Response, text: string): Promise<void> {
  if (res.write(text) || res.destroyed) return;
  const gone = new AbortController();
  try {
    await Promise.race([once(res, 'drain', { signal: gone.signal }), once(res, 'close', { signal: gone.signal })]);
  } finally {
    gone.abort();
  }
}
