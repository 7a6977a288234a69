import { expect, it } from 'vitest';
import { canonicalJson, fingerprintOf } from './fingerprint.ts';

it('does not depend on the order of members, at any depth', () => {
  const one = JSON.parse('{"b":{"y":[1,{"q":1,"p":2}],"x":null},"a":"ä"}');
  const other = JSON.parse(' { "a" : "\\u00e4", "b" : { "x" : null, "y" : [ 1.0, { "p" : 2e0, "q" : 1 } ] } } ');

  expect(fingerprintOf('POST', '/v1/x', one)).toEqual(fingerprintOf('POST', '/v1/x', other));
});

it.each([
  ['another method', 'PUT', '/v1/x', { a: 1 }],
  ['another path', 'POST', '/v1/y', { a: 1 }],
  ['another value', 'POST', '/v1/x', { a: 2 }],
  ['text for a number', 'POST', '/v1/x', { a: '1' }],
  ['one member more', 'POST', '/v1/x', { a: 1, b: null }],
  ['another order of elements', 'POST', '/v1/x', { a: [1, 2] }],
])('tells %s apart', (_, method, path, body) => {
  const seen = [fingerprintOf('POST', '/v1/x', { a: 1 }), fingerprintOf('POST', '/v1/x', { a: [2, 1] })];

  expect(seen).not.toContainEqual(fingerprintOf(method, path, body));
});

it('keeps what a careless copy would lose', () => {
  expect(canonicalJson(JSON.parse('{"__proto__":{"a":1},"constructor":2}'))).toBe(
    '{"__proto__":{"a":1},"constructor":2}',
  );
  expect(canonicalJson([])).toBe('[]');
  expect(canonicalJson('"\n')).toBe('"\\"\\n"');
});
