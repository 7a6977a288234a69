/*
 * Minor units by ISO 4217 (list one, 2024). Not from `Intl`: its digits are those that people write, which for HUF or
 * IDR are fewer.
 */

const withoutMinorUnit = 'BIF CLP DJF GNF JPY KMF KRW PYG RWF VND VUV XAF XOF XPF';
const withThreeDigits = 'BHD IQD JOD KWD LYD OMR TND';

/** Currencies that Stripe counts in other units than ISO 4217 does: a charge of them would be of another amount. */
const countedOtherwise: ReadonlySet<string> = new Set(['ISK', 'MGA', 'UGX']);

const digits: ReadonlyMap<string, number> = new Map([
  ...Intl.supportedValuesOf('currency').map((currency) => [currency, 2] as const),
  ...withoutMinorUnit.split(' ').map((currency) => [currency, 0] as const),
  ...withThreeDigits.split(' ').map((currency) => [currency, 3] as const),
]);

/** Whether something can be sold for it: an ISO 4217 code, in capitals. */
export function isCurrency(code: string): boolean {
  return digits.has(code) && !countedOtherwise.has(code);
}

/** How many digits its minor unit has: 2 for EUR, 0 for JPY, 3 for KWD. */
export function minorDigitsOf(currency: string): number {
  return digits.get(currency) ?? 2;
}
