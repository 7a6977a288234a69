import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../../db/client.ts';
import type { Resolve } from '../../../shared/runtime/outgoing/guarded-lookup.ts';
import { type ApiAnswer, startTestApi, type TestApi } from '../../support/api.ts';
import { idOf } from '../../support/builders.ts';
import { happen } from '../../support/events.ts';
import { addPeople } from '../../support/marketplace.ts';
import { allocation } from '../../support/requests.ts';

/* Issue 3, capability 11: how operators register endpoints for events, and look after them. */

const operator = randomUUID();
const ann = idOf('ann');

let api: TestApi;
let app: pg.Pool;
let token: string;
/** What host names lead to. */
let resolve: Resolve = async () => [{ address: '93.184.216.34', family: 4 }];

beforeAll(async () => {
  api = await startTestApi({ resolve: (hostname) => resolve(hostname) });
  app = createPool(api.databaseUrl, { role: 'app', name: 'counterfoil-test', max: 2, log: () => {} });
  token = await api.tokenOf(operator, 'ops');
  await addPeople(api, [ann]);
});
afterAll(async () => {
  await app.end();
  await api.close();
});

function ask(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
  return api.request(method, `/v1/event-endpoints${path}`, { token, ...(body === undefined ? {} : { body }) });
}

const url = 'https://hooks.example/events';

async function anEndpoint(body: object = { url }): Promise<string> {
  const { status, body: endpoint } = await ask('POST', '', body);
  expect(status).toBe(201);
  return endpoint.id;
}

async function deedsOn(id: string): Promise<string[]> {
  const { rows } = await api.owner.query(
    'select action from operator_actions where subject = $1 and by = $2 order by id',
    [id, operator],
  );
  return rows.map(({ action }) => action.replace('event-endpoint.', ''));
}

describe('an endpoint', () => {
  it('is registered, shown without its secret, replaced and removed', async () => {
    const made = await ask('POST', '', { url: 'HTTPS://Hooks.Example/events', types: ['booking.created'] });
    const { id, secret } = made.body;
    expect(made).toMatchObject({
      status: 201,
      body: { url, types: ['booking.created'], enabled: true, disabledReason: null, failingSince: null },
    });
    expect(made.headers.get('location')).toBe(`/v1/event-endpoints/${id}`);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);

    const { secret: _, ...shown } = made.body;
    expect((await ask('GET', `/${id}`)).body).toEqual(shown);
    expect((await ask('GET', '?limit=1')).body.data).toEqual([shown]);
    const put = await ask('PUT', `/${id}`, { url: `${url}/v2` });
    expect(put).toMatchObject({ status: 200, body: { id, url: `${url}/v2`, types: null } });

    expect((await ask('DELETE', `/${id}`)).status).toBe(204);
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/enable'],
      ['POST', '/disable'],
      ['POST', '/rotate-secret'],
      ['GET', '/deliveries'],
    ] as const) {
      expect([method, path, (await ask(method, `/${id}${path}`)).status]).toEqual([method, path, 404]);
    }
    expect((await ask('PUT', `/${id}`, { url })).status).toBe(404);
    expect((await ask('POST', `/${id}/replay`, { from: '2020-01-01T00:00:00Z' })).status).toBe(404);
    expect((await ask('GET', '')).body.data.map((endpoint: { id: string }) => endpoint.id)).not.toContain(id);
    expect(await deedsOn(id)).toEqual(['create', 'put', 'delete']);
  });

  it('is listed in pages, newest first', async () => {
    const ids = [await anEndpoint(), await anEndpoint(), await anEndpoint()].reverse();
    const first = (await ask('GET', '?limit=2')).body;
    const second = (await ask('GET', `?limit=1&cursor=${first.nextCursor}`)).body;
    expect([...first.data, ...second.data].map(({ id }: { id: string }) => id)).toEqual(ids);
  });

  it('is for operators only', async () => {
    const id = await anEndpoint();
    const theirs = await api.tokenOf(ann, 'client', 'practitioner', 'partner', 'vendor');
    for (const [method, path] of [
      ['POST', ''],
      ['GET', ''],
      ['GET', `/${id}`],
      ['PUT', `/${id}`],
      ['DELETE', `/${id}`],
      ['POST', `/${id}/enable`],
      ['POST', `/${id}/disable`],
      ['POST', `/${id}/rotate-secret`],
      ['POST', `/${id}/replay`],
      ['GET', `/${id}/deliveries`],
    ] as const) {
      const { status } = await api.request(method, `/v1/event-endpoints${path}`, { token: theirs });
      expect([method, path, status]).toEqual([method, path, 403]);
    }
  });

  it('is disabled and enabled by operators, as often as they like', async () => {
    const id = await anEndpoint();
    for (let n = 0; n < 2; n += 1) {
      const { body } = await ask('POST', `/${id}/disable`);
      expect(body).toMatchObject({ enabled: false, disabledReason: 'an operator disabled it' });
      expect(body.disabledAt).not.toBeNull();
    }
    const { body } = await ask('POST', `/${id}/enable`);
    expect(body).toMatchObject({ enabled: true, disabledAt: null, disabledReason: null });
    expect(await deedsOn(id)).toEqual(['create', 'disable', 'disable', 'enable']);
  });

  it('is enabled by a retry of the item that waits for a person', async () => {
    const id = await anEndpoint();
    await api.owner.query(
      `update event_endpoints set disabled_at = now(), disabled_reason = 'it failed' where id = $1`,
      [id],
    );
    const itemId = randomUUID();
    await api.owner.query(
      `insert into reconciliation_items (id, category, subject_id, kind, summary, error, attempts, status, opened_at, history)
       values ($1, 'effect', $2, 'event-endpoint', 'it was disabled', 'it failed', 9, 'open', now(), '[]')`,
      [itemId, id],
    );
    const { body } = await api.request('POST', `/v1/reconciliation/${itemId}/retry`, {
      token,
      body: { note: 'repaired' },
    });
    expect(body).toMatchObject({
      status: 'resolved',
      history: [{ action: 'applied', by: operator, note: 'repaired' }],
    });
    expect((await ask('GET', `/${id}`)).body.enabled).toBe(true);
  });

  it('gets a new secret, next to which the one before signs for a day', async () => {
    const { body: made } = await ask('POST', '', { url });
    const { status, body } = await ask('POST', `/${made.id}/rotate-secret`);
    expect(status).toBe(200);
    expect(body.secret).not.toBe(made.secret);
    const { rows } = await api.owner.query(
      `select secret, previous_secret as previous, previous_secret_until between now() + interval '23 hours'
              and now() + interval '25 hours' as is_a_day
       from event_endpoints where id = $1`,
      [made.id],
    );
    expect(rows).toEqual([{ secret: body.secret, previous: made.secret, is_a_day: true }]);
  });

  it('has a secret that those who read for callers cannot select', async () => {
    const reader = createPool(api.databaseUrl, { role: 'reader', name: 'counterfoil-test', max: 1, log: () => {} });
    try {
      for (const column of ['secret', 'previous_secret', '*']) {
        await expect(reader.query(`select ${column} from event_endpoints`)).rejects.toThrow('permission denied');
      }
      await anEndpoint();
      expect((await reader.query('select id from event_endpoints')).rows).toEqual([]); // nobody's eyes
      expect((await reader.query('select * from event_deliveries')).rows).toEqual([]);
    } finally {
      await reader.end();
    }
  });
});

