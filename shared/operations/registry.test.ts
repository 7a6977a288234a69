import { expect, it } from 'vitest';
import { z } from 'zod';
import { eventTypeOfKind, eventTypes } from '../contract/event-types.ts';
import { rejectionCodes } from '../contract/rejections.ts';
import { kindsByName, operations } from './registry.ts';

it('finds every kind under its own name', () => {
  const byName = kindsByName(operations);
  expect([...byName.keys()]).toEqual(operations.map(({ kind }) => kind));
  for (const kind of operations) expect(byName.get(kind.kind)).toBe(kind);
});

it('refuses two kinds of one name', () => {
  expect(() => kindsByName([...operations, ...operations.slice(0, 1)])).toThrow('same name');
});

it.each(operations.map((kind) => [kind.kind, kind] as const))('%s can be described to callers', (_name, kind) => {
  for (const io of ['input', 'output'] as const) {
    const { properties: payload = {} } = z.toJSONSchema(kind.payload, { io });
    for (const [, parameter = ''] of (kind.path ?? '').matchAll(/:(\w+)/g)) expect(payload).toHaveProperty(parameter);
    expect(z.toJSONSchema(kind.outcome, { io })).toHaveProperty('properties');
  }
  expect(new Set(kind.rejections).size).toBe(kind.rejections.length);
  expect(rejectionCodes).toEqual(expect.arrayContaining([...kind.rejections]));
});

it('has a route of its own for every kind that callers may ask for', () => {
  const routes = operations.flatMap(({ method = 'post', path }) => (path === null ? [] : [`${method} ${path}`]));
  expect(new Set(routes).size).toBe(routes.length);
});

it('says of every kind what subscribers hear of it, each under a type of its own but for refunds', () => {
  expect(Object.keys(eventTypeOfKind).sort()).toEqual(operations.map(({ kind }) => kind).sort());
  const told = Object.values(eventTypeOfKind).filter((type) => type !== null);
  expect(told.filter((type, position) => told.indexOf(type) !== position)).toEqual(['order.refunded']);
  expect([...eventTypes].sort()).toEqual([...new Set(told)].sort());
});
