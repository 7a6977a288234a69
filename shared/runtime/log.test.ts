import { describe, expect, it } from 'vitest';
import { createLogger } from './log.ts';

function setup() {
  const lines: string[] = [];
  return { lines, log: createLogger('api', 'info', { write: (line) => lines.push(line) }) };
}

describe('a log line', () => {
  it('says when, who and what, as JSON', () => {
    const { lines, log } = setup();
    log.info({ operationId: 'op-1' }, 'applied');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ name: 'api', level: 30, operationId: 'op-1', msg: 'applied' });
  });

  it('hides secrets and what people are called and write, at any depth', () => {
    const { lines, log } = setup();
    const headers = { authorization: 'SECRET', cookie: 'SECRET', accept: 'shown' };
    log.info(
      { email: 'SECRET', req: { headers }, rows: [{ firstName: 'SECRET', a: { b: { notes: 'SECRET' } } }] },
      'x',
    );
    expect(lines[0]).toContain('shown');
    expect(lines[0]).not.toContain('SECRET');
  });

  it('ends with what is nested deeper than anything that we log', () => {
    const { lines, log } = setup();
    const endless: Record<string, unknown> = {};
    endless.self = endless;
    log.info({ endless }, 'x');
    expect(lines[0]).toContain('[deeper]');
  });

  it.each(['with', 'without'])('shows an error %s a text but not the values in it', (text) => {
    const { lines, log } = setup();
    const cause = Object.assign(new Error('duplicate key'), { code: '23505', constraint: 'c', detail: 'Key=(SECRET)' });
    const error = new Error('Failed query: insert into users\nparams: SECRET', { cause });
    if (text === 'with') log.error({ err: error }, 'it failed');
    else log.error(error);
    expect(lines[0]).not.toContain('SECRET');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      err: {
        message: 'Failed query: insert into users',
        stack: expect.arrayContaining([expect.stringContaining('log.test.ts')]),
        cause: { code: '23505', constraint: 'c' },
      },
    });
  });
});
