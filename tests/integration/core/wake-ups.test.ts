import { describe, expect, it, onTestFinished } from 'vitest';
import { wakeUpIdOf } from '../../../shared/contract/queues.ts';
import { openWorkers } from '../../../shared/runtime/queue-workers.ts';
import { backends } from '../../support/backends.ts';
import { idOf } from '../../support/builders.ts';
import {
  accept,
  addPeople,
  endings,
  endingsOf,
  meanwhile,
  openMarketplace,
  settled,
  silent,
  startTestWorker,
  submit,
  wake,
} from '../../support/marketplace.ts';
import { allocation, booking, submissionOf } from '../../support/requests.ts';
import { until } from '../../support/until.ts';

/* Jobs are wake-ups: none that is lost, late, doubled or about nothing may cost an operation its turn. */

const [ann, bob] = [idOf('ann'), idOf('bob')];

describe.each(backends)('on $name', (backend) => {
  it('applies what was accepted although nobody added a job (000-27)', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPeople(marketplace, [ann]);
    startTestWorker(marketplace);
    const requests = [allocation(ann, 1), allocation(ann, 2)];
    await accept(marketplace, requests);
    const operations = await settled(
      marketplace,
      requests.map((request) => submissionOf(request).id),
    );
    expect(endingsOf(operations)).toEqual({ succeeded: 2 });
  });

  it('takes a wake-up that comes while another process holds the lane for what has just been accepted', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPeople(marketplace, [ann]);
    startTestWorker(marketplace);
    expect(await endings(marketplace, [allocation(ann, 1)])).toEqual(['succeeded']);
    const { completed: before = 0 } = (await marketplace.producer.depths()).allocation;
    const [id = ''] = await meanwhile(marketplace, async (other) => {
      await other.query('select from lane_heads where id = $1 for no key update', [ann]);
      const ids = await submit(marketplace, [allocation(ann, 1)]);
      await until('a worker has its job', async () => {
        const { active = 0, completed = 0 } = (await marketplace.producer.depths()).allocation;
        return active + completed > before;
      });
      return ids;
    });
    const [operation] = await settled(marketplace, [id]);
    // Before the sweep would have looked at it.
    const tookMs = Number(operation?.settledAt) - Number(operation?.acceptedAt);
    expect(tookMs).toBeLessThan(2_000);
  });

  it('does not mind jobs that come twice, or name what was applied long ago (000-21)', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPeople(marketplace, [ann]);
    startTestWorker(marketplace);
    const requests = [allocation(ann, 1)];
    expect(await endings(marketplace, requests)).toEqual(['succeeded']);
    const [id = ''] = requests.map((request) => submissionOf(request).id);
    const again = Array.from({ length: 50 }, (_, n) => ({
      queue: 'allocation' as const,
      id: wakeUpIdOf(id, 0, n),
      name: 'credits.allocate',
      data: { operations: [id], lanes: [ann] },
    }));
    await marketplace.producer.add(again);
    wake(marketplace, requests);
    expect(await endings(marketplace, [allocation(ann, 1)])).toEqual(['succeeded']);
    const { rows } = await marketplace.owner.query('select count(*)::int as transfers from transfers');
    expect(rows).toEqual([{ transfers: 2 }]);
  });

  it('says since when the oldest job waits in each queue, so that nobody adds others to a backlog', async () => {
    const { producer } = await openMarketplace({ backend });
    expect(await producer.lags()).toEqual(new Map());
    const add = async (name: string) => {
      const id = idOf(name);
      const data = { operations: [id], lanes: [id] };
      await producer.add([{ queue: 'allocation', id, name: 'credits.allocate', data }]);
      return Date.now();
    };
    const addedAt = await add('the older one');
    await until('the clock has moved', () => Date.now() > addedAt);
    await add('the newer one');
    const waitedMs = Date.now() - addedAt;
    const lags = await producer.lags();
    expect([...lags.keys()]).toEqual(['allocation']);
    expect(lags.get('allocation')).toBeGreaterThanOrEqual(waitedMs);
  });

  it.each([
    { lanes: 1, inHand: 256 },
    { lanes: 256, inHand: 32 },
  ])('has $inHand jobs in hand when each is about $lanes lanes', async ({ lanes, inHand }) => {
    const { producer, databaseUrl, redisUrl } = await openMarketplace({ backend });
    const jobs = Array.from({ length: inHand + 20 }, (_, n) => {
      const data = {
        operations: [idOf(`job ${n}`)],
        lanes: Array.from({ length: lanes }, (_, m) => idOf(`lane ${m}`)),
      };
      return { queue: 'allocation' as const, id: idOf(`job ${n}`), name: 'credits.allocate', data };
    });
    await producer.add(jobs);
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const workers = openWorkers({ databaseUrl, redisUrl, log: silent, name: 'test', serve: () => ended });
    onTestFinished(() => {
      end();
      return workers.close();
    });
    await until('it has all that it may', async () => (await producer.depths()).allocation.active === inHand);
    expect((await producer.depths()).allocation).toMatchObject({ active: inHand, waiting: 20 });
  });

  it('is not held up by jobs about lanes that this database has never heard of', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPeople(marketplace, [ann]);
    const ghosts = Array.from({ length: 400 }, (_, n) => {
      const id = idOf(`ghost ${n}`);
      const data = { operations: [id], lanes: [id] };
      return { queue: 'allocation' as const, id, name: 'credits.allocate', data };
    });
    await marketplace.producer.add(ghosts);
    startTestWorker(marketplace);
    await settled(marketplace, await submit(marketplace, [allocation(ann, 1)]), 10_000);
    await until('the jobs are done', async () => {
      const { active = 0, waiting = 0 } = (await marketplace.producer.depths()).allocation;
      return active + waiting === 0;
    });
  });
});

it('leaves those alone whose queue has not come to them yet, and sees to the others', async () => {
  const marketplace = await openMarketplace();
  const { owner, producer } = marketplace;
  await addPeople(marketplace, [ann, bob]);
  const requests = [allocation(ann, 1), booking(bob, ann, 9)];
  await accept(marketplace, requests);
  await owner.query("update operations set accepted_at = now() - interval '10 seconds'");
  await owner.query("update low_water set accepted_at = now() - interval '11 seconds'");

  // A queue from which nothing is taken, with a job that is older than Ann's operation.
  const data = { operations: [idOf('ghost')], lanes: [idOf('ghost')] };
  await producer.add([{ queue: 'allocation', id: idOf('ghost'), name: 'credits.allocate', data }]);
  await owner.query("insert into bullmq.meta (queue, field, value) values ('allocation', 'paused', '1')");
  await owner.query('update bullmq.job set added_at_ms = added_at_ms - 60000');

  startTestWorker(marketplace);
  await settled(
    marketplace,
    requests.slice(1).map((request) => submissionOf(request).id),
  );
  const { rows } = await owner.query<{ id: string }>("select id from bullmq.job where queue = 'allocation'");
  expect(rows).toEqual([{ id: idOf('ghost') }]);
});
