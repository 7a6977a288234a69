import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reconciliationItemIdOf } from '../../../shared/domain/ids.ts';
import { signOpsLinkToken } from '../../../shared/runtime/tokens.ts';
import { type ApiAnswer, jwtSecret, startTestApi, type TestApi, withKey } from '../../support/api.ts';

let api: TestApi;
const operator = randomUUID();

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const page = (path: string, cookie = '', headers: Record<string, string> = {}) =>
  api.request('GET', path, { headers: { Cookie: cookie, ...headers } });

/** Sends a form as a browser does. */
function send(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<ApiAnswer> {
  return api.request('POST', path, {
    body: new URLSearchParams(fields).toString(),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: api.url, ...headers },
  });
}

function cookieOf({ headers }: ApiAnswer): string {
  return (headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

async function signIn(): Promise<string> {
  const answer = await send('/ops/sign-in', { token: await api.tokenOf(operator, 'ops') });
  expect(answer.status).toBe(303);
  return cookieOf(answer);
}

const deeds = async (): Promise<string[]> =>
  (await api.owner.query('select by, action from operator_actions order by id')).rows.map(
    ({ by, action }) => `${by === operator ? 'operator' : by} ${action}`,
  );

describe('signing in', () => {
  it('turns a token of an operator into a cookie that only these pages see', async () => {
    const answer = await send('/ops/sign-in', { token: await api.tokenOf(operator, 'ops') });

    expect(answer).toMatchObject({ status: 303 });
    expect(answer.headers.get('location')).toBe('/ops');
    expect(answer.headers.get('set-cookie')).toMatch(
      /^counterfoil_ops=[\w.-]+; Path=\/ops; Max-Age=28800; HttpOnly; SameSite=Strict$/,
    );
    expect((await page('/ops', cookieOf(answer))).status).toBe(200);
    expect(await deeds()).toContain('operator console.sign-in');
  });

  it('asks everybody else to sign in', async () => {
    for (const path of ['/ops', '/ops/queues', '/ops/queues/queue/booking']) {
      const answer = await page(path, 'counterfoil_ops=nonsense');
      expect(answer.status).toBe(303);
      expect(answer.headers.get('location')).toBe('/ops/sign-in');
    }
    expect((await page('/ops/queues/api/queues')).status).toBe(401);
    expect((await page('/ops/sign-in')).body).toContain('<form method="post" action="/ops/sign-in">');
  });

  it('takes no token without the role, none that is not valid, and no token as a cookie', async () => {
    for (const token of [await api.tokenOf(operator, 'client', 'practitioner'), 'x', '']) {
      expect((await send('/ops/sign-in', { token })).status).toBe(401);
    }
    const token = await api.tokenOf(operator, 'ops');
    expect((await page('/ops', `counterfoil_ops=${token}`)).status).toBe(303);
    const cookie = (await signIn()).replace('counterfoil_ops=', '');
    expect((await api.request('GET', '/v1/stats', { token: cookie })).status).toBe(401);
  });

  it('takes a link once, when its button is pressed', async () => {
    const link = await signOpsLinkToken(jwtSecret, { sub: operator, linkId: randomUUID() });
    for (let n = 0; n < 2; n += 1) {
      const shown = await page(`/ops/sign-in?token=${link}`);
      expect(shown.body).toContain(`<input type="hidden" name="link" value="${link}">`);
    }
    const [first, second] = await Promise.all([send('/ops/sign-in', { link }), send('/ops/sign-in', { link })]);
    expect([first.status, second.status].sort()).toEqual([303, 401]);
    expect((await page('/ops', cookieOf(first.status === 303 ? first : second))).status).toBe(200);

    expect((await send('/ops/sign-in', { link: await api.tokenOf(operator, 'ops') })).status).toBe(401);
    const forged = await signOpsLinkToken(`${jwtSecret}!`, { sub: operator, linkId: randomUUID() });
    expect((await send('/ops/sign-in', { link: forged })).status).toBe(401);
  });

  it('keeps the cookie to TLS wherever there may be listeners', async () => {
    const token = await api.tokenOf(operator, 'ops');
    const behindProxy = await send('/ops/sign-in', { token }, { 'X-Forwarded-Proto': 'https' });
    expect(behindProxy.headers.get('set-cookie')).toMatch(/; Secure$/);
  });

  it('escapes what a link says', async () => {
    const { body } = await page(`/ops/sign-in?token=${encodeURIComponent('"><script>alert(1)</script>')}`);
    expect(body).not.toContain('<script>');
  });

  it('refuses forms that another site has sent', async () => {
    const token = await api.tokenOf(operator, 'ops');
    const cookie = await signIn();
    const foreign: Record<string, string>[] = [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ];
    for (const headers of foreign) {
      expect((await send('/ops/sign-in', { token }, headers)).status).toBe(403);
      expect((await send('/ops/audit', {}, { Cookie: cookie, ...headers })).status).toBe(403);
      const item = { action: 'retry', note: 'x' };
      expect((await send(`/ops/reconciliation/${randomUUID()}`, item, { Cookie: cookie, ...headers })).status).toBe(
        403,
      );
      expect((await send('/ops/sign-out', {}, { Cookie: cookie, ...headers })).status).toBe(403);
    }
  });

  it('ends', async () => {
    const answer = await send('/ops/sign-out', {}, { Cookie: await signIn() });
    expect(answer.headers.get('set-cookie')).toMatch(/^counterfoil_ops=; Path=\/ops; Max-Age=0;/);
    expect(await deeds()).toContain('operator console.sign-out');
  });
});

describe('items that wait for a person', () => {
  let itemId: string;
  let operation: ApiAnswer;
  const evil = '<img src=x onerror=alert(1)>';

  beforeEach(async () => {
    const token = await api.tokenOf(randomUUID(), 'client');
    const body = { toUserId: randomUUID(), amount: 1 };
    operation = await api.request('POST', '/v1/transfers', withKey({ token, body }));
    const { id } = operation.body;
    itemId = reconciliationItemIdOf('operation', id);
    await api.owner.query(`update operations set status = 'reconciling' where id = $1`, [id]);
    await api.owner.query(
      `insert into reconciliation_items (id, category, subject_id, kind, summary, error, attempts, status, opened_at, history)
       values ($1, 'operation', $2, 'credits.transfer', 'summary', $3, 5, 'open', now(),
               jsonb_build_array(jsonb_build_object('at', now(), 'by', 'counterfoil', 'action', 'opened', 'note', null)))`,
      [itemId, id, evil],
    );
  });

  const act = async (action: string, body: object, id = itemId) =>
    api.request('POST', `/v1/reconciliation/${id}/${action}`, { token: await api.tokenOf(operator, 'ops'), body });

  it('are shown to operators, through the API and escaped on the page', async () => {
    const token = await api.tokenOf(operator, 'ops');
    const item = {
      id: itemId,
      category: 'operation',
      subjectId: operation.body.id,
      kind: 'credits.transfer',
      summary: 'summary',
      error: evil,
      attempts: 5,
      status: 'open',
      openedAt: expect.stringMatching(/Z$/),
      history: [{ at: expect.stringMatching(/Z$/), by: 'counterfoil', action: 'opened', note: null }],
    };
    expect((await api.request('GET', `/v1/reconciliation/${itemId}`, { token })).body).toEqual(item);
    const { body } = await api.request('GET', '/v1/reconciliation?status=open&category=operation&limit=1', { token });
    expect(body.data).toEqual([item]);
    expect((await api.request('GET', '/v1/reconciliation?category=payment', { token })).body.data).toEqual([]);
    expect((await api.request('GET', `/v1/reconciliation/${randomUUID()}`, { token })).status).toBe(404);

    const shown = (await page('/ops', await signIn())).body;
    expect(shown).toContain(itemId);
    expect(shown).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(shown).not.toContain(evil);
  });

  it.each(['', '  ', undefined, 'x'.repeat(2_001)])('want to know why: %j is no note', async (note) => {
    for (const action of ['retry', 'resolve', 'dismiss']) {
      expect(await act(action, { note })).toMatchObject({ status: 400, body: { errors: [{ path: 'note' }] } });
    }
  });

  it('are closed through the API, once however often, with the operation', async () => {
    expect((await act('resolve', { note: 'x' }, randomUUID())).status).toBe(404);
    for (let n = 0; n < 2; n += 1) {
      const { status, body } = await act('resolve', { note: 'paid by hand' });
      expect(status).toBe(200);
      expect(body).toMatchObject({
        status: 'resolved',
        history: [{}, { by: operator, action: 'resolve', note: 'paid by hand' }],
      });
      expect(body.history).toHaveLength(2);
    }
    const token = await api.tokenOf(operator, 'ops');
    expect((await api.request('GET', operation.body.links.self, { token })).body).toMatchObject({
      status: 'resolved',
      resolution: { by: operator, note: 'paid by hand', at: expect.stringMatching(/Z$/) },
    });
    expect(await deeds()).toContain('operator reconciliation.resolve');
  });

  const jobCount = async (): Promise<number> => {
    const token = await api.tokenOf(operator, 'ops');
    return (await api.request('GET', '/v1/stats', { token })).body.queues.allocation.waiting;
  };

  it('are applied again: the answer shows what has become of it, or that it is on its way', async () => {
    const before = await jobCount();
    const begunAt = Date.now();
    const { body } = await act('retry', { note: 'again' });

    expect(Date.now() - begunAt).toBeLessThan(6_000);
    expect(body).toMatchObject({ status: 'open', history: [{}, { action: 'retry' }] });
    // Not exactly one: the first job of the operation is added in the background and may come only now.
    expect(await jobCount()).toBeGreaterThan(before);
  });

  it('are closed from the page, by whoever is signed in', async () => {
    const path = `/ops/reconciliation/${itemId}`;
    expect((await send(path, { action: 'dismiss', note: 'x' })).headers.get('location')).toBe('/ops/sign-in');
    const cookie = await signIn();
    expect((await send(path, { action: 'dismiss', note: ' ' }, { Cookie: cookie })).status).toBe(400);
    expect((await send(path, { action: 'obliterate', note: 'x' }, { Cookie: cookie })).status).toBe(400);
    const answer = await send(path, { action: 'dismiss', note: 'not worth it' }, { Cookie: cookie });

    expect(answer.status).toBe(303);
    const { rows } = await api.owner.query('select status from reconciliation_items where id = $1', [itemId]);
    expect(rows).toEqual([{ status: 'dismissed' }]);
    expect(await deeds()).toContain('operator reconciliation.dismiss');
    expect((await page('/ops', cookie)).body).not.toContain(itemId);
  });
});

it('runs the audit, through the API and from the page, and keeps the report', async () => {
  const clean = await startTestApi();
  const token = await clean.tokenOf(operator, 'ops');
  const audit = (method: string) => clean.request(method, '/v1/audit', { token });

  const first = await audit('GET');
  expect(first).toMatchObject({ status: 200, body: { ok: true, ranAt: expect.stringMatching(/Z$/) } });
  expect(first.body.durationMs).toBeGreaterThanOrEqual(0);
  expect(first.body.checks[0]).toEqual({ name: expect.any(String), violations: 0, sample: [] });
  expect((await audit('GET')).body).toEqual(first.body);

  const second = await audit('POST');
  expect(second.status).toBe(200);
  expect((await audit('GET')).body).toEqual(second.body);

  const { headers } = await clean.request('POST', '/ops/sign-in', {
    body: new URLSearchParams({ token }).toString(),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  });
  const cookie = (headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  expect((await clean.request('POST', '/ops/audit', { headers: { Cookie: cookie } })).status).toBe(303);
  expect((await clean.request('GET', '/ops', { headers: { Cookie: cookie } })).body).toContain('no violation');
  const runs = await clean.owner.query(`select by from operator_actions where action = 'audit.run'`);
  expect(runs.rows).toEqual([{ by: operator }, { by: operator }, { by: operator }]);
  await clean.close();
});

describe('the queues', () => {
  it('can be looked at, without a request to anybody else, and not be touched', async () => {
    const cookie = await signIn();
    const board = await page('/ops/queues', cookie);
    expect(board.status).toBe(200);
    expect(board.body).toContain('<div id="root">');
    expect(board.body).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);

    const { body, status } = await page('/ops/queues/api/queues', cookie);
    expect(status).toBe(200);
    expect(body.queues.map(({ name, readOnlyMode }: Record<string, unknown>) => [name, readOnlyMode])).toEqual([
      ['booking', true],
      ['refund', true],
      ['allocation', true],
      ['loyalty', true],
      ['effects', true],
    ]);
    for (const deed of ['pause', 'empty', 'obliterate', 'add', 'clean/completed', 'promote', 'retry/completed']) {
      const answer = await api.request('PUT', `/ops/queues/api/queues/booking/${deed}`, {
        headers: { Cookie: cookie },
      });
      expect(answer.status, deed).toBeGreaterThanOrEqual(400);
    }
  });
});
