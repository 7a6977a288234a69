import { expect, it } from 'vitest';
import { sendTogether } from './statement.ts';

function sqlError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

const nobody = { query: () => Promise.reject(new Error('nobody asks')) };

it('answers in order', async () => {
  expect(await sendTogether(nobody, () => [Promise.resolve(1), Promise.resolve('two')])).toEqual([1, 'two']);
});

it('fails for the cause, also when what follows from it is heard first', async () => {
  const slowly = async (): Promise<never> => {
    for (const _ of [1, 2, 3]) await null;
    throw sqlError('55P03');
  };
  const begun = () => [slowly(), Promise.reject(sqlError('25P02'))];
  await expect(sendTogether(nobody, begun)).rejects.toThrow('55P03');
});

it('fails for what it heard when that is all there is', async () => {
  await expect(sendTogether(nobody, () => [Promise.reject(sqlError('25P02'))])).rejects.toThrow('25P02');
});
