import { expect, it } from 'vitest';
import { isCurrency, minorDigitsOf } from './money.ts';

it.each([
  ['EUR', 2],
  ['JPY', 0],
  ['KWD', 3],
  ['HUF', 2],
  ['IDR', 2],
  ['KRW', 0],
])('%s has %i digits behind the point', (currency, digits) => {
  expect(minorDigitsOf(currency)).toBe(digits);
});

it.each(['EUR', 'USD', 'JPY', 'KWD', 'CHF'])('%s is a currency', (code) => {
  expect(isCurrency(code)).toBe(true);
});

it.each(['eur', 'EURO', '', 'ZZZ', 'ISK', 'UGX', 'MGA'])('%s is none, or none that Stripe counts as we do', (code) => {
  expect(isCurrency(code)).toBe(false);
});
