import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operationIdOf } from '../../../shared/domain/ids.ts';
import { startTestApi, type TestApi } from '../../support/api.ts';
import { callerOf } from '../../support/caller.ts';
import { type Notice, settle, untilListening } from '../../support/settle.ts';

/* How a caller hears what became of an operation. */

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const aCaller = () => callerOf(api);

describe('waiting', () => {
  it.each<Notice>(['names', 'shows'])('holds the answer until a worker %s it as final', async (notice) => {
    await untilListening(api.owner);
    const { id, submit } = await aCaller();
    const waiting = submit('wait', { headers: { Prefer: 'wait=20' } });
    const operationId = operationIdOf(id, 'wait');
    const recorded = 'select 1 from operations where id = $1';
    await expect.poll(async () => (await api.owner.query(recorded, [operationId])).rowCount).toBe(1);
    await settle(api.owner, operationId, { outcome: { balanceAfter: 7 }, notice });

    const answer = await waiting;
    expect(answer.status).toBe(200);
    expect(answer.headers.get('preference-applied')).toBe('wait=20');
    expect(answer.body).toMatchObject({ id: operationId, status: 'succeeded', outcome: { balanceAfter: 7 } });

    const repeat = await submit('wait');
    expect(repeat).toMatchObject({ status: 200, body: answer.body });
    expect(repeat.headers.get('preference-applied')).toBeNull();
    expect((await submit('wait', { headers: { Prefer: 'wait=99' } })).headers.get('preference-applied')).toBe(
      'wait=30',
    );
  });

  it('finds the outcome although the notice was lost', async () => {
    const { token, submit } = await aCaller();
    const { body } = await submit('lost');
    const waiting = api.request('GET', body.links.self, { token, headers: { Prefer: 'wait=20' } });
    await settle(api.owner, body.id, { outcome: { balanceAfter: 0 }, notice: 'is lost' });

    const answer = await waiting;
    expect(answer.body.status).toBe('succeeded');
    expect(answer.headers.get('preference-applied')).toBe('wait=20');
  });

  it('gives up when the time is over, and does not say that it had waited', async () => {
    const { submit } = await aCaller();
    const begunAt = Date.now();
    const answer = await submit('patience', { headers: { Prefer: 'wait=1' } });

    expect(Date.now() - begunAt).toBeGreaterThanOrEqual(990);
    expect(answer).toMatchObject({ status: 202, body: { status: 'accepted' } });
    expect(answer.headers.get('preference-applied')).toBeNull();
  });

  it('listens again after the connection was lost', async () => {
    const lost = await untilListening(api.owner);
    await api.owner.query('select pg_terminate_backend($1)', [lost]);
    expect(await untilListening(api.owner, lost)).not.toBe(lost);
  });
});

describe('events', () => {
  async function follow(path: string, token: string) {
    const abort = new AbortController();
    const answer = await fetch(api.url + path, { headers: { Authorization: `Bearer ${token}` }, signal: abort.signal });
    return { answer, abort };
  }

  it('shows the operation, its changes, and its end', async () => {
    const { token, submit } = await aCaller();
    const { body } = await submit('events');
    const { answer } = await follow(body.links.events, token);
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    await settle(api.owner, body.id, { outcome: { balanceAfter: 1 } });

    const events = (await answer.text()).split('\n\n').filter((event) => event.startsWith('event: operation\n'));
    const statuses = events.map((event) => JSON.parse(event.replace('event: operation\ndata: ', '')).status);
    expect(statuses).toEqual(['accepted', 'succeeded']);
  });

  it('shows nothing to others', async () => {
    const [{ submit }, stranger] = [await aCaller(), await aCaller()];
    const { body } = await submit('private');
    expect((await follow(body.links.events, stranger.token)).answer.status).toBe(404);
  });

  it('opens 50 for one caller and gives places back', async () => {
    const { token, submit } = await aCaller();
    const { body } = await submit('many');
    const streams = await Promise.all(Array.from({ length: 50 }, () => follow(body.links.events, token)));
    expect(streams.every(({ answer }) => answer.status === 200)).toBe(true);

    const refused = await follow(body.links.events, token);
    expect(refused.answer.status).toBe(429);
    expect(refused.answer.headers.get('retry-after')).toMatch(/\d/);

    streams[0]?.abort.abort();
    await expect
      .poll(async () => {
        const { answer, abort } = await follow(body.links.events, token);
        abort.abort();
        return answer.status;
      })
      .toBe(200);
    for (const { abort } of streams) abort.abort();
  });
});
