import { describe, expect, it } from 'vitest';
import { acceptOperations } from '../../../db/accept.ts';
import { createPool } from '../../../db/client.ts';
import { retryItem } from '../../../db/reconciliation.ts';
import { reconciliationItemIdOf } from '../../../shared/domain/ids.ts';
import { backends } from '../../support/backends.ts';
import { idOf } from '../../support/builders.ts';
import { hireCrew } from '../../support/crew.ts';
import {
  addPeople,
  endingOf,
  endingsOf,
  giveCredits,
  holdingsOf,
  type Marketplace,
  openMarketplace,
  settled,
  startWorkerProcess,
  submit,
  violations,
  wake,
} from '../../support/marketplace.ts';
import { memoryOf } from '../../support/processes.ts';
import { allocation, fault, forEver, type Request, submissionOf, transfer } from '../../support/requests.ts';
import { until } from '../../support/until.ts';

/* Workers as processes of their own, several at once, ended by signals and by what they apply. */

const ann = idOf('ann');
const crowd = Array.from({ length: 20 }, (_, n) => idOf(`of the crowd, ${n}`));

/** Over a connection of its own, one statement for each request, in order. */
async function submitOneByOne(marketplace: Marketplace, requests: readonly Request[]): Promise<string[]> {
  const pool = createPool(marketplace.databaseUrl, { role: 'app', name: 'counterfoil-test', max: 1, log: () => {} });
  try {
    for (const request of requests) {
      await acceptOperations(pool, [submissionOf(request)], 10_000);
      wake(marketplace, [request]);
    }
    return requests.map((request) => submissionOf(request).id);
  } finally {
    await pool.end();
  }
}

/** `count` allocations to as many people as there are in the crowd, in statements of 500. */
async function submitMany(marketplace: Marketplace, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const requests = Array.from({ length: 500 }, (_, n) => allocation(crowd[n % crowd.length] ?? ann, 1));
    ids.push(...(await submit(marketplace, requests)));
  }
  return ids;
}

async function countSettled({ owner }: Marketplace): Promise<number> {
  const { rows } = await owner.query<{ n: number }>(
    'select count(*)::int as n from operations where settled_at is not null',
  );
  return rows[0]?.n ?? 0;
}

describe.each(backends)('on $name', (backend) => {
  it('apply 1,000 operations of one user, accepted over 8 connections, in the order of acceptance (000-08, 000-35)', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPeople(marketplace, [ann, ...crowd]);
    const crew = hireCrew(marketplace, 4);
    await giveCredits(marketplace, [ann], 700);
    const connections = Array.from({ length: 8 }, (_, n) =>
      Array.from({ length: 125 }, () => transfer(ann, crowd[n] ?? ann, 1)).flatMap((request, m) =>
        m % 5 === 0 ? [request, allocation(crowd[n + 8] ?? ann, 1)] : [request],
      ),
    );
    const ids = (await Promise.all(connections.map((requests) => submitOneByOne(marketplace, requests)))).flat();
    const operations = await settled(marketplace, ids, 40_000);

    // 700 of Ann's can be paid: the first ones.
    expect(endingsOf(operations)).toEqual({ succeeded: 900, insufficient_credits: 300 });
    const { rows } = await marketplace.owner.query<{ seq: number; before: number }>(
      `select o.lane_seq::int as seq, t.debit_before::int as before
       from transfers t join operations o on o.id = t.operation_id where t.debit_account = $1 order by t.seq`,
      [ann],
    );
    expect(rows).toEqual(Array.from({ length: 700 }, (_, n) => ({ seq: n + 2, before: 700 - n })));
    const { rows: took } = await marketplace.owner.query<{ workers: number }>(
      'select count(distinct worker_id)::int as workers from batches_in_hand',
    );
    expect(took[0]?.workers).toBeGreaterThan(1);
    expect(await violations(marketplace)).toEqual({});
    expect((await crew.dismiss()).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(crew.deaths()).toEqual([]);
  });

  it('drain on SIGTERM under load, end with 0 within 20 s, and lose nothing', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPeople(marketplace, [ann, ...crowd]);
    const first = startWorkerProcess(marketplace);
    const ids = await submitMany(marketplace, 4_000);
    await until('it is at work', async () => (await countSettled(marketplace)) > 0);
    const more = submitMany(marketplace, 1_000);
    const exit = await first.stop();
    expect(exit).toMatchObject({ code: 0, signal: null });
    expect(exit.tookMs).toBeLessThan(20_000);
    expect(await violations(marketplace)).toEqual({});
    const { rows } = await marketplace.owner.query('select from batches_in_hand');
    expect(rows).toEqual([]);

    ids.push(...(await more));
    const second = startWorkerProcess(marketplace);
    expect(endingsOf(await settled(marketplace, ids, 40_000))).toEqual({ succeeded: 5_000 });
    expect(await violations(marketplace)).toEqual({});
    expect(await second.stop()).toMatchObject({ code: 0 });
  });

  it('survive an operation that kills them: after some deaths it waits for a person, alone, and can be retried (000-27, 000-36)', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPeople(marketplace, [ann, ...crowd]);
    const deadly = fault(ann, 'kills', forEver);
    const requests = [...crowd.map((id) => allocation(id, 1)), deadly, allocation(ann, 1)];
    const ids = await submit(marketplace, requests);
    const crew = hireCrew(marketplace, 2, { entry: 'tests/support/faulty-worker.js' });
    const operations = await settled(marketplace, ids, 45_000);
    expect(endingsOf(operations)).toEqual({ succeeded: crowd.length + 1, reconciling: 1 });
    const { id } = submissionOf(deadly);
    const { rows } = await marketplace.owner.query('select subject_id, error, status from reconciliation_items');
    expect(rows).toEqual([
      { subject_id: id, error: expect.stringContaining('the worker process died'), status: 'open' },
    ]);
    expect(crew.deaths().length).toBeGreaterThanOrEqual(3);

    await marketplace.owner.query(`update operations set payload = payload || '{"until": 0}' where id = $1`, [id]);
    const itemId = reconciliationItemIdOf('operation', id);
    await retryItem(marketplace.app, { itemId, by: 'an operator', note: 'repaired' });
    expect((await settled(marketplace, [id])).map(endingOf)).toEqual(['succeeded']);
    expect(await holdingsOf(marketplace, ann)).toEqual({ balance: 2, debt: 0 });
    expect(await violations(marketplace)).toEqual({});
    await crew.dismiss();
  });

  it.runIf(process.platform === 'linux')('hold little of a long backlog in memory', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPeople(marketplace, crowd);
    const ids = await submitMany(marketplace, 20_000);
    const worker = startWorkerProcess(marketplace);
    expect(endingsOf(await settled(marketplace, ids, 50_000))).toEqual({ succeeded: 20_000 });
    expect(memoryOf(worker).mostMb).toBeLessThan(250);
    expect(await worker.stop()).toMatchObject({ code: 0 });
  });
});
