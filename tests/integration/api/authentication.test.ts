import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signOpsLinkToken, signToken } from '../../../shared/runtime/tokens.ts';
import { jwtSecret, startTestApi, type TestApi, withKey } from '../../support/api.ts';

const sub = randomUUID();
const now = Math.floor(Date.now() / 1_000);
const good = { sub, roles: ['client'], exp: now + 600 };

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function signed(claims: object, { alg = 'HS256', secret = jwtSecret, hash = 'sha256' } = {}): string {
  const head = `${encoded({ alg, typ: 'JWT' })}.${encoded(claims)}`;
  return `${head}.${createHmac(hash, secret).update(head).digest('base64url')}`;
}

describe('with a secret of our own', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api.close());

  const read = (authorization: string | undefined) =>
    api.request('GET', '/v1/operations', {
      headers: authorization === undefined ? {} : { Authorization: authorization },
    });

  it.each([
    ['a token', `Bearer ${signed(good)}`],
    ['a scheme in lower case', `bearer ${signed(good)}`],
    ['no roles', `Bearer ${signed({ sub, exp: now + 600 })}`],
    ['roles that we do not know', `Bearer ${signed({ ...good, roles: ['root', 7, null] })}`],
    ['one that expired within the leeway', `Bearer ${signed({ ...good, exp: now - 20 })}`],
    ['one that begins within the leeway', `Bearer ${signed({ ...good, nbf: now + 20 })}`],
    ['a subject in upper case', `Bearer ${signed({ ...good, sub: sub.toUpperCase() })}`],
  ])('lets %s in', async (_, authorization) => {
    expect((await read(authorization)).status).toBe(200);
  });

  it.each([
    ['nothing', undefined],
    ['another scheme', `Basic ${Buffer.from('ops:ops').toString('base64')}`],
    ['no token', 'Bearer '],
    ['no JWT', 'Bearer x.y.z'],
    ['another secret', `Bearer ${signed(good, { secret: 'another secret, just as long as ours' })}`],
    ['another algorithm', `Bearer ${signed(good, { alg: 'HS512', hash: 'sha512' })}`],
    ['no algorithm', `Bearer ${encoded({ alg: 'none', typ: 'JWT' })}.${encoded(good)}.`],
    ['a changed claim', `Bearer ${signed(good).replace(/\.[^.]+\./, `.${encoded({ ...good, roles: ['admin'] })}.`)}`],
    ['no expiry', `Bearer ${signed({ sub, roles: ['admin'] })}`],
    ['one that has expired', `Bearer ${signed({ ...good, exp: now - 60 })}`],
    ['one that is not valid yet', `Bearer ${signed({ ...good, nbf: now + 120 })}`],
    ['no subject', `Bearer ${signed({ roles: ['admin'], exp: now + 600 })}`],
    ['a subject that is no id', `Bearer ${signed({ ...good, sub: 'admin' })}`],
    ['a token for something else', `Bearer ${signed({ ...good, purpose: 'ops-session' })}`],
  ])('keeps %s out', async (_, authorization) => {
    const answer = await read(authorization);

    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(answer.body).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  it('does not take a one-time link for a token', async () => {
    const link = await signOpsLinkToken(jwtSecret, { sub, linkId: randomUUID() });
    expect((await read(`Bearer ${link}`)).status).toBe(401);
  });

  it('forgets a token when it expires, although it remembers those that it has seen', async () => {
    const token = signed({ ...good, exp: Math.floor(Date.now() / 1_000) - 27 });
    expect((await read(`Bearer ${token}`)).status).toBe(200);
    await expect.poll(async () => (await read(`Bearer ${token}`)).status, { timeout: 8_000 }).toBe(401);
  });

  it.each([
    ['POST', '/v1/allocations', ['client', 'ops']],
    ['PUT', `/v1/users/${sub}`, ['client', 'ops']],
    ['DELETE', `/v1/users/${sub}`, ['practitioner', 'ops']],
    ['PUT', `/v1/practitioners/${randomUUID()}`, ['practitioner']],
    ['PUT', `/v1/practitioners/${sub}`, ['client']],
    ['GET', '/v1/reconciliation', ['client', 'practitioner', 'partner', 'vendor']],
    ['POST', `/v1/reconciliation/${sub}/retry`, ['client']],
    ['POST', '/v1/audit', ['client']],
    ['GET', '/v1/stats', ['client']],
    ['GET', '/metrics', ['client']],
  ] as const)('asks for a role at %s %s, before it looks at what was sent', async (method, path, roles) => {
    const token = await api.tokenOf(sub, ...roles);
    const answer = await api.request(method, path, { token, ...(method === 'GET' ? {} : { body: { no: 'sense' } }) });

    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it('lets admins do what ops may', async () => {
    const token = await api.tokenOf(sub, 'admin');
    expect((await api.request('GET', '/v1/stats', { token })).status).toBe(200);
    expect((await api.request('GET', '/metrics', { token })).status).toBe(200);
  });
});

it('checks issuer and audience when they are set, and takes the metrics token', async () => {
  const audience = { jwtIssuer: 'https://issuer.example', jwtAudience: 'counterfoil' };
  const api = await startTestApi({
    env: { JWT_ISSUER: audience.jwtIssuer, JWT_AUDIENCE: audience.jwtAudience, METRICS_TOKEN: 'a token for machines' },
  });
  const claims = { sub, roles: ['client'], expiresInSeconds: 60 } as const;
  const read = async (token: string) => (await api.request('GET', '/v1/bookings', { token })).status;

  expect(await read(await signToken(jwtSecret, claims, audience))).toBe(200);
  expect(await read(await signToken(jwtSecret, claims, { ...audience, jwtIssuer: 'https://other.example' }))).toBe(401);
  expect(await read(await signToken(jwtSecret, claims, { ...audience, jwtAudience: 'other' }))).toBe(401);
  expect(await read(await signToken(jwtSecret, claims))).toBe(401);

  const metrics = (token: string) => api.request('GET', '/metrics', { headers: { Authorization: `Bearer ${token}` } });
  expect((await metrics('a token for machines')).status).toBe(401); // not one word
  await api.close();
});

it('takes published keys, and then nothing signed with a secret', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  let isAway = true;
  const keys = createServer((_req, res) => {
    res.statusCode = isAway ? 503 : 200;
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify({ keys: [jwk] }));
  }).listen(0, '127.0.0.1');
  await once(keys, 'listening');
  const address = keys.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const api = await startTestApi({ env: { JWT_JWKS_URL: `http://127.0.0.1:${port}/jwks.json` } });
  const token = await new SignJWT({ roles: ['client'] })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .setSubject(sub)
    .setExpirationTime('10m')
    .sign(privateKey);

  const answer = await api.request('GET', '/v1/bookings', { token });
  expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);

  isAway = false;
  expect((await api.request('GET', '/v1/bookings', { token })).status).toBe(200);
  expect((await api.request('GET', '/v1/bookings', { token: signed(good) })).status).toBe(401);
  await api.close();
  keys.close();
});

describe('limits', () => {
  it('counts requests per caller, and says when to come back', async () => {
    const api = await startTestApi({ env: { RATE_LIMIT_PER_MINUTE: '3' } });
    const [token, other] = [await api.tokenOf(randomUUID(), 'client'), await api.tokenOf(randomUUID(), 'client')];
    const body = { toUserId: randomUUID(), amount: 1 };
    const statuses: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      statuses.push((await api.request('POST', '/v1/transfers', withKey({ token, body }))).status);
    }
    expect(statuses).toEqual([202, 202, 202, 429]);

    const refused = await api.request('GET', '/v1/bookings', { token });
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await api.request('GET', '/v1/bookings', { token: other })).status).toBe(200);
    await api.close();
  });

  it('counts requests without a valid token per address, and does not hold them against those with one', async () => {
    const api = await startTestApi({ env: { RATE_LIMIT_PER_MINUTE: '2' } });
    const statuses: number[] = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await api.request('GET', '/v1/bookings')).status);

    expect(statuses).toEqual([401, 401, 429]);
    expect((await api.request('GET', '/v1/bookings', { token: await api.tokenOf(sub) })).status).toBe(200);
    await api.close();
  });
});
