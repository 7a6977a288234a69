/** Sends a statement when there is something to write; it must meet so many rows. */
export async function write(
  what: string,
  rows: number,
  send: () => Promise<{ rowCount: number | null }>,
): Promise<void> {
  if (rows > 0) assertRows(what, (await send()).rowCount, rows);
}

/** The rows under our locks are not the rows that we read: a bug, and nothing may be committed on top of it. */
class RowsMissingError extends Error {
  constructor(what: string, found: number, expected: number) {
    super(`${what}: ${found} rows, expected ${expected}`);
    this.name = 'RowsMissingError';
  }
}

export function assertRows(what: string, found: number | null, expected: number): void {
  if (found !== expected) throw new RowsMissingError(what, found ?? 0, expected);
}
