import { describe, expect, it } from 'vitest';
import { ownClaims } from './own-claims.ts';

describe('the claims of a process', () => {
  it('tell what its other batches hold from what is in the hands of strangers', () => {
    const claims = ownClaims();
    const [one, other] = [claims.begin(), claims.begin()];
    one.add(['a', 'b']);
    other.add(['b', 'c']);
    other.add(['d']);
    expect(one.strangersAmong(new Set(['b', 'd', 'e']))).toBe(1);
    expect(other.strangersAmong(new Set(['b', 'e', 'f']))).toBe(2);
  });

  it('do not count for the batch that has claimed them: what it could not get is held by somebody else', () => {
    const one = ownClaims().begin();
    one.add(['a']);
    expect(one.strangersAmong(new Set(['a']))).toBe(1);
  });

  it('are over with their batch', () => {
    const claims = ownClaims();
    const [one, other] = [claims.begin(), claims.begin()];
    one.add(['a']);
    one.end();
    expect(other.strangersAmong(new Set(['a']))).toBe(1);
  });
});
