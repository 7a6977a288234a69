import { describe, expect, it } from 'vitest';
import { aCommand, anAccount, aPerson, clara, idOf } from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house } from '../../domain/accounts.ts';
import { decide, footprint, type PaymentClawback, paymentClawback } from './payment-clawback.ts';

const payload: PaymentClawback['payload'] = {
  userId: clara,
  credits: 20,
  because: 'refund',
  purchaseId: idOf('purchase'),
  turn: 1,
};

function answer(rows: Rows = {}) {
  const command = aCommand(payload);
  return decide(aState({ people: [aPerson()], accounts: [anAccount()], ...rows }, footprint(command)), command);
}

it('runs in the lane of whoever was given the credits, and has no route', () => {
  expect(paymentClawback.submit({ id: idOf('house'), roles: [] }, payload).lane).toBe(clara);
  expect(paymentClawback.path).toBeNull();
});

describe('takes back', () => {
  it.each([
    [{ balance: 100 }, { taken: 20, owed: 0, balanceAfter: 80 }],
    [{ balance: 20 }, { taken: 20, owed: 0, balanceAfter: 0 }],
    [{ balance: 12 }, { taken: 12, owed: 8, balanceAfter: 0 }],
    [
      { balance: 12, held: 7 },
      { taken: 5, owed: 15, balanceAfter: 7 },
    ],
    [
      { balance: 0, debt: 3 },
      { taken: 0, owed: 20, balanceAfter: 0 },
    ],
  ])('from %j: %j', (account, outcome) => {
    expect(answer({ accounts: [anAccount(account)] })).toMatchObject({ status: 'applied', outcome });
  });

  it('what was spent as an advance of the house, which becomes a debt', () => {
    expect(answer({ accounts: [anAccount({ balance: 12 })] })).toMatchObject({
      effects: [
        { transfer: { debit: clara, credit: house.issued, amount: 12, debitType: 'clawback', debtor: null } },
        { transfer: { debit: house.advances, credit: house.issued, amount: 8, debtor: clara, source: 'refund' } },
      ],
    });
  });

  it('from whoever has left, too', () => {
    expect(answer({ people: [aPerson({ deleted: true, active: false })] })).toMatchObject({ status: 'applied' });
  });
});

it('has nobody to take from where nobody ever was', () => {
  expect(answer({ people: [], accounts: [] })).toMatchObject({ rejection: { code: 'recipient_not_found' } });
});
