import { stringify } from 'csv-stringify/sync';
import type { TransactionRecord } from '../../db/queries/credits.ts';
import { transactionView } from './credits.ts';

/** The columns of a statement, named as in the JSON. */
const columns = [
  'id',
  'operationId',
  'type',
  'source',
  'amount',
  'balanceBefore',
  'balanceAfter',
  'referenceType',
  'referenceId',
  'description',
  'createdAt',
];

export const statementHeader = stringify([columns], { record_delimiter: '\r\n' });

/**
 * Lines of a statement as CSV (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe in front:
 * descriptions are written by other people. Numbers are written by us, and stay numbers when they are negative.
 */
export function statementLines(records: readonly TransactionRecord[]): string {
  return stringify(records.map(transactionView), {
    columns,
    record_delimiter: '\r\n',
    escape_formulas: true,
    cast: { number: (value) => ({ value: String(value), escape_formulas: false }) },
  });
}
