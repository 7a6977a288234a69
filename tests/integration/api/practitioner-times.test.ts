import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Uuid } from '../../../shared/domain/ids.ts';
import { offsetSpans } from '../../../shared/domain/time-zone.ts';
import { startTestApi, type TestApi } from '../../support/api.ts';
import { hourMs } from '../../support/builders.ts';
import { addPeople } from '../../support/marketplace.ts';
import { addPage, aroundTheClock, page } from '../../support/practitioner-pages.ts';

/* When practitioners are free: the slots of one, and who has one. */

let api: TestApi;
let admin: string;

beforeAll(async () => {
  api = await startTestApi();
  admin = await api.tokenOf(randomUUID(), 'admin');
});
afterAll(() => api.close());

const dayMs = 24 * hourMs;
/** The second midnight (UTC) from now. */
const day = Math.ceil(Date.now() / dayMs) * dayMs + dayMs;
const dateOf = (instant: number) => new Date(instant).toISOString().slice(0, 10);

const get = (path: string) => api.request('GET', path, { token: admin });
const addPractitioner = (changes: object = {}) => addPage(api, admin, changes);

/** Somebody new has a session with the practitioner. */
async function book(practitionerId: Uuid, startsAt: number, minutes = 60): Promise<void> {
  const client = randomUUID();
  await addPeople(api, [client]);
  await api.owner.query(
    `insert into bookings (id, client_id, practitioner_id, peer, status, starts_at, ends_at, buffered_until, time_zone,
       session_type, credit_cost, free_until_hours, late_refund_percent)
     values ($1, $2, $3, false, 'booked', $4, $5, $5, 'UTC', 'massage', 10, 0, 0)`,
    [randomUUID(), client, practitionerId, new Date(startsAt), new Date(startsAt + minutes * 60_000)],
  );
}

/** The slots of an hour of massage in a span, in hours after `day`. */
async function slots(id: Uuid, fromHour: number, toHour: number): Promise<number[]> {
  const { status, body } = await get(
    `/v1/practitioners/${id}/slots?${span('from', 'to', fromHour, toHour)}&${massage}`,
  );
  expect(status).toBe(200);
  return body.map(({ startsAt }: { startsAt: string }) => (Date.parse(startsAt) - day) / hourMs);
}

const massage = 'durationMinutes=60&sessionType=massage';

function span(from: string, to: string, fromHour: number, toHour: number): string {
  const iso = (hour: number) => new Date(day + hour * hourMs).toISOString();
  return `${from}=${iso(fromHour)}&${to}=${iso(toHour)}`;
}

