import { describe, expect, it } from 'vitest';
import { aCommand, anAccount, aPerson, clara, codeOf, eve } from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house } from '../../domain/accounts.ts';
import { type CreditsTransfer, creditsTransfer, decide, footprint } from './credits-transfer.ts';

type Payload = CreditsTransfer['payload'];

const toEve: Payload = { toUserId: eve, amount: 20 };
const both = [aPerson(), aPerson({ id: eve })];

function answer(rows: Rows = {}, payload: Payload = toEve) {
  const command = aCommand(payload);
  return decide(aState({ people: both, accounts: [anAccount()], ...rows }, footprint(command)), command);
}

it('asks for both sides', () => {
  expect(footprint(aCommand(toEve))).toEqual({ people: [clara, eve], accounts: [clara, eve] });
});

describe('rejections', () => {
  const toClara = { toUserId: clara, amount: 20 };

  it.each<[string, Rows, Payload]>([
    ['self_transfer', {}, toClara],
    ['recipient_not_found', { people: [aPerson()] }, toEve],
    ['recipient_not_found', { people: [aPerson(), aPerson({ id: eve, deleted: true })] }, toEve],
    ['recipient_inactive', { people: [aPerson(), aPerson({ id: eve, active: false })] }, toEve],
    ['client_not_found', { people: [aPerson({ id: eve })] }, toEve],
    ['client_not_found', { people: [aPerson({ deleted: true }), aPerson({ id: eve })] }, toEve],
    ['client_inactive', { people: [aPerson({ active: false }), aPerson({ id: eve })] }, toEve],
    ['insufficient_credits', { accounts: [anAccount({ balance: 19 })] }, toEve],
    ['insufficient_credits', { accounts: [anAccount({ balance: 30, held: 11 })] }, toEve],
    ['insufficient_credits', { accounts: [] }, toEve],
  ])('%s', (code, rows, payload) => {
    expect(codeOf(answer(rows, payload))).toBe(code);
  });

  it('come in the order of the contract', () => {
    const inactive = aPerson({ active: false });
    const heard = [
      answer({ people: [], accounts: [] }, toClara),
      answer({ people: [], accounts: [] }),
      answer({ people: [aPerson({ id: eve, active: false })], accounts: [] }),
      answer({ people: [aPerson({ id: eve })], accounts: [] }),
      answer({ people: [inactive, aPerson({ id: eve })], accounts: [] }),
      answer({ accounts: [] }),
      answer(),
    ].map(codeOf);
    expect(heard).toEqual([...creditsTransfer.rejections, 'applied']);
  });

  it('says what was available and what it would take', () => {
    expect(answer({ accounts: [anAccount({ balance: 30, held: 11 })] })).toMatchObject({
      rejection: {
        message: 'Insufficient credits. Available: 19, required: 20',
        details: { available: 19, required: 20 },
      },
    });
  });
});

describe('an accepted transfer', () => {
  it('moves credits from one to the other', () => {
    expect(answer({}, { ...toEve, note: 'for the tea' })).toEqual({
      status: 'applied',
      outcome: { balanceAfter: 80 },
      effects: [
        {
          type: 'transfer-posted',
          transfer: {
            debit: clara,
            credit: eve,
            amount: 20,
            debitType: 'transfer_out',
            creditType: 'transfer_in',
            source: 'transfer',
            reference: null,
            description: 'for the tea',
            debtor: null,
            takes: [],
            opens: [],
          },
        },
      ],
    });
  });

  it('may take all that is not held', () => {
    expect(answer({ accounts: [anAccount({ balance: 31, held: 11 })] })).toMatchObject({
      outcome: { balanceAfter: 11 },
    });
  });

  it.each([
    [8, 8],
    [20, 20],
    [50, 20],
  ])("repays the receiver's debt of %i first, with %i of 20", (debt, repaid) => {
    expect(answer({ accounts: [anAccount(), anAccount({ id: eve, balance: 0, debt })] })).toMatchObject({
      outcome: { balanceAfter: 80 },
      effects: [
        { transfer: { debit: clara, credit: eve, amount: 20, debtor: null } },
        { transfer: { debit: eve, credit: house.advances, amount: repaid, debtor: eve } },
      ],
    });
  });
});

describe('payload', () => {
  const submit = (changes: object) => creditsTransfer.submit({ id: clara, roles: [] }, { ...toEve, ...changes });

  it('runs in the lane of the sender', () => {
    expect(submit({})).toEqual({ payload: toEve, lane: clara, isAllowed: true });
  });

  it.each([
    { amount: 0 },
    { amount: -1 },
    { amount: 0.5 },
    { amount: 1_000_000_001 },
    { toUserId: 'eve' },
    { note: 'x'.repeat(2001) },
    { source: 'bonus' },
  ])('refuses %j', (changes) => {
    expect(() => submit(changes)).toThrow();
  });
});
