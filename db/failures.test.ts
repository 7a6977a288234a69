import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { describeError, failureKindOf, sqlStateOf } from './failures.ts';

function databaseError(code: string): Error {
  const error = new pg.DatabaseError('broken', 6, 'error');
  error.code = code;
  return error;
}

function systemError(code: string): Error {
  return Object.assign(new Error('broken'), { code });
}

/** As our own wrapper around Drizzle's has it. */
function wrapped(error: Error): Error {
  return new Error('a batch failed', { cause: new DrizzleQueryError('select 1', [], error) });
}

describe('what kind of failure an exception is', () => {
  it.each([
    ['serialization failure', '40001', 'passing'],
    ['deadlock', '40P01', 'passing'],
    ['lock timeout', '55P03', 'passing'],
    ['statement timeout', '57014', 'passing'],
    ['idle in transaction', '25P03', 'passing'],
    ['too many connections', '53300', 'passing'],
    ['terminated by an administrator', '57P01', 'connection'],
    ['crash of the server', '57P02', 'connection'],
    ['starting up', '57P03', 'connection'],
    ['connection failure', '08006', 'connection'],
    ['unique violation', '23505', 'poison'],
    ['exclusion violation', '23P01', 'poison'],
    ['check violation', '23514', 'poison'],
    ['invalid text', '22P02', 'poison'],
    ['forbidden', '42501', 'poison'],
  ])('%s', (_, code, kind) => {
    expect(failureKindOf(databaseError(code))).toBe(kind);
    expect(failureKindOf(wrapped(databaseError(code)))).toBe(kind);
    expect(sqlStateOf(wrapped(databaseError(code)))).toBe(code);
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND'])('%s is the connection', (code) => {
    expect(failureKindOf(wrapped(systemError(code)))).toBe('connection');
    expect(sqlStateOf(systemError(code))).toBe(null);
  });

  it('finds the reason among several: a host with two addresses fails with one error for each', () => {
    expect(failureKindOf(new AggregateError([systemError('ECONNREFUSED'), systemError('ECONNREFUSED')]))).toBe(
      'connection',
    );
  });

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
  ])('"%s", which pg says without a code, is the connection', (message) => {
    expect(failureKindOf(wrapped(new Error(message)))).toBe('connection');
  });

  it('takes everything else for a bug: an assertion, a value, nothing at all', () => {
    for (const error of [
      new Error('row is not in the footprint'),
      new TypeError('x'),
      'text',
      17,
      null,
      undefined,
      {},
    ]) {
      expect(failureKindOf(error)).toBe('poison');
    }
  });

  it('bears a cause that points back', () => {
    const error = new Error('round');
    error.cause = error;
    expect(failureKindOf(error)).toBe('poison');
    expect(describeError(error)).toContain('round');
  });
});

describe('what an error is described as', () => {
  it('names every cause, outermost first, within bounds', () => {
    expect(describeError(new Error('outer', { cause: new Error('inner') }))).toBe('outer ← inner');
    expect(describeError(new Error('x'.repeat(5_000)))).toHaveLength(2_000);
    expect(describeError('text')).toBe("'text'");
  });

  it('holds nothing that PostgreSQL cannot store: a failure that cannot be recorded would hold its lane up for ever', () => {
    expect(describeError(new Error('before\0after'))).toBe('beforeafter');
    expect(describeError(Object.create(null))).toEqual(expect.any(String));
  });
});
