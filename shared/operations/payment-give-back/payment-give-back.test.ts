import { expect, it } from 'vitest';
import { aCommand, anAccount, aPerson, clara, idOf } from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house } from '../../domain/accounts.ts';
import { decide, footprint, type PaymentGiveBack, paymentGiveBack } from './payment-give-back.ts';

const payload = { userId: clara, credits: 6, purchaseId: idOf('purchase'), turn: 2 };

function answer(because: PaymentGiveBack['payload']['because'], rows: Rows = {}) {
  const command = aCommand({ ...payload, because });
  return decide(aState({ people: [aPerson()], accounts: [anAccount()], ...rows }, footprint(command)), command);
}

it.each([
  ['dispute', 'dispute_won'],
  ['refund', 'refund_failed'],
] as const)('gives back what a %s had taken, and says why', (because, source) => {
  expect(answer(because)).toMatchObject({
    outcome: { balanceAfter: 106 },
    effects: [{ transfer: { debit: house.issued, credit: clara, amount: 6, debitType: 'adjustment', source } }],
  });
});

it('repays first what could not be taken back then', () => {
  const indebted = { accounts: [anAccount({ balance: 0, debt: 4 })] };
  expect(answer('refund', indebted)).toMatchObject({ outcome: { balanceAfter: 2 } });
});

it('reads what was recorded before a refund could fail', () => {
  const { submit } = paymentGiveBack;
  expect(submit({ id: clara, roles: [] }, payload).payload).toEqual({ ...payload, because: 'dispute' });
});
