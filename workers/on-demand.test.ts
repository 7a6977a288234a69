import { expect, it, onTestFinished, vi } from 'vitest';
import { onDemand } from './on-demand.ts';

const hourMs = 3_600_000;

/** Work that ends when it is told to. */
function controlled() {
  const runs: { done: () => void; fail: (error: Error) => void }[] = [];
  const failures: unknown[] = [];
  const work = () => new Promise<void>((done, fail) => void runs.push({ done, fail }));
  const demand = onDemand(hourMs, work, (error) => failures.push(error));
  onTestFinished(() => {
    for (const { done } of runs) done();
    return demand.close();
  });
  const untilRuns = (count: number) => vi.waitFor(() => expect(runs).toHaveLength(count));
  return { runs, failures, demand, untilRuns };
}

/** After everything that is only waiting for its turn. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('works at once, when woken, and once more for all who wake it meanwhile', async () => {
  const { runs, demand, untilRuns } = controlled();
  expect(runs).toHaveLength(1);
  demand.wake();
  demand.wake();
  await settled();
  expect(runs).toHaveLength(1);
  runs[0]?.done();
  await untilRuns(2);
  runs[1]?.done();
  await settled();
  expect(runs).toHaveLength(2);
  demand.wake();
  await untilRuns(3);
});

it('works again after a period that nobody has woken it in', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const work = vi.fn(async () => {});
  const demand = onDemand(hourMs, work, () => {});
  await vi.advanceTimersByTimeAsync(hourMs - 1);
  expect(work).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(work).toHaveBeenCalledTimes(2);
  await demand.close();
  await vi.advanceTimersByTimeAsync(2 * hourMs);
  expect(work).toHaveBeenCalledTimes(2);
});

it('reports a failure and rests, whoever has woken it meanwhile', async () => {
  const { runs, failures, demand, untilRuns } = controlled();
  demand.wake();
  runs[0]?.fail(new Error('no'));
  await settled();
  expect([failures, runs.length]).toEqual([[new Error('no')], 1]);
  demand.wake();
  await untilRuns(2);
});

it('ends when what runs has ended, and does nothing after it', async () => {
  const { runs, demand } = controlled();
  demand.wake();
  let isClosed = false;
  const closing = demand.close().then(() => {
    isClosed = true;
  });
  await settled();
  expect(isClosed).toBe(false);
  runs[0]?.done();
  await closing;
  demand.wake();
  await settled();
  expect(runs).toHaveLength(1);
});
