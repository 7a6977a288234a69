import { expect, it } from 'vitest';
import { together } from './together.ts';

it('does what is asked for in one moment, and what comes while it works, in one run each', async () => {
  const runs: number[][] = [];
  let release = () => {};
  const first = new Promise<void>((resolve) => {
    release = resolve;
  });
  const double = together(async (items: readonly number[]) => {
    runs.push([...items]);
    if (runs.length === 1) await first;
    return items.map((item) => 2 * item);
  });
  const early = Promise.all([double(1), double(2)]);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  const late = Promise.all([double(3), double(4), double(5)]);
  release();
  expect(await early).toEqual([2, 4]);
  expect(await late).toEqual([6, 8, 10]);
  expect(runs).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
});

it('fails those of one run, and goes on with the next', async () => {
  let runs = 0;
  const work = together(async (items: readonly number[]) => {
    runs += 1;
    if (runs === 1) throw new Error('broken');
    return items;
  });
  const failed = await Promise.allSettled([work(1), work(2)]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await work(3)).toBe(3);
});

it('fails a run that answers too little', async () => {
  const work = together(async () => []);
  await expect(work(1)).rejects.toThrow('0 answers to 1 questions');
});
