import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentedPath } from '../../../api/openapi/document.ts';
import { operations } from '../../../shared/operations/registry.ts';
import { startTestApi, type TestApi } from '../../support/api.ts';

let api: TestApi;
// biome-ignore lint/suspicious/noExplicitAny: a document whose form is what the tests check
let document: any;

beforeAll(async () => {
  api = await startTestApi();
  document = (await api.request('GET', '/openapi.json')).body;
});
afterAll(() => api.close());

/** Bull Board is a program of its own, mounted as a whole. */
const undocumented = ['/ops/queues'];

it('names every route that the router has, and no other', () => {
  const served = new Set<string>();
  for (const { route } of api.app.router.stack) {
    // What answers all other methods is no route of its own.
    if (route === undefined || '_all' in methodsOf(route)) continue;
    for (const method of Object.keys(methodsOf(route))) {
      served.add(`${method} ${documentedPath(route.path)}`);
    }
  }
  const documented = Object.entries<object>(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path}`),
  );

  expect(served.size).toBeGreaterThan(25);
  expect([...served].sort()).toEqual(documented.sort());
});

it('has the paths of the contract', () => {
  const expected = [
    '/v1/users/{id}',
    '/v1/practitioners',
    '/v1/practitioners/{id}',
    '/v1/practitioners/{id}/slots',
    '/v1/bookings',
    '/v1/bookings/{id}',
    '/v1/bookings/{bookingId}/cancel',
    '/v1/bookings/{id}/cancellation-quote',
    '/v1/slot-holds',
    '/v1/slot-holds/{holdId}/release',
    '/v1/waitlist',
    '/v1/waitlist/{entryId}/leave',
    '/v1/waitlist/{entryId}/decline',
    '/v1/transfers',
    '/v1/partners/{id}',
    '/v1/partners/{partnerId}/pool',
    '/v1/partner/members',
    '/v1/partner/members/{memberId}',
    '/v1/partner/assign-credits',
    '/v1/partner/bulk-upload-members',
    '/v1/partner/dashboard-data',
    '/v1/allocations',
    '/v1/users/{id}/balance',
    '/v1/users/{id}/transactions',
    '/v1/operations',
    '/v1/operations/{id}',
    '/v1/operations/{id}/events',
    '/v1/reconciliation',
    '/v1/reconciliation/{id}',
    '/v1/reconciliation/{id}/retry',
    '/v1/reconciliation/{id}/resolve',
    '/v1/reconciliation/{id}/dismiss',
    '/v1/audit',
    '/v1/stats',
    '/healthz',
    '/readyz',
    '/metrics',
    '/openapi.json',
    '/docs',
    '/ops',
  ];
  expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(expected));
  expect(undocumented.every((path) => !(path in document.paths))).toBe(true);
});

describe('a kind of operation', () => {
  const submitted = operations.flatMap((kind) => (kind.path === null ? [] : [[kind.kind, kind, kind.path] as const]));

  it.each(submitted)('%s says what it takes and gives', (_, kind, path) => {
    const { [kind.method ?? 'post']: post } = document.paths[documentedPath(path)];
    const body = post.requestBody.content['application/json'].schema;
    const names = Object.keys(kind.payload.shape);
    const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);

    expect(Object.keys(body.properties)).toEqual(names.filter((name) => !inPath.includes(name)));
    expect(body.additionalProperties).toBe(false);
    expect(post.parameters.map(({ name }: { name: string }) => name)).toEqual([...inPath, 'Idempotency-Key', 'Prefer']);
    for (const code of kind.rejections) expect(post.description).toContain(`\`${code}\``);
    const { $ref } = post.responses[202].content['application/json'].schema;
    const { outcome } = document.components.schemas[$ref.split('/').at(-1)].properties;
    expect(JSON.stringify(outcome)).toContain(Object.keys(kind.outcome.shape)[0]);
    expect(Object.keys(post.responses)).toEqual(
      expect.arrayContaining(['202', '400', '401', '413', '415', '422', '429']),
    );
  });
});

it('refers only to what it has, and asks for a token where one is asked for', async () => {
  const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining([...new Set(references)]));
  expect(JSON.stringify(document)).not.toContain('$defs');

  const ids = new Set<string>();
  for (const [path, item] of Object.entries<Record<string, { security: object[]; operationId: string }>>(
    document.paths,
  )) {
    for (const [method, { security, operationId }] of Object.entries(item)) {
      expect(ids.has(operationId), operationId).toBe(false);
      ids.add(operationId);
      if (path.startsWith('/ops')) continue;
      const concrete = path.replace(/\{file\}/, 'init.js').replace(/\{\w+\}/g, randomUUID());
      const { status } = await api.request(method.toUpperCase(), concrete);
      expect(status === 401, `${method} ${path}`).toBe(security.length > 0);
    }
  }
});

function methodsOf(route: { readonly path: string }): object {
  const methods: unknown = Reflect.get(route, 'methods');
  return typeof methods === 'object' && methods !== null ? methods : {};
}
