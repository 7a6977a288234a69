import { describe, expect, it } from 'vitest';
import { remembered } from './remembered.ts';

describe('what is remembered', () => {
  const asked = (max: number) => {
    const derived: string[] = [];
    const shout = remembered(max, (text) => {
      derived.push(text);
      return text.toUpperCase();
    });
    return { shout, derived };
  };

  it('is derived once', () => {
    const { shout, derived } = asked(2);
    expect(['a', 'b', 'a', 'b'].map(shout)).toEqual(['A', 'B', 'A', 'B']);
    expect(derived).toEqual(['a', 'b']);
  });

  it('is forgotten once so many others have been asked for, and derived again', () => {
    const { shout, derived } = asked(2);
    expect(['a', 'b', 'c', 'd', 'e', 'a'].map(shout)).toEqual(['A', 'B', 'C', 'D', 'E', 'A']);
    expect(derived).toEqual(['a', 'b', 'c', 'd', 'e', 'a']);
  });

  it('stays as long as it is asked for', () => {
    const { shout, derived } = asked(2);
    for (const other of ['b', 'c', 'd', 'e', 'f', 'g']) ['a', other].map(shout);
    expect(derived.filter((text) => text === 'a')).toEqual(['a']);
  });
});