describe('what is no endpoint', () => {
  it.each([
    [{}, 'url'],
    [{ url: 'http://hooks.example/' }, 'url'],
    [{ url: 'https://user:secret@hooks.example/' }, 'url'],
    [{ url: 'https://127.0.0.1/' }, 'url'],
    [{ url: 'https://[::ffff:10.0.0.1]/' }, 'url'],
    [{ url: 'https://169.254.169.254/latest/meta-data' }, 'url'],
    [{ url: `https://hooks.example/${'x'.repeat(2_000)}` }, 'url'],
    [{ url, types: [] }, 'types'],
    [{ url, types: ['booking.create'] }, 'types.0'],
    [{ url, types: ['booking.created', 'booking.created'] }, 'types'],
    [{ url, enabled: true }, 'enabled'],
  ])('%j is refused', async (body, path) => {
    for (const answer of [await ask('POST', '', body), await ask('PUT', `/${await anEndpoint()}`, body)]) {
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ path }] } });
    }
  });

  it('a name that leads inside is refused, one that leads nowhere at the moment is not', async () => {
    resolve = async () => [
      { address: '93.184.216.34', family: 4 },
      { address: '10.0.0.7', family: 4 },
    ];
    expect(await ask('POST', '', { url })).toMatchObject({ status: 400, body: { errors: [{ path: 'url' }] } });
    resolve = () => Promise.reject(new Error('ENOTFOUND'));
    expect((await ask('POST', '', { url })).status).toBe(201);
    resolve = async () => [{ address: '93.184.216.34', family: 4 }];
  });

  it('the one too many is refused', async () => {
    await api.owner.query(
      `insert into event_endpoints (id, url, secret) select gen_random_uuid(), $1, 'x' from generate_series(1, 50)`,
      [url],
    );
    expect(await ask('POST', '', { url })).toMatchObject({ status: 400, body: { errors: [{ path: 'url' }] } });
    await api.owner.query('delete from event_endpoints');
  });
});

describe('deliveries', () => {
  it('are listed in pages, newest first, and put in line again', async () => {
    const id = await anEndpoint();
    await happen({ app }, [allocation(ann, 1), allocation(ann, 2)]);
    await happen({ app }, [allocation(ann, 3)]);
    const list = async (query: string) => (await ask('GET', `/${id}/deliveries${query}`)).body;
    const first = await list('?limit=1');
    const [newest] = first.data;
    expect(newest).toMatchObject({
      type: 'credits.allocated',
      userId: ann,
      sequence: 3,
      status: 'pending',
      attempts: 0,
    });
    const rest = await list(`?cursor=${first.nextCursor}`);
    expect(rest.data.map(({ sequence }: { sequence: number }) => sequence).sort()).toEqual([1, 2]);

    await api.owner.query(
      `update event_deliveries set status = 'delivered', delivered_at = now(), attempts = 1 where lane_seq < 3`,
    );
    expect((await list('?status=delivered')).data.length).toBe(2);
    const again = await ask('POST', `/${id}/replay`, { from: '2020-01-01T00:00:00+01:00' });
    expect(again).toMatchObject({ status: 200, body: { replayed: 2, nextFrom: null } });
    expect((await list('?status=delivered')).data).toEqual([]);
    const none = await ask('POST', `/${id}/replay`, { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' });
    expect(none.body).toEqual({ replayed: 0, nextFrom: null });
    expect(await deedsOn(id)).toEqual(['create', 'replay', 'replay']);
  });

  it.each([
    [{}, 'from'],
    [{ from: 'yesterday' }, 'from'],
    [{ from: '2026-01-01T00:00:00' }, 'from'],
    [{ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }, 'from'],
    [{ from: '2999-01-01T00:00:00Z' }, 'from'],
  ])('of the range %j are none', async (body, path) => {
    const answer = await ask('POST', `/${await anEndpoint()}/replay`, body);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  });
});
