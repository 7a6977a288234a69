import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { settleOutgoing } from '../../../db/outbox.ts';
import { scheduled } from '../../../db/scheduled.ts';
import { addPeople, type Marketplace, openMarketplace } from '../../support/marketplace.ts';

/* What the outside has answered, and what follows from it, are written down in one (design.md §2.12). */

async function entryIn({ owner }: Marketplace): Promise<string> {
  const id = randomUUID();
  await owner.query(
    `insert into outbox (id, kind, type, subject_id, data, status) values ($1, 'payment.charge', 'payment.charge', $2, '{}', 'waiting')`,
    [id, randomUUID()],
  );
  return id;
}

async function statusOf({ owner }: Marketplace, id: string): Promise<string | undefined> {
  return (await owner.query<{ status: string }>('select status from outbox where id = $1', [id])).rows[0]?.status;
}

const stepIn = (lane: string, key: string) => scheduled({ key, kind: 'checkout.settle', lane, payload: { key } });

it('settles no entry without what its answer leads to', async () => {
  const marketplace = await openMarketplace({});
  const id = await entryIn(marketplace);
  const steps = [stepIn('this is no lane', 'any')];
  await expect(settleOutgoing(marketplace.app, [{ id, status: 'sent', why: null, steps }])).rejects.toThrow();
  expect(await statusOf(marketplace, id)).toBe('waiting');
});

it('records what several hear in the same instant once, and settles all of their entries', async () => {
  const marketplace = await openMarketplace({});
  const customer = randomUUID();
  await addPeople(marketplace, [customer]);
  const ids = await Promise.all(Array.from({ length: 8 }, () => entryIn(marketplace)));
  const steps = [stepIn(customer, 'paid'), stepIn(customer, 'points')];
  const recorded = await Promise.all(
    ids.map((id) => settleOutgoing(marketplace.app, [{ id, status: 'sent', why: null, steps }])),
  );
  expect(recorded.flat().length).toBe(steps.length);
  const { rows } = await marketplace.owner.query('select id from operations where lane = $1', [customer]);
  expect(rows.length).toBe(steps.length);
  expect(new Set(await Promise.all(ids.map((id) => statusOf(marketplace, id))))).toEqual(new Set(['sent']));
});

it('takes entries of one moment that lead to the same together', async () => {
  const marketplace = await openMarketplace({});
  const customer = randomUUID();
  await addPeople(marketplace, [customer]);
  const [first, second] = [await entryIn(marketplace), await entryIn(marketplace)];
  const steps = [stepIn(customer, 'paid')];
  const recorded = await settleOutgoing(marketplace.app, [
    { id: first, status: 'sent', why: null, steps },
    { id: second, status: 'skipped', why: 'was told before', steps },
  ]);
  expect(recorded.map(({ id }) => id)).toEqual(steps.map(({ id }) => id));
  expect([await statusOf(marketplace, first), await statusOf(marketplace, second)]).toEqual(['sent', 'skipped']);
});
