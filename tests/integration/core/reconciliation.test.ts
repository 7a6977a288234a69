import { describe, expect, it } from 'vitest';
import type { ActionResult } from '../../../db/reconciliation.ts';
import { dismissItem, resolveItem, retryItem } from '../../../db/reconciliation.ts';
import { wakeUpIdOf } from '../../../shared/contract/queues.ts';
import { reconciliationItemIdOf, type Uuid } from '../../../shared/domain/ids.ts';
import { backends } from '../../support/backends.ts';
import { idOf } from '../../support/builders.ts';
import {
  addPeople,
  anyBackend,
  endingOf,
  endings,
  holdingsOf,
  type Marketplace,
  openMarketplace,
  settled,
  startTestWorker,
  submit,
  violations,
} from '../../support/marketplace.ts';
import { allocation, fault, forEver } from '../../support/requests.ts';
import { until } from '../../support/until.ts';

/* What a person does about an operation that could not be applied, however often and whoever else does it too. */

const ann = idOf('ann');

interface Poisoned {
  readonly marketplace: Marketplace;
  readonly operationId: Uuid;
  readonly itemId: Uuid;
  readonly act: (how: typeof retryItem) => Promise<ActionResult>;
  /** Takes the cause of the failure away. */
  readonly repair: () => Promise<unknown>;
}

/** An operation that fails and waits for a person, with a worker that would apply it. */
async function aPoisoned(backend = anyBackend): Promise<Poisoned> {
  const marketplace = await openMarketplace({ backend });
  await addPeople(marketplace, [ann]);
  startTestWorker(marketplace);
  const [operationId = ''] = await submit(marketplace, [fault(ann, 'throws', forEver)]);
  expect((await settled(marketplace, [operationId])).map(endingOf)).toEqual(['reconciling']);

  const itemId = reconciliationItemIdOf('operation', operationId);
  const act: Poisoned['act'] = async (how) => {
    const result = await how(marketplace.app, { itemId, by: 'an operator', note: 'because' });
    if (result.status === 'done' && result.wake !== null) await wakeAgain(marketplace, operationId);
    return result;
  };
  const repair = () =>
    marketplace.owner.query(`update operations set payload = payload || '{"until": 0}' where id = $1`, [operationId]);
  return { marketplace, operationId, itemId, act, repair };
}

let wakes = 0;

async function wakeAgain({ producer }: Marketplace, operationId: Uuid): Promise<void> {
  wakes += 1;
  const data = { operations: [operationId], lanes: [ann] };
  await producer.add([{ queue: 'booking', id: wakeUpIdOf(operationId, 0, wakes), name: 'test.faulty', data }]);
}

async function itemsOf({ marketplace }: Poisoned) {
  const { rows } = await marketplace.owner.query<{
    id: Uuid;
    status: string;
    history: { action: string; by: string }[];
  }>('select id, status, history from reconciliation_items');
  return rows.map(({ id, status, history }) => ({ id, status, history: history.map(({ action }) => action) }));
}

async function deedsOf({ marketplace, itemId }: Poisoned): Promise<string[]> {
  const { rows } = await marketplace.owner.query<{ action: string }>(
    'select action from operator_actions where subject = $1 order by id',
    [itemId],
  );
  return rows.map(({ action }) => action);
}

function untilItemIs(poisoned: Poisoned, history: string[]) {
  return until(`the item's history is ${history}`, async () => {
    const [item] = await itemsOf(poisoned);
    return item !== undefined && item.history.join() === history.join() && item;
  });
}

