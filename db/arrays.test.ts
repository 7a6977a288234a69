import { describe, expect, it } from 'vitest';
import { arrayEncoders, type Element } from './arrays.ts';
import { statement } from './statement.ts';

describe('arrays as PostgreSQL keeps them', () => {
  it('begin with what they are of, and how many there are', () => {
    const array = encode('int', [7, null]);
    expect(array?.toString('hex')).toBe(
      ['00000001', '00000001', '00000017', '00000002', '00000001', '00000004', '00000007', 'ffffffff'].join(''),
    );
  });

  it('may be empty', () => {
    for (const type of arrayEncoders.keys()) expect(encode(type, [])?.readInt32BE(12)).toBe(0);
  });

  it('are the same of an id, however it is written', () => {
    const id = '8d6e0b1e-3f5c-4c6f-9f0e-0d9f6f1f2a3b';
    expect(encode('uuid', [id.toUpperCase()])).toEqual(encode('uuid', [id]));
  });

  it.each<[string, Element]>([
    ['boolean', 'true'],
    ['bytea', 'x'],
    ['int', 1.5],
    ['int', 2 ** 31],
    ['int', '1'],
    ['bigint', 2 ** 53],
    ['bigint', 0.5],
    ['float8', '1'],
    ['text', 1],
    ['timestamptz', '2026-01-01T00:00:00.000Z'],
    ['timestamptz', new Date(Number.NaN)],
    ['timestamptz', Number.NEGATIVE_INFINITY],
    ['uuid', '8d6e0b1e-3f5c-4c6f-9f0e-0d9f6f1f2a3'],
    ['uuid', '8d6e0b1e-3f5c-4c6f-9f0e-0d9f6f1f2a3g'],
    ['uuid', '8d6e0b1e3f5c4c6f9f0e0d9f6f1f2a3b----'],
    ['uuid', '8d6e0b1e_3f5c-4c6f-9f0e-0d9f6f1f2a3b'],
    ['uuid', '8d6e0b1e-3f5c-4c6f-9f0e-0d9f6f1f2a3\u0130'],
    ['uuid', 7],
  ])('are not of %s with %j in them', (type, value) => {
    expect(() => encode(type, [null, value])).toThrow(`is no ${type} for PostgreSQL`);
    expect(() => encode(type, [null, value])).toThrow(TypeError);
  });
});

it('name of many ids the one that is none', () => {
  const id = '8d6e0b1e-3f5c-4c6f-9f0e-0d9f6f1f2a3b';
  const wrong = id.replace('8', 'x');
  expect(() => encode('uuid', [id, wrong, id])).toThrow(new TypeError(`"${wrong}" is no uuid for PostgreSQL`));
});

it('takes no array of which a statement does not say what it is of', async () => {
  const vague = statement('vague', 'select $1 as value');
  const on = { query: () => Promise.reject(new Error('asked')) };
  await expect(vague(on, [['a']])).rejects.toThrow('vague does not say what $1 is an array of');
});

function encode(type: string, values: readonly Element[]): Buffer | undefined {
  return arrayEncoders.get(type)?.(values);
}
