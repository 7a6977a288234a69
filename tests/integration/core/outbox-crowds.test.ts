import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { type Channel, startDeliverer } from '../../../workers/outbox/deliverer.ts';
import { type Marketplace, openMarketplace, silent } from '../../support/marketplace.ts';
import { until } from '../../support/until.ts';

/* How much of a crowd of entries is under way at a time, and what becomes of it when the process ends. */

const crowd = 40;
const concurrency = 2;

async function addEntries({ owner }: Marketplace): Promise<void> {
  await owner.query(
    `insert into outbox (id, kind, type, data, status)
     select gen_random_uuid(), 'payment.charge', 'payment.charge', '{}', 'waiting' from generate_series(1, $1)`,
    [crowd],
  );
}

function startDelivering({ app }: Marketplace, deliver: Channel['deliver']) {
  const seen = { begun: 0, underWay: 0, mostUnderWay: 0 };
  const deliverer = startDeliverer({
    pool: app,
    channel: {
      kind: 'payment.charge',
      concurrency,
      deliver: async (entry, limit) => {
        seen.begun += 1;
        seen.underWay += 1;
        seen.mostUnderWay = Math.max(seen.mostUnderWay, seen.underWay);
        try {
          return await deliver(entry, limit);
        } finally {
          seen.underWay -= 1;
        }
      },
    },
    retry: { attempts: 3, baseMs: 10 },
    onRecorded: async () => undefined,
    log: silent,
  });
  onTestFinished(deliverer.close);
  return { seen, deliverer };
}

async function sentIn({ owner }: Marketplace): Promise<number> {
  return (await owner.query(`select from outbox where status = 'sent'`)).rows.length;
}

it('asks on while answers wait to be recorded, up to eight times as many as it may ask at a time', async () => {
  const marketplace = await openMarketplace({});
  await addEntries(marketplace);
  const recording = await marketplace.owner.connect();
  await recording.query('begin');
  // Nothing is recorded without a look at the items that an answer closes.
  await recording.query('lock table reconciliation_items in access exclusive mode');

  const { seen, deliverer } = startDelivering(marketplace, async () => {
    await nextTurn();
    return { status: 'sent' };
  });
  await until('answers fill what is kept of them', () => seen.begun >= concurrency * 8);
  const claims = async () => (await marketplace.owner.query('select from outbox where attempts > 0')).rows.length;
  for (let looks = 0; looks < 10; looks += 1) {
    deliverer.wake();
    expect(await claims()).toBe(concurrency * 8);
  }
  expect([seen.begun, seen.mostUnderWay]).toEqual([concurrency * 8, concurrency]);

  await recording.query('commit');
  recording.release();
  await until('all are recorded', async () => (await sentIn(marketplace)) === crowd);
  expect([seen.begun, seen.mostUnderWay]).toEqual([crowd, concurrency]);
});

it('gives what is under way a few seconds when it is closed, and puts it back as if it had not been tried', async () => {
  const marketplace = await openMarketplace({});
  await addEntries(marketplace);
  const reasons: string[] = [];
  const { seen, deliverer } = startDelivering(marketplace, async (_entry, { signal }) => {
    await once(signal, 'abort');
    reasons.push(String(signal.reason));
    throw signal.reason;
  });
  await until('as many as may are under way', () => seen.underWay === concurrency);
  await deliverer.close();

  expect(reasons).toEqual(Array(concurrency).fill('Error: the process ends'));
  const { rows } = await marketplace.owner.query(
    `select count(*)::int as count from outbox where status = 'waiting' and attempts = 0 and due_at <= now()`,
  );
  expect(rows).toEqual([{ count: crowd }]);
});
