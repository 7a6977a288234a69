import { expect, it } from 'vitest';
import { sendTogether } from './statement.ts';

/* Of a client see `round-trip.test.ts`; a pool sends each by itself. */

const nobody = { query: () => Promise.reject(new Error('nobody asks')) };

it('answers in order', async () => {
  expect(await sendTogether(nobody, () => [Promise.resolve(1), Promise.resolve('two')])).toEqual([1, 'two']);
});

it('fails for the first that failed, whichever is heard first, and not before all have ended', async () => {
  const ended: string[] = [];
  const slowly = async (what: string): Promise<never> => {
    for (const _ of [1, 2, 3]) await null;
    ended.push(what);
    throw new Error(what);
  };
  const begun = () => [slowly('cause'), Promise.reject(new Error('consequence')), slowly('other')];
  await expect(sendTogether(nobody, begun)).rejects.toThrow('cause');
  expect(ended).toEqual(['cause', 'other']);
});
