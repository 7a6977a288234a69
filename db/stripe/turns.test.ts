import pg from 'pg';
import { expect, it } from 'vitest';
import { BusyError, inTurn } from './turns.ts';

/** Never connects: it only stands for a line. */
const aPool = () => new pg.Pool();

it('runs what is given for one pool one after the other, also when some of it fails', async () => {
  const pool = aPool();
  const happened: string[] = [];
  const steps = ['a', 'b', 'c'].map((name) =>
    inTurn(pool, async () => {
      happened.push(`${name} begins`);
      await Promise.resolve();
      happened.push(`${name} ends`);
      if (name === 'b') throw new Error('b fails');
      return name;
    }),
  );
  const ends = await Promise.allSettled(steps);
  expect(happened).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

it('keeps nobody waiting for another pool', async () => {
  const never = inTurn(aPool(), () => new Promise(() => {}));
  expect(await inTurn(aPool(), async () => 'done')).toBe('done');
  expect(never).toBeInstanceOf(Promise);
});

it('refuses at once what would have to wait behind too many', async () => {
  const pool = aPool();
  let release = () => {};
  const first = inTurn(
    pool,
    () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  );
  await Promise.resolve();
  const others = Array.from({ length: 500 }, () => inTurn(pool, async () => undefined));
  await expect(inTurn(pool, async () => undefined)).rejects.toThrow(BusyError);
  release();
  await Promise.all([first, ...others]);
  expect(await inTurn(pool, async () => 'again')).toBe('again');
});
