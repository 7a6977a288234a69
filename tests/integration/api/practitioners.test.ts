import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Uuid } from '../../../shared/domain/ids.ts';
import { startTestApi, type TestApi } from '../../support/api.ts';
import { addPeople, meanwhile } from '../../support/marketplace.ts';
import { addPage, page } from '../../support/practitioner-pages.ts';
import { until } from '../../support/until.ts';

/* What a practitioner's page says, and how it is replaced. */

let api: TestApi;
let admin: string;

beforeAll(async () => {
  api = await startTestApi();
  admin = await api.tokenOf(randomUUID(), 'admin');
});
afterAll(() => api.close());

const put = (id: Uuid, body: object, headers: Record<string, string> = {}) =>
  api.request('PUT', `/v1/practitioners/${id}`, { token: admin, body, headers });
const get = (path: string) => api.request('GET', path, { token: admin });
const addPractitioner = (changes: object = {}) => addPage(api, admin, changes);

describe('a page', () => {
  const extras = {
    extraWindows: [{ date: '2026-12-24', start: '10:00', end: '24:00' }],
    bookingHorizonDays: 90,
    sessionsPerDayMax: 4,
  };

  it('shows dates, horizon and limit, and none of them unless they are put', async () => {
    const id = await addPractitioner(extras);
    expect((await get(`/v1/practitioners/${id}`)).body).toMatchObject({ ...page, ...extras });
    expect((await put(id, page)).body).toMatchObject({
      extraWindows: [],
      bookingHorizonDays: null,
      sessionsPerDayMax: null,
    });
    expect(await put(id, { ...page, bookingHorizonDays: 731 })).toMatchObject({ status: 400 });
    const overlapping = [...extras.extraWindows, { date: '2026-12-24', start: '09:00', end: '10:01' }];
    const { status, body } = await put(id, { ...page, extraWindows: overlapping });
    expect({ status, errors: body.errors }).toMatchObject({ status: 400, errors: [{ path: 'extraWindows' }] });
  });

  it('counts its versions: one more with every PUT that changes something', async () => {
    const id = await addPractitioner();
    const versions = [];
    for (const body of [page, { ...page, ...extras }, { ...page, ...extras }, { ...page, bufferMinutes: 5 }, page]) {
      const answer = await put(id, body);
      expect(answer.headers.get('etag')).toBe(`"${answer.body.version}"`);
      versions.push(answer.body.version);
    }
    expect(versions).toEqual([1, 2, 2, 3, 4]);
    const answer = await get(`/v1/practitioners/${id}`);
    expect([answer.body.version, answer.headers.get('etag')]).toEqual([4, '"4"']);
  });

  it('is replaced only while it is the one that was seen, if that is asked', async () => {
    const id = await addPractitioner();
    const changed = { ...page, bufferMinutes: 5 };
    expect((await put(id, changed, { 'If-Match': '"2"' })).body).toMatchObject({
      status: 412,
      code: 'precondition_failed',
    });
    expect((await get(`/v1/practitioners/${id}`)).body).toMatchObject({ version: 1, bufferMinutes: 0 });
    expect((await put(id, changed, { 'If-Match': '"1"' })).body).toMatchObject({ version: 2, bufferMinutes: 5 });
    for (const tag of ['2', 'W/"2"', '*', '"two"'])
      expect(await put(id, page, { 'If-Match': tag }), tag).toMatchObject({ status: 400 });

    const nobody = randomUUID();
    expect((await put(nobody, page, { 'If-Match': '"1"' })).status).toBe(404);
    await addPeople(api, [nobody], ['practitioner']);
    expect((await put(nobody, page, { 'If-Match': '"1"' })).status).toBe(412);
  });

  it('is replaced by one of many who have all seen the same', async () => {
    const id = await addPractitioner();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => put(id, { ...page, bufferMinutes: n + 1 }, { 'If-Match': '"1"' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...new Array(7).fill(412)]);
    expect((await get(`/v1/practitioners/${id}`)).body.version).toBe(2);
  });

  it('is not replaced by who has waited for another replacement', async () => {
    const id = await addPractitioner();
    await meanwhile(api, async (other) => {
      await other.query('select from users where id = $1 for no key update', [id]);
      await other.query('update practitioners set version = 2 where id = $1', [id]);
      const answer = put(id, { ...page, bufferMinutes: 5 }, { 'If-Match': '"1"' });
      await until('the PUT waits', async () => {
        const { rowCount } = await api.owner.query(
          "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
        );
        return rowCount === 1;
      });
      await other.query('commit');
      expect((await answer).status).toBe(412);
    });
    expect((await get(`/v1/practitioners/${id}`)).body).toMatchObject({ version: 2, bufferMinutes: 0 });
  });
});

it('says in the document what a page and a search take', async () => {
  const { paths } = (await api.request('GET', '/openapi.json')).body;
  const { put: replacing } = paths['/v1/practitioners/{id}'];
  const namesOf = ({ parameters }: { parameters: { name: string }[] }) => parameters.map(({ name }) => name);
  expect(namesOf(replacing)).toEqual(['id', 'If-Match']);
  expect(Object.keys(replacing.responses)).toContain('412');
  expect(Object.keys(replacing.responses[200].headers)).toEqual(['ETag']);
  const { properties, required } = replacing.requestBody.content['application/json'].schema;
  expect(Object.keys(properties)).toEqual(
    expect.arrayContaining(['extraWindows', 'bookingHorizonDays', 'sessionsPerDayMax']),
  );
  expect(required).toEqual(['prices']);
  const filters = ['search', 'sessionType', 'durationMinutes', 'minCredits', 'maxCredits', 'freeFrom', 'freeTo'];
  expect(namesOf(paths['/v1/practitioners'].get)).toEqual(expect.arrayContaining(filters));
  expect(Object.keys(paths['/v1/users/{id}'].put.responses)).not.toContain('412');
});
