import { expect, it } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

it('begins nothing before what came first has ended, well or not', async () => {
  const alone = oneAtATime();
  const said: string[] = [];
  let end = (): void => {};
  const first = alone(() => new Promise<void>((resolve) => (end = resolve)));
  const second = alone(() => {
    said.push('second');
    return Promise.reject(new Error('broken'));
  });
  const third = alone(() => Promise.resolve('third'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(said).toEqual([]);
  end();
  await first;
  await expect(second).rejects.toThrow('broken');
  expect(await third).toBe('third');
});
