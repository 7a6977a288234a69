import type { UploadResultRow } from '../../db/queries/uploads.ts';

export const resultHeader = 'row,email,first_name,credits,result,message\n';

/** What spreadsheets take for the beginning of a formula. */
const formula = /^[=+\-@\t\r]/;

/** One row of a result; no cell of it is a formula to whoever opens it, whatever the file said (OWASP: CSV injection). */
export function resultLine({ line, email, firstName, credits, result, message }: UploadResultRow): string {
  const cells = [String(line), email, firstName, credits, result ?? '', message ?? ''];
  return `${cells.map(cellOf).join(',')}\n`;
}

function cellOf(value: string): string {
  const plain = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
