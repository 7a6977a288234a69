import { describe, expect, it } from 'vitest';
import { anAccount, clara, eve, idOf, theo } from '../../tests/support/builders.ts';
import { aState } from '../../tests/support/world.ts';
import { house } from './accounts.ts';
import { balanceAfter, balanceOf, post, spendableOf, takeBack } from './ledger.ts';
import type { Account } from './state.ts';

const move = {
  debit: clara,
  credit: theo,
  amount: 10,
  debitType: 'transfer_out',
  creditType: 'transfer_in',
  source: 'transfer',
  reference: null,
  description: null,
} as const;

function accounts(...rows: Account[]) {
  return aState({ accounts: rows }, { accounts: [clara, theo, eve] });
}

/** "debit → credit amount" with names instead of ids, and whose debt it changes. */
function told(effects: ReturnType<typeof post>): string[] {
  const names = new Map<string, string>([
    [clara, 'clara'],
    [theo, 'theo'],
    [eve, 'eve'],
    [house.advances, 'advances'],
    [house.revenue, 'revenue'],
  ]);
  return effects.map(({ transfer: { debit, credit, amount, debtor } }) =>
    [`${names.get(debit)} → ${names.get(credit)} ${amount}`, ...(debtor === null ? [] : [names.get(debtor)])].join(
      ', ',
    ),
  );
}

describe('balances', () => {
  it('are nothing for an account that does not exist yet', () => {
    expect([spendableOf(accounts(), clara), balanceOf(accounts(), clara)]).toEqual([0, 0]);
  });

  it('are spendable but for what is held', () => {
    const state = accounts(anAccount({ balance: 30, held: 12 }));
    expect([spendableOf(state, clara), balanceOf(state, clara)]).toEqual([18, 30]);
  });

  it('cannot be read outside the footprint', () => {
    expect(() => spendableOf(accounts(), idOf('stranger'))).toThrow('not in the footprint');
  });
});

describe('post', () => {
  it('makes the moves in order and says nothing of debts where there are none', () => {
    const state = accounts(anAccount(), anAccount({ id: theo }));
    const moves = [move, { ...move, debit: theo, credit: eve, amount: 3 }];
    expect(told(post(state, moves))).toEqual(['clara → theo 10', 'theo → eve 3']);
    expect(post(state, [move])).toEqual([{ type: 'transfer-posted', transfer: { ...move, debtor: null } }]);
  });

  it.each([
    [3, ['clara → theo 10', 'theo → advances 3, theo']],
    [10, ['clara → theo 10', 'theo → advances 10, theo']],
    [25, ['clara → theo 10', 'theo → advances 10, theo']],
  ])('repays a debt of %i as soon as credits come in', (debt, story) => {
    expect(told(post(accounts(anAccount(), anAccount({ id: theo, balance: 0, debt })), [move]))).toEqual(story);
  });

  it('repays one debt once, over several moves', () => {
    const state = accounts(anAccount(), anAccount({ id: theo, balance: 0, debt: 12 }));
    expect(told(post(state, [move, move, move]))).toEqual([
      'clara → theo 10',
      'theo → advances 10, theo',
      'clara → theo 10',
      'theo → advances 2, theo',
      'clara → theo 10',
    ]);
  });

  it("leaves the payer's debt alone, and the house has none", () => {
    const state = accounts(anAccount({ debt: 5 }));
    expect(told(post(state, [{ ...move, credit: house.revenue }]))).toEqual(['clara → revenue 10']);
  });

  it('names a repayment so on both sides', () => {
    const [, repayment] = post(accounts(anAccount(), anAccount({ id: theo, balance: 0, debt: 3 })), [move]);
    expect(repayment?.transfer).toMatchObject({
      debitType: 'debt_repayment',
      creditType: 'debt_repayment',
      source: 'debt',
    });
  });
});

describe('takeBack', () => {
  const { debit: _debit, credit: _credit, ...refund } = move;
  const taken = (account: Partial<Account>) => {
    const state = accounts(anAccount({ id: theo, ...account }));
    return told(post(state, takeBack(state, theo, { ...refund, credit: clara })));
  };

  it('takes what is there, and advances the rest as a debt', () => {
    expect(taken({ balance: 10 })).toEqual(['theo → clara 10']);
    expect(taken({ balance: 9 })).toEqual(['theo → clara 9', 'advances → clara 1, theo']);
    expect(taken({ balance: 0 })).toEqual(['advances → clara 10, theo']);
    expect(taken({ balance: 20, held: 14 })).toEqual(['theo → clara 6', 'advances → clara 4, theo']);
  });

  it('advances everything for an account that does not exist', () => {
    const state = accounts();
    expect(told(post(state, takeBack(state, theo, { ...refund, credit: clara })))).toEqual([
      'advances → clara 10, theo',
    ]);
  });
});

it('balanceAfter counts every side that an account is on', () => {
  const state = accounts(anAccount({ balance: 50 }), anAccount({ id: theo, balance: 7, debt: 4 }));
  const posted = post(state, [move]);
  expect(balanceAfter(state, clara, posted)).toBe(40);
  expect(balanceAfter(state, theo, posted)).toBe(13);
  expect(balanceAfter(state, eve, posted)).toBe(0);
});
