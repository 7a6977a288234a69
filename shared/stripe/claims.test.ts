import { describe, expect, it } from 'vitest';
import { claimsOf, creditsOfLines, creditsOfProrations, type Plan } from './claims.ts';
import type { PaidLine } from './facts.ts';

const plan = (creditsPerPeriod: number): Plan => ({
  name: 'Plan',
  stripePriceId: 'price',
  creditsPerPeriod,
  expiresAfterDays: null,
  rolloverMax: null,
  drip: null,
});
const plans: Readonly<Record<string, Plan>> = { basic: plan(10), pro: plan(40), huge: plan(1_000_000_000) };
const planOf = ({ price }: PaidLine) => plans[price ?? ''] ?? plan(0);

function line(changes: Partial<PaidLine> = {}): PaidLine {
  return { kind: 'recurring', price: 'basic', quantity: 1, amount: 1_000, start: 0, end: 3_000, ...changes };
}

const change = (amount: number, changes: Partial<PaidLine> = {}) =>
  line({ kind: 'proration', amount, start: 2_000, ...changes });

describe('what was paid for', () => {
  it('is a claim for each period, one for what was bought once, one for a change', () => {
    const lines = [line(), line({ price: 'pro' }), line({ start: 3_000 }), line({ kind: 'once' }), change(5)];
    expect(claimsOf(lines).map(({ kind, start, lines: own }) => [kind, start, own.length])).toEqual([
      ['period', 0, 2],
      ['period', 3_000, 1],
      ['purchase', null, 1],
      ['proration', null, 1],
    ]);
  });

  it.each([0, -1_000])('is nothing for a line of %i: a trial, a free price, something taken off', (amount) => {
    expect(claimsOf([line({ amount }), line({ kind: 'once', amount })])).toEqual([]);
  });

  it('counts a line whose amount is not said', () => {
    expect(claimsOf([line({ amount: null })])).toHaveLength(1);
  });

  it('gives the credits of each plan times the quantity', () => {
    expect(creditsOfLines([line({ quantity: 3 }), line({ price: 'pro' })], planOf)).toBe(70);
  });
});

describe('a change in mid-period', () => {
  const periods = [
    { start: 3_000, end: 6_000 },
    { start: 0, end: 3_000 },
  ];

  it.each<[string, PaidLine[], number]>([
    [
      'to more: the difference for the time that is left, rounded up',
      [change(-333), change(1_333, { price: 'pro' })],
      10,
    ],
    ['a little later', [change(-300, { start: 2_001 }), change(1_300, { price: 'pro', start: 2_001 })], 10],
    ['to less: nothing, and nothing is taken', [change(-1_333, { price: 'pro' }), change(333)], 0],
    ['of the quantity', [change(-333), change(1_666, { quantity: 5 })], 14],
    ['one that cost nothing either way', [change(-333), change(333)], 0],
  ])('%s', (_, lines, credits) => {
    expect(creditsOfProrations(lines, planOf, periods)).toBe(credits);
  });

  it('waits for a period that is not known', () => {
    expect(creditsOfProrations([change(10)], planOf, [])).toBeNull();
    expect(creditsOfProrations([change(10, { end: null })], planOf, periods)).toBeNull();
    expect(creditsOfProrations([change(10, { start: null })], planOf, periods)).toBeNull();
  });

  it('is reckoned in whole numbers, however large', () => {
    const lines = [change(1, { price: 'huge', start: 1 })];
    expect(creditsOfProrations(lines, planOf, [{ start: 0, end: 3_000 }])).toBe(999_666_667);
  });
});
