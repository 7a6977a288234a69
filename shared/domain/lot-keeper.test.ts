import { describe, expect, it } from 'vitest';
import { aLot, anAccount, clara, eleven, idOf, now, ten } from '../../tests/support/builders.ts';
import { aState } from '../../tests/support/world.ts';
import { lotIdOf } from './ids.ts';
import { lotKeeper } from './lot-keeper.ts';
import type { Lot } from './lots.ts';

const operationId = idOf('operation');
const [early, late] = [idOf('early'), idOf('late')];
const lots = [aLot({ id: early, expiresAt: ten, remaining: 6 }), aLot({ id: late, expiresAt: eleven })];

function keeping(...own: readonly Lot[]) {
  const state = {
    ...aState({ accounts: [anAccount()], lots: own }, { accounts: [clara], lots: own.map(({ id }) => id) }),
    at: now,
  };
  const changes = { lotsOpened: new Map<string, Lot>(), lotsChanged: new Map<string, Lot>() };
  const left = () => (state.lots.get(clara) ?? []).map(({ id, remaining }) => [id, remaining]);
  return { state, changes, left, keeper: lotKeeper(state, changes, operationId, 0) };
}

it('takes soonest-ending first unless it is told otherwise, and writes each lot once', () => {
  const { keeper, changes, left } = keeping(...lots);
  keeper.take(clara, 8);
  keeper.take(clara, 100, [{ lotId: late, amount: 1 }]);
  expect(left()).toEqual([
    [early, 0],
    [late, 7],
  ]);
  expect([changes.lotsOpened.size, changes.lotsChanged.size]).toEqual([0, 2]);
});

it('gives back to what is open, and renews what is not, behind those of the same end', () => {
  const { keeper, state, changes, left } = keeping(...lots);
  state.at = ten;
  keeper.take(clara, 4, [{ lotId: late, amount: 4 }]);
  keeper.giveBack(clara, [
    { lotId: late, amount: 3 },
    { lotId: early, amount: 2 },
  ]);
  const renewed = lotIdOf(operationId, 0);
  expect(left()).toEqual([
    [early, 6],
    [late, 9],
    [renewed, 2],
  ]);
  const expiresAt = ten + 30 * 24 * 3_600_000;
  expect(changes.lotsOpened.get(renewed)).toMatchObject({ originId: early, amount: 2, expiresAt, source: 'bonus' });
});

it('opens lots in order, the oldest of one end first, and inserts one that is spent at once as it ended', () => {
  const { keeper, changes, left } = keeping(...lots);
  keeper.open(clara, [{ amount: 2, expiresAt: ten }], 'purchase');
  keeper.take(clara, 7);
  const opened = lotIdOf(operationId, 0);
  expect(left()).toEqual([
    [early, 0],
    [opened, 1],
    [late, 10],
  ]);
  expect(changes.lotsOpened.get(opened)).toMatchObject({
    amount: 2,
    remaining: 1,
    originId: opened,
    source: 'purchase',
  });
  expect([...changes.lotsChanged.keys()]).toEqual([early]);
});

describe('what does not fit is a bug of the decider', () => {
  const { keeper } = keeping(...lots);

  it.each<[string, () => void]>([
    ['would come to -1', () => keeper.take(clara, 7, [{ lotId: early, amount: 7 }])],
    ['would come to 11', () => keeper.giveBack(clara, [{ lotId: late, amount: 1 }])],
    ['is not one of account', () => keeper.take(clara, 1, [{ lotId: idOf('another'), amount: 1 }])],
    ['ends with 6 left', () => keeper.end(clara, early, 'expired')],
    ['and lots of 16', () => keeper.check(anAccount({ balance: 20, held: 5 }))],
    ['not in the footprint', () => keeper.take(idOf('stranger'), 1)],
  ])('%s', (message, work) => {
    expect(work).toThrow(message);
  });

  it('but all of it may be dated', () => {
    expect(() => keeper.check(anAccount({ balance: 20, held: 4 }))).not.toThrow();
  });
});

it('opens a lot under the id that it is given, and numbers the others', () => {
  const { keeper, changes } = keeping();
  const ends = { amount: 1, expiresAt: eleven };
  keeper.open(clara, [{ lotId: late, ...ends }, ends], 'partner');
  expect([...changes.lotsOpened.values()].map(({ id, originId }) => [id, originId])).toEqual([
    [late, late],
    [lotIdOf(operationId, 0), lotIdOf(operationId, 0)],
  ]);
});
