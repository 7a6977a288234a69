import { expect, it } from 'vitest';
import { operationsPerJobMax, wakeUp } from '../../shared/contract/queues.ts';
import { derivedId } from '../../shared/domain/ids.ts';
import type { Wake } from '../../shared/runtime/queues.ts';
import { type Woken, wakesOf } from '../../shared/runtime/wakes.ts';
import { createWakeQueue } from './wake-queue.ts';

function operations(count: number, queue: Woken['queue'] = 'booking', lanes = count): Woken[] {
  return Array.from({ length: count }, (_, n) => ({
    id: derivedId(`${queue} ${n}`),
    kind: queue === 'booking' ? 'booking.create' : 'booking.cancel',
    lane: derivedId(`lane ${n % lanes}`),
    queue,
  }));
}

/** A queue of which each add ends when the test says so. */
function setup() {
  const added: Wake[][] = [];
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const warnings: object[] = [];
  const wakes = createWakeQueue({
    producer: {
      add: (batch) => {
        added.push([...batch]);
        return new Promise((resolve, reject) => ends.push({ resolve, reject }));
      },
    },
    log: { warn: (details) => warnings.push(details) },
  });
  return { wakes, added, ends, warnings };
}

it('makes one job for each queue, named after its first operation', () => {
  const [first, ...rest] = operations(3, 'booking', 2);
  const jobs = wakesOf([...(first ? [first] : []), ...operations(1, 'refund'), ...rest]);

  expect(jobs.map(({ queue, id, name }) => ({ queue, id, name }))).toEqual([
    { queue: 'booking', id: derivedId('booking 0'), name: 'booking.create' },
    { queue: 'refund', id: derivedId('refund 0'), name: 'booking.cancel' },
  ]);
  expect(jobs[0]?.data.lanes).toEqual([derivedId('lane 0'), derivedId('lane 1')]);
});

it('splits what is too much for one job, and loses nothing', () => {
  const all = operations(2 * operationsPerJobMax + 1);
  const jobs = wakesOf(all);

  expect(jobs).toHaveLength(3);
  expect(jobs.flatMap(({ data }) => wakeUp.parse(data).operations)).toEqual(all.map(({ id }) => id));
});

it('collects while an add is on its way', async () => {
  const { wakes, added, ends } = setup();
  const [a, b, c] = operations(3);
  if (a === undefined || b === undefined || c === undefined) throw new Error('three');

  wakes.push([a]);
  wakes.push([b]);
  wakes.push([c]);
  expect(added).toHaveLength(1);
  ends[0]?.resolve();
  await Promise.resolve();
  await expect.poll(() => added.length).toBe(2);

  expect(added[1]?.[0]?.data.operations).toEqual([b.id, c.id]);
  ends[1]?.resolve();
  await wakes.drained();
});

it('goes on after a queue that is away, says so once, and ends', async () => {
  const { wakes, added, ends, warnings } = setup();
  for (let n = 0; n < 3; n += 1) {
    wakes.push(operations(1));
    ends[n]?.reject(new Error('away'));
    await wakes.drained();
  }

  expect(added).toHaveLength(3);
  expect(warnings).toHaveLength(1);
});

it('drops what would not fit into memory', async () => {
  const { wakes, added, ends, warnings } = setup();
  wakes.push(operations(1));
  for (let n = 0; n < 30; n += 1) wakes.push(operations(1_000));
  ends[0]?.resolve();
  await expect.poll(() => added.length).toBe(2);
  ends[1]?.resolve();
  await wakes.drained();

  const named = added[1]?.reduce((sum, { data }) => sum + data.operations.length, 0);
  expect(named).toBe(20_000);
  expect(warnings).toHaveLength(1);
});
