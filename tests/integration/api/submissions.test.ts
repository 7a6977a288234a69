import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operationIdOf } from '../../../shared/domain/ids.ts';
import { type ApiAnswer, startTestApi, type TestApi, withKey } from '../../support/api.ts';
import { callerOf } from '../../support/caller.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ env: { MAX_WAITING_PER_USER: '20' } });
});
afterAll(() => api.close());

const aCaller = () => callerOf(api);

it('answers 202 with the operation, and reads it back the same', async () => {
  const { id, token, submit } = await aCaller();
  const answer = await submit('first');

  const operationId = operationIdOf(id, 'first');
  expect(answer.status).toBe(202);
  expect(answer.headers.get('location')).toBe(`/v1/operations/${operationId}`);
  expect(answer.headers.get('preference-applied')).toBeNull();
  expect(answer.body).toEqual({
    id: operationId,
    kind: 'credits.transfer',
    status: 'accepted',
    userId: id,
    acceptedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    settledAt: null,
    attempts: 0,
    outcome: null,
    rejection: null,
    links: { self: `/v1/operations/${operationId}`, events: `/v1/operations/${operationId}/events` },
  });
  expect((await api.request('GET', answer.body.links.self, { token })).body).toEqual(answer.body);
  expect((await submit('first')).body).toEqual(answer.body);
});

it('keeps who asked, with which roles, and what, as the schema lets it through', async () => {
  const admin = randomUUID();
  const token = await api.tokenOf(admin, 'admin', 'client');
  const userId = randomUUID();
  const body = { userId: userId.toUpperCase(), amount: 5, source: 'bonus' };
  const answer = await api.request('POST', '/v1/allocations', withKey({ token, body }));

  expect(answer).toMatchObject({ status: 202, body: { userId } });
  const { rows } = await api.owner.query('select * from operations where id = $1', [answer.body.id]);
  expect(rows[0]).toMatchObject({
    lane: userId,
    lane_seq: '1',
    caller_id: admin,
    caller_roles: ['client', 'admin'],
    payload: { userId, amount: 5, source: 'bonus' },
  });
});

describe('idempotency keys', () => {
  it.each([
    ['none', undefined, 'idempotency_key_missing'],
    ['an empty one', '', 'idempotency_key_missing'],
    ['too long a one', 'k'.repeat(256), 'invalid_request'],
    ['one beyond ASCII', 'schlüssel', 'invalid_request'],
    ['one with a tab', 'a\tb', 'invalid_request'],
  ])('refuses %s', async (_, key, code) => {
    const { token, body } = await aCaller();
    const headers = key === undefined ? {} : { 'Idempotency-Key': key };
    expect(await api.request('POST', '/v1/transfers', { token, body, headers })).toMatchObject({
      status: 400,
      body: { code },
    });
  });

  it('takes up to 255 characters, and any that can be printed', async () => {
    const { submit } = await aCaller();
    expect((await submit('k'.repeat(255))).status).toBe(202);
    expect((await submit(`!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~ ok`)).status).toBe(202);
  });

  it('asks for the key before it looks at the body', async () => {
    const { token } = await aCaller();
    const answer = await api.request('POST', '/v1/transfers', { token, body: '{', headers: {} });
    expect(answer.body.code).toBe('idempotency_key_missing');
  });

  it('makes 50 requests at once under one key one operation, with one answer', async () => {
    const { id, submit } = await aCaller();
    const answers = await Promise.all(Array.from({ length: 50 }, () => submit('same')));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const { rows } = await api.owner.query('select lane_seq from operations where lane = $1', [id]);
    expect(rows).toEqual([{ lane_seq: '1' }]);
  });

  it('takes the same members in another order for the same request', async () => {
    const { submit, body } = await aCaller();
    const first = await submit('order');
    const reordered = ` { "amount" : ${body.amount}.0, "toUserId": "${body.toUserId}" } `;
    expect((await submit('order', { body: reordered })).body).toEqual(first.body);
  });

  it('answers 422 to another body or path under the same key, also at the same time, and does nothing', async () => {
    const { id, submit, body } = await aCaller();
    const bodies = [body, { ...body, amount: 2 }];
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => submit('mixed', { body: bodies[n % 2] })));

    const statuses = answers.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([202, 422]));
    expect(statuses.filter((status) => status === 422)).toHaveLength(10);
    const problem = answers.find(({ status }) => status === 422);
    expect(problem?.body).toMatchObject({ code: 'idempotency_key_reused' });

    const path = `/v1/bookings/${randomUUID()}/cancel`;
    expect((await submit('mixed', { path, body: {} })).status).toBe(422);
    const { rowCount } = await api.owner.query('select 1 from operations where lane = $1', [id]);
    expect(rowCount).toBe(1);
  });

  it('keeps the keys of different callers apart', async () => {
    const [one, other] = [await aCaller(), await aCaller()];
    const [a, b] = [await one.submit('mine'), await other.submit('mine')];
    expect(a.body.id).not.toBe(b.body.id);
  });
});

describe('backpressure', () => {
  it('refuses what a full lane cannot take, in one batch and over several, and still knows repeats', async () => {
    const { id, submit } = await aCaller();
    const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => submit(`key ${n}`)));
    const refused = answers.filter(({ status }) => status === 429);

    expect(answers.filter(({ status }) => status === 202)).toHaveLength(20);
    expect(refused).toHaveLength(10);
    expect(refused[0]?.body).toMatchObject({ code: 'rate_limited', detail: expect.stringContaining('lane is full') });
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);

    const { rows } = await api.owner.query('select lane_seq::int from operations where lane = $1 order by 1', [id]);
    expect(rows.map((row) => row.lane_seq)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    for (const [n, { status }] of answers.entries()) expect((await submit(`key ${n}`)).status).toBe(status);
    expect((await (await aCaller()).submit('elsewhere')).status).toBe(202);
  });

  it('refuses what all lanes together cannot take, whoever asks, and still knows repeats', async () => {
    const full = await startTestApi({ env: { MAX_WAITING: '10' } });
    const body = { toUserId: randomUUID(), amount: 1 };
    const tokens = await Promise.all(Array.from({ length: 16 }, () => full.tokenOf(randomUUID(), 'client')));
    const submit = (token: string): Promise<ApiAnswer> =>
      full.request('POST', '/v1/transfers', { token, body, headers: { 'Idempotency-Key': 'only' } });

    const answers = await Promise.all(tokens.map(submit));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(10);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get('retry-after')).toMatch(/\d/);

    const again = await Promise.all(tokens.map(submit));
    expect(again.map(({ status }) => status)).toEqual(answers.map(({ status }) => status));

    // Workers have made room.
    await full.owner.query(`update operations set status = 'succeeded', outcome = '{}', settled_at = now()`);
    const late = tokens.filter((_, n) => answers[n]?.status === 429);
    await expect.poll(async () => (await submit(late[0] ?? '')).status).toBe(202);
    await full.close();
  });
});
