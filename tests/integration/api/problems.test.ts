import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { house } from '../../../shared/domain/accounts.ts';
import { startTestApi, type TestApi, withKey } from '../../support/api.ts';

const me = randomUUID();
let api: TestApi;
let token: string;

beforeAll(async () => {
  api = await startTestApi();
  token = await api.tokenOf(me, 'client', 'admin');
});
afterAll(() => api.close());

const booking = {
  practitionerId: randomUUID(),
  startsAt: '2030-01-07T10:00:00Z',
  durationMinutes: 60,
  sessionType: 'massage',
};

async function operationCount(): Promise<number> {
  const { rows } = await api.owner.query('select count(*)::int as count from operations');
  return rows[0].count;
}

it('answers problems as RFC 9457 says, with the headers of every answer', async () => {
  const answer = await api.request('GET', '/v1/nothing', { headers: { 'X-Request-Id': 'from-a-proxy.1' } });

  expect(answer.status).toBe(404);
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(answer.body).toEqual({
    type: 'urn:counterfoil:problem:not_found',
    title: expect.any(String),
    status: 404,
    detail: expect.any(String),
    code: 'not_found',
  });
  expect(answer.headers.get('x-request-id')).toBe('from-a-proxy.1');
});

it.each([
  ['GET', '/healthz'],
  ['GET', '/docs'],
  ['GET', '/openapi.json'],
  ['GET', '/ops/sign-in'],
  ['GET', '/ops/queues'],
  ['GET', '/v1/bookings'],
  ['GET', '/v1/nothing'],
  ['PATCH', '/v1/bookings'],
  ['OPTIONS', '/v1/bookings'],
  ['DELETE', `/v1/users/${me}`],
])('protects the answer of %s %s', async (method, path) => {
  const { headers } = await api.request(method, path, { token });

  expect(headers.get('x-powered-by')).toBeNull();
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('strict-transport-security')).toMatch(/max-age=\d+/);
  expect(headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('x-request-id')).toMatch(/^[\w-]+$/);
});

