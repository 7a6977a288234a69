import { describe, expect, it } from 'vitest';
import { plainArray, textArray } from './array-literal.ts';

describe('arrays as PostgreSQL reads them', () => {
  it('writes plain values as they are', () => {
    expect(plainArray([1, -2, null, true, '2026-01-01T00:00:00.000Z'])).toBe(
      '{1,-2,NULL,true,2026-01-01T00:00:00.000Z}',
    );
    expect(plainArray([])).toBe('{}');
  });

  it('quotes text, so that nothing in it can mean anything', () => {
    expect(textArray(['a', '', 'NULL', null, 'x,y', '{"k":"v\\n"}', '\\'])).toBe(
      '{"a","","NULL",NULL,"x,y","{\\"k\\":\\"v\\\\n\\"}","\\\\"}',
    );
  });
});