describe('slots', () => {
  it('are those of dates too', async () => {
    const id = await addPractitioner({
      availability: [],
      extraWindows: [{ date: dateOf(day), start: '10:10', end: '11:30' }],
    });
    expect(await slots(id, -24, 48)).toEqual([10 + 10 / 60, 10 + 25 / 60]);
  });

  it('offer a wall time that comes twice once with each of its offsets, and none that is skipped (002-07, 002-08)', async () => {
    const timeZone = 'Europe/Berlin';
    const [, ...changes] = offsetSpans(timeZone, Date.now(), Date.now() + 370 * dayMs);
    const hours = { start: '01:00', end: '04:00' };
    const extraWindows = changes.map((span) => ({ date: dateOf(span.from), ...hours }));
    const id = await addPractitioner({ timeZone, availability: [], extraWindows });

    for (const { from, offset } of changes) {
      const [first, last] = [new Date(from - 6 * hourMs), new Date(from + 6 * hourMs)].map((at) => at.toISOString());
      const { body } = await get(`/v1/practitioners/${id}/slots?from=${first}&to=${last}&${massage}`);
      const [before, after] = offset > hourMs ? ['+01:00', '+02:00'] : ['+02:00', '+01:00'];
      const quarters = (hour: string, zoneOffset: string) =>
        ['00', '15', '30', '45'].map((minute) => `${dateOf(from)}T${hour}:${minute}:00${zoneOffset}`);
      const middle = offset > hourMs ? [] : [...quarters('02', before), ...quarters('02', after)];
      expect(body.map(({ localStartsAt }: { localStartsAt: string }) => localStartsAt)).toEqual([
        ...quarters('01', before),
        ...middle,
        `${dateOf(from)}T03:00:00${after}`,
      ]);
      for (const { startsAt, localStartsAt, endsAt } of body) {
        expect(startsAt).toMatch(/Z$/);
        expect(new Date(localStartsAt).toISOString()).toBe(startsAt);
        expect(Date.parse(endsAt) - Date.parse(startsAt)).toBe(hourMs);
      }
    }
    expect(changes.map(({ offset }) => offset / hourMs).sort()).toEqual([1, 2]);
  });

  it('end at the horizon', async () => {
    const id = await addPractitioner({ bookingHorizonDays: 3 });
    const offered = await slots(id, 0, 24 * 10);
    const last = day + (offered.at(-1) ?? 0) * hourMs;
    const horizon = Date.now() + 3 * dayMs;
    expect(last).toBeLessThanOrEqual(horizon);
    expect(last).toBeGreaterThan(horizon - hourMs);
  });

  it('leave out a session in either role, also the rest of one that was completed early', async () => {
    const [treating, treated] = [await addPractitioner(), await addPractitioner()];
    const began = Math.floor(Date.now() / hourMs) * hourMs;
    await book(treating, began, 5 * 60);
    const over = (began - day) / hourMs + 5;
    for (const status of ['booked', 'completed']) {
      await api.owner.query('update bookings set status = $1, client_id = $2 where practitioner_id = $3', [
        status,
        treated,
        treating,
      ]);
      for (const id of [treating, treated])
        expect(await slots(id, over - 2, over + 0.5), `${status} ${id}`).toEqual([over, over + 0.25]);
    }
  });

  it('leave out days that are full, also for sessions far from the span that is asked for', async () => {
    const id = await addPractitioner({ sessionsPerDayMax: 2 });
    await book(id, day);
    expect(await slots(id, 20, 21)).toHaveLength(4);
    await book(id, day + 2 * hourMs);
    expect(await slots(id, 20, 21)).toEqual([]);
    expect(await slots(id, 23.5, 24.5)).toEqual([24, 24.25]);
  });
});