it('makes a request id of its own rather than echo anything', async () => {
  const { headers } = await api.request('GET', '/healthz', { headers: { 'X-Request-Id': 'x'.repeat(200) } });
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

it.each([
  ['PATCH', '/v1/bookings', 'POST, GET, HEAD'],
  ['DELETE', `/v1/practitioners/${me}`, 'PUT, GET, HEAD'],
  ['PUT', '/v1/transfers', 'POST'],
  ['POST', '/healthz', 'GET, HEAD'],
])('answers 405 to %s %s', async (method, path, allowed) => {
  const answer = await api.request(method, path, { token });

  expect(answer).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
  expect(answer.headers.get('allow')).toBe(allowed);
});

it.each([
  '/v1',
  '/v1/bookings/',
  '/V1/bookings',
  '/v1/users',
  '/../etc/passwd',
  '/docs/../package.json',
  '/docs/index.js',
])('finds nothing at %s', async (path) => {
  expect((await api.request('GET', path, { token })).status).toBe(404);
});

it('answers 400 to a path that cannot be decoded', async () => {
  expect(await api.request('GET', '/v1/bookings/%ZZ', { token })).toMatchObject({
    status: 400,
    body: { code: 'invalid_request' },
  });
});

describe('bodies', () => {
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    api.request('POST', '/v1/bookings', withKey({ token, body, headers }));

  it.each([
    ['no JSON', '{"practitionerId":'],
    ['no object', '[]'],
    ['null', 'null'],
    ['a string', '"x"'],
    ['nothing', ''],
    ['too deep a nesting', `${'['.repeat(33)}${']'.repeat(33)}`],
    ['a very deep nesting', `${'['.repeat(40_000)}${']'.repeat(40_000)}`],
    ['a very deep nesting in a member', `{"notes":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`],
    ['a prototype', `{"__proto__":{"practitionerId":"${booking.practitionerId}"}}`],
    ['a prototype besides', JSON.stringify(booking).replace('{', '{"__proto__":{"x":1},')],
    ['a constructor', JSON.stringify({ ...booking, constructor: { prototype: {} } })],
    ['an unknown member', JSON.stringify({ ...booking, userId: me })],
    ['NUL', JSON.stringify({ ...booking, notes: 'a\0b' })],
    ['half a surrogate pair', JSON.stringify({ ...booking, notes: '\ud800' })],
    ['too long a text', JSON.stringify({ ...booking, notes: 'x'.repeat(2_001) })],
    ['an id that is none', JSON.stringify({ ...booking, practitionerId: '1 or 1=1' })],
    ['a time without an offset', JSON.stringify({ ...booking, startsAt: '2030-01-07T10:00:00' })],
    ['a time within a minute', JSON.stringify({ ...booking, startsAt: '2030-01-07T10:00:30Z' })],
    ['a day that does not exist', JSON.stringify({ ...booking, startsAt: '2030-02-30T10:00:00Z' })],
    ['a year that nobody can store', JSON.stringify({ ...booking, startsAt: '0000-01-01T00:00:00Z' })],
    ['half a minute', JSON.stringify({ ...booking, durationMinutes: 0.5 })],
    ['a number beyond counting', JSON.stringify({ ...booking, durationMinutes: 1e308 })],
    ['text for a number', JSON.stringify({ ...booking, durationMinutes: '60' })],
  ])('refuses %s', async (_, body) => {
    const before = await operationCount();
    const answer = await post(body, { 'Content-Type': 'application/json' });

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(answer.body.errors[0]).toEqual({ path: expect.any(String), message: expect.any(String) });
    expect(await operationCount()).toBe(before);
  });

  it('names every field at fault', async () => {
    const answer = await post({ ...booking, durationMinutes: 0, colour: 'red', practitionerId: undefined });
    const paths = answer.body.errors.map(({ path }: { path: string }) => path);

    expect(paths.sort()).toEqual(['colour', 'durationMinutes', 'practitionerId']);
  });

  it('takes 32 levels', async () => {
    const answer = await post(JSON.stringify({ ...booking, notes: JSON.parse(`${'['.repeat(31)}${']'.repeat(31)}`) }));
    expect(answer.body.errors[0].path).toBe('notes'); // the schema's no, not that of the depth
  });

  it.each([
    ['text', { 'Content-Type': 'text/plain' }],
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['another JSON', { 'Content-Type': 'application/jsonp' }],
    ['another character set', { 'Content-Type': 'application/json; charset=iso-8859-1' }],
    ['an unknown encoding', { 'Content-Type': 'application/json', 'Content-Encoding': 'snappy' }],
  ])('answers 415 to %s', async (_, headers) => {
    expect(await post(JSON.stringify(booking), headers)).toMatchObject({
      status: 415,
      body: { code: 'unsupported_media_type' },
    });
  });

  it('answers 413 above 100 kB, also to what grows when it is unpacked', async () => {
    const tooLarge = { status: 413, body: { code: 'too_large' } };
    const padded = (length: number) => JSON.stringify(booking).padEnd(length, ' ');
    expect(await post(padded(100_001))).toMatchObject(tooLarge);
    expect(await post(padded(100_000))).toMatchObject({ status: 202 });

    const bomb = await fetch(`${api.url}/v1/bookings`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${token}`,
        'Idempotency-Key': 'bomb',
        'Content-Type': 'application/json',
        'Content-Encoding': 'gzip',
      },
      body: gzipSync(padded(10_000_000)),
    });
    expect(bomb.status).toBe(413);
  });

  it('takes JSON with a character set, and a body in chunks', async () => {
    expect((await post(booking, { 'Content-Type': 'application/json; charset=UTF-8' })).status).toBe(202);
    const chunks = new Blob([JSON.stringify(booking)]).stream();
    const answer = await fetch(`${api.url}/v1/bookings`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Idempotency-Key': 'chunks', 'Content-Type': 'application/json' },
      body: chunks,
      duplex: 'half',
    });
    expect(answer.status).toBe(202);
  });

  it('survives callers who hang up in the middle of a body', async () => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(
      `POST /v1/bookings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nIdempotency-Key: gone\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"prac',
    );
    socket.destroy();
    await once(socket, 'close');
    expect((await api.request('GET', '/healthz')).status).toBe(200);
  });
});

describe('paths and queries', () => {
  it('answers 400 to a write on what is no id, and 404 to a read', async () => {
    const read = (path: string) => api.request('GET', path, { token });
    for (const path of ['/v1/bookings/1', '/v1/operations/x', '/v1/users/1/balance', '/v1/practitioners/1']) {
      expect(await read(path), path).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
    const cancel = await api.request('POST', '/v1/bookings/1/cancel', withKey({ token, body: {} }));
    expect(cancel).toMatchObject({ status: 400, body: { errors: [{ path: 'bookingId' }] } });
    const put = await api.request('PUT', '/v1/users/1', { token, body: { email: 'a@example.org' } });
    expect(put).toMatchObject({ status: 400, body: { errors: [{ path: 'id' }] } });
  });

  it.each(Object.entries(house))('keeps the id of the house account %s from people', async (_, id) => {
    const body = { email: 'a@example.org', firstName: 'A', lastName: 'B', roles: ['client'] };
    const put = await api.request('PUT', `/v1/users/${id}`, { token, body });
    expect(put).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ path: 'id' }] } });
  });

  it('lets only the path name the booking', async () => {
    const body = { bookingId: randomUUID() };
    const answer = await api.request('POST', `/v1/bookings/${randomUUID()}/cancel`, withKey({ token, body }));
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'bookingId' }] } });
  });

  it('takes a write without a body where nothing is needed', async () => {
    expect((await api.request('POST', `/v1/bookings/${randomUUID()}/cancel`, withKey({ token }))).status).toBe(202);
  });

  it.each([
    '/v1/bookings?limit=201',
    '/v1/bookings?limit=0',
    '/v1/bookings?limit=1&limit=2',
    '/v1/bookings?cursor=x',
    '/v1/bookings?status=lost',
    '/v1/bookings?from=2030-01-01T00:00:00',
    '/v1/operations?userId=me',
    '/v1/operations?status=done',
    `/v1/users/${me}/transactions?asset=gold`,
    `/v1/users/${me}/transactions?cursor=WyIxIiwiMiJd`,
  ])('answers 400 to %s', async (path) => {
    const answer = await api.request('GET', path, { token });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(answer.body.errors[0].path).toMatch(/^(limit|cursor|status|from|userId|asset)$/);
  });

  it('takes the offset of a time in a query, also when nobody encoded its plus', async () => {
    for (const offset of ['+02:00', '%2B02:00', '-05:00', 'Z']) {
      const path = `/v1/bookings?from=2030-01-01T00:00:00${offset}`;
      expect((await api.request('GET', path, { token })).status, offset).toBe(200);
    }
  });
});

it('shows nothing of itself when something breaks', async () => {
  await api.owner.query('alter table bookings rename column notes to gone');
  const answer = await api.request('GET', '/v1/bookings', { token });
  await api.owner.query('alter table bookings rename column gone to notes');

  expect(answer).toMatchObject({ status: 500, body: { code: 'internal_error' } });
  expect(JSON.stringify(answer.body)).not.toMatch(/notes|select|column|\.ts/i);
});
