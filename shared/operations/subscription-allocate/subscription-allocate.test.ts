import { expect, it } from 'vitest';
import { aCommand, anAccount, aPerson, clara, idOf } from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house } from '../../domain/accounts.ts';
import { decide, footprint, type SubscriptionAllocate, subscriptionAllocate } from './subscription-allocate.ts';

const payload: SubscriptionAllocate['payload'] = {
  userId: clara,
  credits: 20,
  type: 'subscription_allocation',
  purchaseId: idOf('purchase'),
  part: 0,
  description: 'Gold',
};

function answer(changes: Partial<SubscriptionAllocate['payload']> = {}, rows: Rows = {}) {
  const command = aCommand({ ...payload, ...changes });
  return decide(aState({ people: [aPerson()], accounts: [anAccount()], ...rows }, footprint(command)), command);
}

it.each([
  ['subscription_allocation', 'subscription'],
  ['purchase', 'purchase'],
] as const)('issues a %s from the source %s, about its payment (000-12, 000-13)', (type, source) => {
  expect(answer({ type })).toEqual({
    status: 'applied',
    outcome: { balanceAfter: 120 },
    effects: [
      {
        type: 'transfer-posted',
        transfer: {
          debit: house.issued,
          credit: clara,
          amount: 20,
          debitType: type,
          creditType: type,
          source,
          reference: { type: 'payment', id: payload.purchaseId },
          description: 'Gold',
          debtor: null,
        },
      },
    ],
  });
});

it('repays a debt first', () => {
  expect(answer({}, { accounts: [anAccount({ balance: 0, debt: 8 })] })).toMatchObject({
    outcome: { balanceAfter: 12 },
  });
});

it('reaches whoever has left since: it was paid for', () => {
  expect(answer({}, { people: [aPerson({ deleted: true, active: false })] })).toMatchObject({ status: 'applied' });
});

it('reaches nobody where nobody ever was', () => {
  expect(answer({}, { people: [], accounts: [] })).toMatchObject({ rejection: { code: 'recipient_not_found' } });
});

it('has no route: only what Stripe says brings it about', () => {
  expect(subscriptionAllocate.path).toBeNull();
});