describe.each(backends)('on $name', (backend) => {
  it('applies again, once, however often it is clicked (000-27, 001-23)', async () => {
    const poisoned = await aPoisoned(backend);
    const { marketplace, operationId, itemId, act, repair } = poisoned;
    await repair();

    const results = await Promise.all(Array.from({ length: 20 }, () => act(retryItem)));
    expect(results.every(({ status }) => status === 'done')).toBe(true);
    const [operation] = await settled(marketplace, [operationId]);
    expect(operation).toMatchObject({ status: 'succeeded', outcome: {} });
    expect(await holdingsOf(marketplace, ann)).toEqual({ balance: 1, debt: 0 });
    expect(await untilItemIs(poisoned, ['opened', 'retry', 'applied'])).toEqual({
      id: itemId,
      status: 'resolved',
      history: ['opened', 'retry', 'applied'],
    });
    expect(await deedsOf(poisoned)).toEqual(Array(20).fill('reconciliation.retry'));

    await act(retryItem);
    await act(resolveItem);
    expect(await endings(marketplace, [allocation(ann, 1)])).toEqual(['succeeded']);
    expect(await holdingsOf(marketplace, ann)).toEqual({ balance: 2, debt: 0 });
    expect(await violations(marketplace)).toEqual({});
  });

  it('opens the same item again when the retry fails, and does not hold the lane up (000-36)', async () => {
    const poisoned = await aPoisoned(backend);
    const { marketplace, operationId, itemId, act } = poisoned;
    await act(retryItem);
    const item = await untilItemIs(poisoned, ['opened', 'retry', 'reopened']);
    expect(item).toMatchObject({ id: itemId, status: 'open' });
    expect(await itemsOf(poisoned)).toHaveLength(1);
    expect((await settled(marketplace, [operationId])).map(endingOf)).toEqual(['reconciling']);
    expect(await endings(marketplace, [allocation(ann, 1)])).toEqual(['succeeded']);
    expect(await violations(marketplace)).toEqual({});
  });

  it('ends in one way when everybody acts at once', async () => {
    const poisoned = await aPoisoned(backend);
    const { marketplace, operationId, act, repair } = poisoned;
    await repair();
    const ways = [retryItem, resolveItem, dismissItem];
    await Promise.all(Array.from({ length: 18 }, (_, n) => act(ways[n % 3] ?? retryItem)));

    const [operation] = await settled(marketplace, [operationId]);
    const credits = (await holdingsOf(marketplace, ann))?.balance ?? 0;
    expect([operation?.status, credits]).toEqual(
      operation?.status === 'succeeded' ? ['succeeded', 1] : ['resolved', 0],
    );
    const [item] = await itemsOf(poisoned);
    expect(['resolved', operation?.status === 'succeeded' ? 'resolved' : 'dismissed']).toContain(item?.status);
    expect(await violations(marketplace)).toEqual({});
  });
});

it.each([
  ['resolve', resolveItem, 'resolved'],
  ['dismiss', dismissItem, 'dismissed'],
] as const)('closes an item by %s, says who and why, and is safe to repeat (000-27)', async (name, how, status) => {
  const poisoned = await aPoisoned();
  const { marketplace, operationId, act } = poisoned;
  await Promise.all([act(how), act(how), act(how)]);
  const [operation] = await settled(marketplace, [operationId]);
  expect(operation).toMatchObject({ status: 'resolved', resolution: { by: 'an operator', note: 'because' } });
  expect(await itemsOf(poisoned)).toMatchObject([{ status, history: ['opened', name] }]);

  await act(retryItem);
  expect(await itemsOf(poisoned)).toMatchObject([{ status, history: ['opened', name] }]);
  expect((await settled(marketplace, [operationId])).map(endingOf)).toEqual(['resolved']);
  expect(await violations(marketplace)).toEqual({});
});

it('closes the item and applies nothing when the operation was applied on another road (000-21)', async () => {
  const poisoned = await aPoisoned();
  const { marketplace, operationId, act } = poisoned;
  await marketplace.owner.query(
    "update operations set status = 'succeeded', outcome = '{}', settled_at = now() where id = $1",
    [operationId],
  );
  expect(await act(retryItem)).toEqual({ status: 'done', wake: null });
  expect(await itemsOf(poisoned)).toMatchObject([{ status: 'resolved', history: ['opened', 'applied'] }]);
  expect(await holdingsOf(marketplace, ann)).toBe(null);
});

it('finds a retry whose job was lost (000-27)', async () => {
  const { marketplace, operationId, itemId, repair } = await aPoisoned();
  await repair();
  await retryItem(marketplace.app, { itemId, by: 'an operator', note: 'because' });
  expect((await settled(marketplace, [operationId])).map(endingOf)).toEqual(['succeeded']);
});

it('knows no item that is not there', async () => {
  const { app } = await openMarketplace();
  for (const how of [retryItem, resolveItem, dismissItem]) {
    expect(await how(app, { itemId: idOf('nothing'), by: 'an operator', note: 'because' })).toEqual({
      status: 'not_found',
    });
  }
});