describe('search', () => {
  /** The ids that a client finds whose last name is `name`, page by page, with the sizes of the pages. */
  async function found(name: string, query: string, limit = 50) {
    const [ids, sizes]: [Uuid[], number[]] = [[], []];
    const token = await api.tokenOf(randomUUID(), 'client');
    let cursor = '';
    do {
      const path = `/v1/practitioners?search=${name}&${query}&limit=${limit}${cursor}`;
      const { status, body } = await api.request('GET', path, { token });
      expect(status).toBe(200);
      ids.push(...body.data.map(({ id }: { id: Uuid }) => id));
      sizes.push(body.data.length);
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
    } while (cursor !== '');
    return { ids, sizes };
  }

  /** Practitioners of a name of their own, the newest last. */
  async function addNamed(name: string, pages: readonly object[]): Promise<Uuid[]> {
    const ids: Uuid[] = [];
    for (const changes of pages) ids.push(await addPractitioner(changes));
    await api.owner.query('update users set last_name = $1 where id = any($2)', [name, ids]);
    return ids;
  }

  it('finds by one price that fits all that is asked (001-31, 001-51)', async () => {
    const price = (sessionType: string, durationMinutes: number, credits: number) => ({
      sessionType,
      durationMinutes,
      credits,
    });
    const [cheap, dear, both] = await addNamed('Priced', [
      { prices: [price('massage', 60, 5)] },
      { prices: [price('massage', 60, 50), price('talk', 30, 5)] },
      { prices: [price('massage', 30, 8), price('talk', 60, 0)] },
      { prices: [] },
    ]);
    const ids = async (query: string) => (await found('Priced', query)).ids;
    expect(await ids('')).toHaveLength(4);
    expect(await ids('sessionType=massage')).toEqual([both, dear, cheap]);
    expect(await ids('sessionType=massage&maxCredits=10')).toEqual([both, cheap]);
    expect(await ids('sessionType=massage&minCredits=6&maxCredits=50')).toEqual([both, dear]);
    expect(await ids('durationMinutes=30&maxCredits=7')).toEqual([dear]);
    expect(await ids('maxCredits=0')).toEqual([both]);
    expect(await ids('minCredits=9&maxCredits=6')).toEqual([]);
    expect(await ids(`sessionType=${encodeURIComponent("'; --")}`)).toEqual([]);
  });

  it('finds who has a free slot in a span, by the price that is asked for', async () => {
    const two = { prices: [...page.prices, { sessionType: 'talk', durationMinutes: 30, credits: 3 }] };
    const [free, full = '', half = '', elsewhere = '', limited, daily = '', away] = await addNamed('Freely', [
      page,
      page,
      two,
      page,
      { sessionsPerDayMax: 1 },
      { sessionsPerDayMax: 1 },
      { availability: [], extraWindows: [{ date: dateOf(day), start: '10:00', end: '12:00' }] },
    ]);
    await book(full, day + 9 * hourMs, 180);
    await book(half, day + 10.5 * hourMs, 180);
    await book(daily, day + 20 * hourMs);
    await book(elsewhere, day + 100 * hourMs);

    const tenToEleven = span('freeFrom', 'freeTo', 10, 11);
    expect((await found('Freely', tenToEleven)).ids).toEqual([away, limited, elsewhere, half, free]);
    expect((await found('Freely', `${tenToEleven}&durationMinutes=60`)).ids).toEqual([away, limited, elsewhere, free]);
    expect((await found('Freely', `${tenToEleven}&sessionType=talk`)).ids).toEqual([half]);
    expect((await found('Freely', `${tenToEleven}&maxCredits=2`)).ids).toEqual([]);
    expect((await found('Freely', span('freeFrom', 'freeTo', -24 * 9, -24 * 8))).ids).toEqual([]);
    expect((await found('Freely', tenToEleven, 2)).ids).toEqual([away, limited, elsewhere, half, free]);
  });

  it('goes through many who are not free in bounded steps, and loses nobody', async () => {
    const many = Array.from({ length: 650 }, () => randomUUID());
    await addPeople(api, many, ['practitioner']);
    await api.owner.query("update users set last_name = 'Manifold' where id = any($1)", [many]);
    // Every hundredth is open; several were entered in one and the same microsecond.
    await api.owner.query(
      `insert into practitioners (id, time_zone, prices, availability, time_off, buffer_minutes, minimum_notice_minutes,
                                  cancellation_policy, created_at)
       select id, 'UTC', $2, case when n % 100 = 50 then $3::jsonb else '[]' end, '[]', 0, 0,
              '{"freeUntilHours": 0, "lateRefundPercent": 0}', now() - (n / 3) * interval '1 second'
       from unnest($1::uuid[]) with ordinality as person (id, n)`,
      [many, JSON.stringify(page.prices), JSON.stringify(aroundTheClock)],
    );
    const open = many.filter((_, n) => (n + 1) % 100 === 50);
    const tenToEleven = span('freeFrom', 'freeTo', 10, 11);

    const whole = await found('Manifold', tenToEleven);
    expect(whole.ids).toEqual(open);
    expect(whole.sizes).toEqual([5, 2]);
    const small = await found('Manifold', tenToEleven, 2);
    expect(small.ids).toEqual(open);
    expect(small.sizes.slice(0, 3)).toEqual([2, 2, 2]);
  });

  it.each([
    ['only a beginning', 'freeFrom=2027-01-01T00:00:00Z'],
    ['only an end', 'freeTo=2027-01-01T00:00:00Z'],
    ['an end before the beginning', 'freeFrom=2027-01-02T00:00:00Z&freeTo=2027-01-01T00:00:00Z'],
    ['more than a week', 'freeFrom=2027-01-01T00:00:00Z&freeTo=2027-01-08T00:00:01Z'],
    ['no price', 'maxCredits=cheap'],
    ['half a minute', 'durationMinutes=0.5'],
  ])('refuses %s', async (_, query) => {
    expect((await get(`/v1/practitioners?${query}`)).status).toBe(400);
  });

  it('tells a client who is free, and nothing about what the others have planned (001-08)', async () => {
    const id = await addPractitioner();
    await book(id, day + 9 * hourMs);
    const stranger = randomUUID();
    const token = await api.tokenOf(stranger, 'client');
    const path = `/v1/practitioners?${span('freeFrom', 'freeTo', 10, 11)}&limit=1`;
    const { status, body } = await api.request('GET', path, { token });
    expect(status).toBe(200);
    expect(body.data).toEqual([(await get(`/v1/practitioners/${id}`)).body]);
    expect((await api.request('GET', '/v1/bookings', { token })).body.data).toEqual([]);
  });
});
