import { describe, expect, it } from 'vitest';
import { aCommand, aLot, anAccount, aPerson, clara, hourMs, idOf, now } from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house } from '../../domain/accounts.ts';
import { endless, totalOf } from '../../domain/lots.ts';
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
    outcome: { balanceAfter: 120, expiredCredits: 0 },
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

describe('what rolls over', () => {
  const pot = 'sub_1';
  const [sooner, later] = [
    aLot({ id: idOf('sooner'), pot, remaining: 6 }),
    aLot({ id: idOf('later'), pot, expiresAt: endless }),
  ];
  const others = [
    aLot({ id: idOf('other plan'), pot: 'sub_2' }),
    aLot({ id: idOf('bonus') }),
    aLot({ id: idOf('over'), pot, expiresAt: now }),
  ];
  const rows = { lots: [...others, sooner, later] };

  it.each([
    [16, []],
    [12, [{ lotId: sooner.id, amount: 4 }]],
    [
      3,
      [
        { lotId: sooner.id, amount: 6 },
        { lotId: later.id, amount: 7 },
      ],
    ],
    [
      0,
      [
        { lotId: sooner.id, amount: 6 },
        { lotId: later.id, amount: 10 },
      ],
    ],
  ])(
    'is at most %i of what is left of earlier periods; the rest expires, what ends first before the other',
    (rolloverMax, takes) => {
      const opens = [{ amount: 20, expiresAt: endless, pot }];
      const expiredCredits = totalOf(takes);
      const expiry = { debit: clara, credit: house.expired, amount: expiredCredits, debitType: 'expiry', takes };
      expect(answer({ pot, rolloverMax }, rows)).toMatchObject({
        outcome: { balanceAfter: 120 - expiredCredits, expiredCredits },
        effects: [{ transfer: { amount: 20, opens } }, ...(expiredCredits > 0 ? [{ transfer: expiry }] : [])],
      });
    },
  );

  it('is nothing to ask about who owes: whatever comes repays first', () => {
    const indebted = { ...rows, accounts: [anAccount({ balance: 43, debt: 8 })] };
    expect(answer({ pot, rolloverMax: 0 }, indebted)).toMatchObject({ outcome: { expiredCredits: 0 } });
  });

  it('is everything without a limit, and each keeps its own end', () => {
    const expiresAt = now + hourMs;
    expect(answer({ pot, expiresAt: new Date(expiresAt).toISOString() }, rows)).toMatchObject({
      outcome: { expiredCredits: 0 },
      effects: [{ transfer: { opens: [{ amount: 20, expiresAt, pot }] } }],
    });
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
