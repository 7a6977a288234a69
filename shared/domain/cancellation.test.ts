import { expect, it } from 'vitest';
import { aBooking, clara, eve, hourMs, ten, theo } from '../../tests/support/builders.ts';
import { cancellingAs, refundQuote } from './cancellation.ts';

const booking = aBooking({ creditCost: 9, cancellationPolicy: { freeUntilHours: 24, lateRefundPercent: 50 } });
const freeUntil = ten - 24 * hourMs;

it('quotes the policy to the client', () => {
  expect(refundQuote(booking, 'client', freeUntil)).toEqual({ refundCredits: 9, percent: 100, freeUntil });
  expect(refundQuote(booking, 'client', freeUntil + 1)).toEqual({ refundCredits: 4, percent: 50, freeUntil });
});

it.each(['practitioner', 'ops'] as const)('quotes everything to the %s, however late', (by) => {
  expect(refundQuote(booking, by, ten + hourMs)).toEqual({ refundCredits: 9, percent: 100, freeUntil });
});

it('takes parties for what they are, others by their roles', () => {
  expect(cancellingAs(booking, { id: clara, roles: ['admin'] })).toBe('client');
  expect(cancellingAs(booking, { id: theo, roles: ['ops'] })).toBe('practitioner');
  expect(cancellingAs(booking, { id: eve, roles: ['ops'] })).toBe('ops');
  expect(cancellingAs(booking, { id: eve, roles: ['admin'] })).toBe('ops');
  expect(cancellingAs(booking, { id: eve, roles: ['client', 'practitioner', 'partner', 'vendor'] })).toBeNull();
});
