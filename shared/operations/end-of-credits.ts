import type { DatedCredits } from '../domain/lots.ts';

/**
 * The end that credits are given with, if they are. One that has passed between the request and its record is put off by
 * an instant: whoever gave them was in time.
 *
 * @param at epoch ms at which the operation counts
 */
export function endingOn(
  expiresAt: string | undefined,
  amount: number,
  at: number,
): { readonly opens?: readonly DatedCredits[] } {
  return expiresAt === undefined ? {} : { opens: [{ amount, expiresAt: Math.max(Date.parse(expiresAt), at + 1) }] };
}
