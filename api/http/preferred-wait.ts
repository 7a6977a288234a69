import type { IncomingMessage } from 'node:http';

/** Contract §2: a wait beyond its range is clamped, and echoed as it was applied. */
const waitSecondsMax = 30;

/**
 * The seconds of `Prefer: wait=N` (RFC 7240), 0 to 30; null when the header is absent or does not say a number, which
 * by its RFC is no error.
 */
export function preferredWaitOf({ headers }: IncomingMessage): number | null {
  const { prefer } = headers;
  if (prefer === undefined) return null;
  for (const preference of String(prefer).split(',')) {
    const [, sign, digits] = /^\s*wait\s*=\s*"?([+-]?)(\d+)"?\s*(?:;.*)?$/i.exec(preference) ?? [];
    if (digits !== undefined) return sign === '-' ? 0 : Math.min(Number(digits), waitSecondsMax);
  }
  return null;
}
