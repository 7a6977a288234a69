import { expect, it } from 'vitest';
import { createBackpressure } from './backpressure.ts';

/** A table with so many operations waiting, a clock, and how often the table was counted. */
function setup(waitingMax: number, waiting = 0) {
  const table = { waiting, counts: 0, ms: 0 };
  const backpressure = createBackpressure({
    waitingMax,
    now: () => table.ms,
    count: async () => {
      table.counts += 1;
      return table.waiting;
    },
  });
  const submit = async (wanted: number): Promise<number> => {
    const admitted = await backpressure.admit(wanted);
    backpressure.accepted(admitted);
    table.waiting += admitted;
    return admitted;
  };
  return { table, submit };
}

it('admits exactly what there is room for, also in the middle of a batch', async () => {
  const { submit } = setup(10, 7);

  expect(await submit(5)).toBe(3);
  expect(await submit(1)).toBe(0);
});

it('does not count the table while there is plenty of room', async () => {
  const { table, submit } = setup(100_000);
  for (let n = 0; n < 1_000; n += 1) await submit(9);

  expect(table.counts).toBe(1);
});

it('looks at the table again when it is full, and finds what workers have done meanwhile', async () => {
  const { table, submit } = setup(10, 10);
  expect(await submit(1)).toBe(0);

  table.waiting = 0;
  expect(await submit(1)).toBe(0);
  table.ms += 200;
  expect(await submit(4)).toBe(4);
});

it('sees what other processes have accepted before it has filled the rest by itself', async () => {
  const { table, submit } = setup(1_000);
  await submit(100);
  table.waiting = 1_000;
  table.ms += 1_000;

  expect(await submit(1)).toBe(0);
});
