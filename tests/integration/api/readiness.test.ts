import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startTestApi, type TestApi, withKey } from '../../support/api.ts';
import { type NetworkProxy, startNetworkProxy } from '../../support/network-proxy.ts';

/* What the API says while something that it needs is missing. */

describe('without PostgreSQL', () => {
  it('answers 503 at once, and goes on when it is back', async () => {
    const { api: lost, proxy } = await startBehindProxy();
    const token = await lost.tokenOf(randomUUID(), 'client');
    const submit = () =>
      lost.request('POST', '/v1/transfers', withKey({ token, body: { toUserId: randomUUID(), amount: 1 } }));
    expect((await submit()).status).toBe(202);

    await proxy.cut();
    const [write, read, ready] = await Promise.all([
      submit(),
      lost.request('GET', '/v1/bookings', { token }),
      lost.request('GET', '/readyz'),
    ]);
    for (const answer of [write, read, ready]) {
      expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    }
    expect((await lost.request('GET', '/healthz')).status).toBe(200);

    await proxy.restore();
    await expect.poll(async () => (await submit()).status).toBe(202);
    await expect.poll(async () => (await lost.request('GET', '/readyz')).status).toBe(200);
    await lost.close();
    await proxy.cut();
  });

  it('says within five seconds that it is not ready, although nothing answers', async () => {
    const { api: hung, proxy } = await startBehindProxy();
    await hung.request('GET', '/readyz');
    proxy.hang();
    const begunAt = Date.now();
    const answer = await hung.request('GET', '/readyz');

    expect(Date.now() - begunAt).toBeLessThan(5_000);
    expect(answer).toMatchObject({
      status: 503,
      body: { detail: expect.stringContaining('database'), checks: { database: false } },
    });
    await proxy.restore();
    await hung.close();
    await proxy.cut();
  });
});

it('is not ready on a database that lacks a rule, and says that it is the schema', async () => {
  const bare = await startTestApi();
  await bare.owner.query('alter table bookings drop constraint bookings_no_overlap_per_practitioner');
  const answer = await bare.request('GET', '/readyz');

  expect(answer).toMatchObject({ status: 503, body: { checks: { database: true, schema: false, queues: true } } });
  expect(answer.body.detail).toBe('Not ready: schema.');
  await bare.close();
});

async function startBehindProxy(): Promise<{ readonly api: TestApi; readonly proxy: NetworkProxy }> {
  let proxy: NetworkProxy | undefined;
  const behind = await startTestApi({
    through: async (url) => {
      proxy = await startNetworkProxy(url);
      return proxy.url;
    },
  });
  if (proxy === undefined) throw new Error('no proxy');
  return { api: behind, proxy };
}
