import { describe, expect, it } from 'vitest';
import { withoutStack } from './without-stack.ts';

describe('what begins without a stack', () => {
  it('captures none', () => {
    expect(withoutStack(() => new Error('early').stack)).toBe('Error: early');
  });

  it('has one later', async () => {
    const later = withoutStack(async () => {
      await Promise.resolve();
      return new Error('late').stack;
    });
    expect(await later).toContain('without-stack.test');
  });

  it('takes it from nobody else, also when it throws', () => {
    expect(() =>
      withoutStack(() => {
        throw new Error('refused');
      }),
    ).toThrow('refused');
    expect(new Error('mine').stack).toContain('without-stack.test');
  });
});
