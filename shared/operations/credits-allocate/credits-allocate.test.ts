import { describe, expect, it } from 'vitest';
import { ZodError, z } from 'zod';
import { aCommand, anAccount, aPerson, clara, eve, now, ten } from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house } from '../../domain/accounts.ts';
import { type CreditsAllocate, creditsAllocate, decide, footprint } from './credits-allocate.ts';

type Payload = CreditsAllocate['payload'];

const bonus: Payload = { userId: clara, amount: 20, source: 'bonus' };
const takeAway: Payload = { userId: clara, amount: -20, source: 'adjustment' };

function answer(payload: Payload, rows: Rows = {}) {
  const command = aCommand(payload, { caller: { id: eve, roles: ['admin'] } });
  return decide(aState({ people: [aPerson()], accounts: [anAccount()], ...rows }, footprint(command)), command);
}

it('asks for the receiver alone: who allocates need not be in the directory', () => {
  expect(footprint(aCommand(bonus))).toEqual({ people: [clara], accounts: [clara] });
});

describe('rejections', () => {
  it.each<[string, Payload, Rows]>([
    ['recipient_not_found', bonus, { people: [] }],
    ['recipient_not_found', bonus, { people: [aPerson({ deleted: true })] }],
    ['recipient_not_found', takeAway, { people: [], accounts: [] }],
    ['insufficient_credits', takeAway, { accounts: [] }],
    ['insufficient_credits', takeAway, { accounts: [anAccount({ balance: 19 })] }],
    ['insufficient_credits', takeAway, { accounts: [anAccount({ balance: 39, held: 20 })] }],
  ])('%s', (code, payload, rows) => {
    expect(answer(payload, rows)).toMatchObject({ rejection: { code } });
  });

  it('says what was available and what it would take', () => {
    expect(answer(takeAway, { accounts: [anAccount({ balance: 39, held: 20 })] })).toMatchObject({
      rejection: {
        message: 'Insufficient credits. Available: 19, required: 20',
        details: { available: 19, required: 20 },
      },
    });
  });
});

describe('an accepted allocation', () => {
  it('opens a lot when it has an end; one that passed on the way is put off by an instant', () => {
    const opens = (expiresAt: string) => {
      const { effects } = z
        .object({ effects: z.array(z.looseObject({ transfer: z.looseObject({}) })) })
        .parse(answer({ ...bonus, expiresAt }));
      return effects.map(({ transfer }) => transfer.opens);
    };
    expect(opens(new Date(ten).toISOString())).toEqual([[{ amount: 20, expiresAt: ten }]]);
    expect(opens(new Date(now).toISOString())).toEqual([[{ amount: 20, expiresAt: now + 1 }]]);
  });

  it.each(['bonus', 'purchase', 'adjustment'] as const)('issues a %s', (source) => {
    expect(answer({ ...bonus, source, note: 'welcome' })).toEqual({
      status: 'applied',
      outcome: { balanceAfter: 120 },
      effects: [
        {
          type: 'transfer-posted',
          transfer: {
            debit: house.issued,
            credit: clara,
            amount: 20,
            debitType: source,
            creditType: source,
            source,
            reference: null,
            description: 'welcome',
            debtor: null,
          },
        },
      ],
    });
  });

  it('takes away with a negative adjustment, to the last credit', () => {
    expect(answer(takeAway, { accounts: [anAccount({ balance: 20 })] })).toMatchObject({
      outcome: { balanceAfter: 0 },
      effects: [{ transfer: { debit: clara, credit: house.issued, amount: 20, debitType: 'adjustment' } }],
    });
  });

  it('opens the account of somebody who has none', () => {
    expect(answer(bonus, { accounts: [] })).toMatchObject({ outcome: { balanceAfter: 20 } });
  });

  it('reaches people who are not active', () => {
    expect(answer(bonus, { people: [aPerson({ active: false })] })).toMatchObject({ status: 'applied' });
  });

  it.each([
    [8, 8, 12],
    [20, 20, 0],
    [50, 20, 0],
  ])('repays a debt of %i first: %i of 20, %i remain', (debt, repaid, balanceAfter) => {
    expect(answer(bonus, { accounts: [anAccount({ balance: 0, debt })] })).toMatchObject({
      outcome: { balanceAfter },
      effects: [
        { transfer: { credit: clara, amount: 20, debtor: null } },
        { transfer: { debit: clara, credit: house.advances, amount: repaid, debtor: clara, source: 'debt' } },
      ],
    });
  });
});

describe('payload', () => {
  const submit = (changes: object) => creditsAllocate.submit({ id: eve, roles: ['admin'] }, { ...bonus, ...changes });

  it('runs in the lane of the receiver', () => {
    expect(submit({})).toEqual({ payload: bonus, lane: clara, isAllowed: true });
  });

  it('is for admins', () => {
    expect(creditsAllocate.allowed).toEqual(['admin']);
  });

  it('has an end that lies ahead, of what is given only', () => {
    const expiresAt = '2026-06-01T10:00:00+02:00';
    const dated = { ...bonus, expiresAt };
    expect(submit({ expiresAt }).payload).toEqual(dated);
    const late = { path: 'expiresAt', message: 'must not be past' };
    const at = Date.parse(expiresAt);
    expect([at - 1, at].map((now) => creditsAllocate.untimely(dated, now))).toEqual([null, late]);
    expect(creditsAllocate.untimely(bonus, at)).toBe(null);
    const refused = creditsAllocate.payload.safeParse({ ...takeAway, expiresAt });
    expect(refused.error?.issues.map(({ path }) => path)).toEqual([['expiresAt']]);
  });

  it.each([
    { amount: 0 },
    { amount: -0 },
    { amount: 1.5 },
    { amount: 1_000_000_001 },
    { amount: -1_000_000_001, source: 'adjustment' },
    { amount: '20' },
    { source: 'gift' },
    { note: 'x'.repeat(2001) },
    { expiresAt: '2027-01-01T00:00:00' },
  ])('refuses %j', (changes) => {
    expect(() => submit(changes)).toThrow(ZodError);
  });

  it.each(['bonus', 'purchase'])('refuses a negative %s, at the amount', (source) => {
    const refused = creditsAllocate.payload.safeParse({ ...bonus, source, amount: -1 });
    expect(refused.error?.issues.map(({ path }) => path)).toEqual([['amount']]);
  });
});
