import { type Rejected, rejected } from '../domain/decision.ts';

/** The no of every kind that spends: what can be spent now, and what it would take. */
export function insufficientCredits(available: number, required: number): Rejected {
  return rejected('insufficient_credits', `Insufficient credits. Available: ${available}, required: ${required}`, {
    available,
    required,
  });
}
