import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../../db/client.ts';
import { readAs } from '../../../db/queries/read-as.ts';
import { derivedId, type Uuid } from '../../../shared/domain/ids.ts';
import { startTestApi, type TestApi, withKey } from '../../support/api.ts';
import { addPeople, addPractitioners } from '../../support/marketplace.ts';

const clara = derivedId('reads/clara');
const theo = derivedId('reads/theo');
const eve = derivedId('reads/eve');
const ops = derivedId('reads/ops');
const bookingId = derivedId('reads/booking');
const hourMs = 3_600_000;

/** On the full hour, at least a day from now. */
const soon = Math.ceil(Date.now() / hourMs) * hourMs + 24 * hourMs;

let api: TestApi;
let tokens: Record<'clara' | 'theo' | 'eve' | 'ops' | 'admin', string>;

beforeAll(async () => {
  api = await startTestApi();
  tokens = {
    clara: await api.tokenOf(clara, 'client'),
    theo: await api.tokenOf(theo, 'practitioner'),
    eve: await api.tokenOf(eve, 'client', 'practitioner', 'partner', 'vendor'),
    ops: await api.tokenOf(ops, 'ops'),
    admin: await api.tokenOf(ops, 'admin'),
  };
  await addPeople(api, [clara, eve]);
  await addPractitioners(api, [theo], { bufferMinutes: 15 });
  await insertBooking({ id: bookingId, from: soon });
  await insertStatement();
});
afterAll(() => api.close());

interface Inserted {
  readonly id?: Uuid;
  readonly from?: number;
  readonly status?: string;
}

async function insertBooking({ id = randomUUID(), from = soon, status = 'booked' }: Inserted): Promise<Uuid> {
  await api.owner.query(
    `insert into bookings (id, client_id, practitioner_id, peer, status, starts_at, ends_at, buffered_until, time_zone,
       session_type, credit_cost, free_until_hours, late_refund_percent, notes, cancelled_by)
     values ($1, $2, $3, false, $4, $5, $6, $6, 'Europe/Berlin', 'massage', 9, 48, 50, 'a secret',
             case when $4 = 'cancelled' then 'client' end)`,
    [id, clara, theo, status, new Date(from), new Date(from + hourMs)],
  );
  return id;
}

/** Clara gets 100, pays Theo 10 five times, in one instant. */
async function insertStatement(): Promise<void> {
  const issued = '00000000-0000-4000-8000-000000000001';
  await api.owner.query(`insert into accounts (id, owner_id, balance, held, debt)
                         values ('${clara}', '${clara}', 50, 5, 0), ('${theo}', '${theo}', 50, 0, 3)`);
  await api.owner.query(
    `insert into transfers (id, operation_id, debit_account, credit_account, amount, debit_type, credit_type, source,
                            debit_before, credit_before, reference_type, reference_id, description)
     values (gen_random_uuid(), gen_random_uuid(), '${issued}', '${clara}', 100, 'bonus', 'bonus', 'bonus', null, 0,
             null, null, 'welcome')`,
  );
  for (let n = 0; n < 5; n += 1) {
    await api.owner.query(
      `insert into transfers (id, operation_id, debit_account, credit_account, amount, debit_type, credit_type, source,
                              debit_before, credit_before, reference_type, reference_id, created_at)
       values (gen_random_uuid(), gen_random_uuid(), '${clara}', '${theo}', 10, 'session_payment', 'session_earning',
               'peer_booking', ${100 - 10 * n}, ${10 * n}, 'booking', '${bookingId}', '2026-01-01T00:00:00Z')`,
    );
  }
}

const get = (path: string, token: string) => api.request('GET', path, { token });

/** All pages of a list, with a limit that makes several. */
async function all(path: string, token: string) {
  const found = [];
  let cursor = '';
  do {
    const { status, body } = await get(`${path}${path.includes('?') ? '&' : '?'}limit=2${cursor}`, token);
    expect(status).toBe(200);
    expect(body.data.length).toBeLessThanOrEqual(2);
    found.push(...body.data);
    cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
  } while (cursor !== '');
  return found;
}

describe('bookings', () => {
  it('are shown to both parties and to operators, whole', async () => {
    const expected = {
      id: bookingId,
      clientId: clara,
      practitionerId: theo,
      peer: false,
      status: 'booked',
      startsAt: new Date(soon).toISOString(),
      endsAt: new Date(soon + hourMs).toISOString(),
      timeZone: 'Europe/Berlin',
      sessionType: 'massage',
      creditCost: 9,
      refundedCredits: 0,
      notes: 'a secret',
      roomUrl: null,
      createdAt: expect.stringMatching(/Z$/),
    };
    for (const token of [tokens.clara, tokens.theo, tokens.ops, tokens.admin]) {
      expect(await get(`/v1/bookings/${bookingId}`, token)).toMatchObject({ status: 200, body: expected });
    }
  });

  it('cannot be told from bookings that do not exist, by anybody else', async () => {
    for (const path of ['', '/cancellation-quote']) {
      const theirs = await get(`/v1/bookings/${bookingId}${path}`, tokens.eve);
      const none = await get(`/v1/bookings/${randomUUID()}${path}`, tokens.eve);
      expect(theirs.status).toBe(404);
      expect(theirs.body).toEqual(none.body);
    }
  });

  it('are listed by role, status and time, newest first, page by page', async () => {
    const ids = [bookingId];
    for (let n = 1; n <= 4; n += 1) {
      ids.unshift(await insertBooking({ from: soon + 10 * n * hourMs, status: n === 2 ? 'cancelled' : 'booked' }));
    }
    const listed = (path: string, token: string) => all(path, token).then((rows) => rows.map(({ id }) => id));

    expect(await listed('/v1/bookings', tokens.clara)).toEqual(ids);
    expect(await listed('/v1/bookings?as=client', tokens.clara)).toEqual(ids);
    expect(await listed('/v1/bookings?as=practitioner', tokens.clara)).toEqual([]);
    expect(await listed('/v1/bookings?as=practitioner', tokens.theo)).toEqual(ids);
    expect(await listed('/v1/bookings', tokens.eve)).toEqual([]);
    expect(await listed('/v1/bookings', tokens.ops)).toEqual(ids);
    expect(await listed('/v1/bookings?as=client', tokens.ops)).toEqual([]);
    expect(await listed('/v1/bookings?status=cancelled', tokens.clara)).toEqual([ids[2]]);
    expect(await listed('/v1/bookings?as=&status=&from=', tokens.clara)).toEqual(ids);
    const span = `from=${new Date(soon + 10 * hourMs).toISOString()}&to=${new Date(soon + 20 * hourMs).toISOString()}`;
    expect(await listed(`/v1/bookings?${span}`, tokens.clara)).toEqual([ids[3]]);
  });

  it('say what cancelling would give back, to each of those who may', async () => {
    const policy = { freeUntilHours: 48, lateRefundPercent: 50 };
    const freeUntil = new Date(soon - 48 * hourMs).toISOString();
    const quote = async (token: string, id = bookingId) =>
      (await get(`/v1/bookings/${id}/cancellation-quote`, token)).body;

    expect(await quote(tokens.clara)).toEqual({ refundCredits: 4, percent: 50, freeUntil, policy });
    expect(await quote(tokens.theo)).toEqual({ refundCredits: 9, percent: 100, freeUntil, policy });
    expect(await quote(tokens.ops)).toEqual({ refundCredits: 9, percent: 100, freeUntil, policy });
    const past = await insertBooking({ from: Date.now() - 10 * hourMs });
    expect(await quote(tokens.clara, past)).toMatchObject({ refundCredits: 0, percent: 0 });
    const cancelled = await insertBooking({ from: soon + 100 * hourMs, status: 'cancelled' });
    expect(await quote(tokens.theo, cancelled)).toMatchObject({ refundCredits: 0, percent: 0 });
  });
});

describe('balances and transactions', () => {
  it('are the own, or anybody’s for an operator', async () => {
    const held = { credits: { available: 45, held: 5, debt: 0, expiring: [] }, points: [] };
    for (const token of [tokens.clara, tokens.ops, tokens.admin]) {
      expect(await get(`/v1/users/${clara.toUpperCase()}/balance`, token)).toMatchObject({ status: 200, body: held });
    }
    const nothing = { credits: { available: 0, held: 0, debt: 0, expiring: [] }, points: [] };
    expect(await get(`/v1/users/${eve}/balance`, tokens.eve)).toMatchObject({ status: 200, body: nothing });
    const stranger = randomUUID();
    const own = await api.tokenOf(stranger);
    expect(await get(`/v1/users/${stranger}/balance`, own)).toMatchObject({ status: 200, body: nothing });

    for (const path of ['balance', 'transactions']) {
      const theirs = await get(`/v1/users/${clara}/${path}`, tokens.theo);
      expect(theirs).toEqual({ ...theirs, status: 404 });
      expect((await get(`/v1/users/${stranger}/${path}`, tokens.theo)).body).toEqual(theirs.body);
      expect((await get(`/v1/users/${stranger}/${path}`, tokens.ops)).status).toBe(404);
    }
  });

  it('are seen from the account’s side, in ledger order also within one instant', async () => {
    const ofClara = await all(`/v1/users/${clara}/transactions`, tokens.clara);
    expect(ofClara.map(({ amount, balanceBefore, balanceAfter }) => [amount, balanceBefore, balanceAfter])).toEqual([
      [-10, 60, 50],
      [-10, 70, 60],
      [-10, 80, 70],
      [-10, 90, 80],
      [-10, 100, 90],
      [100, 0, 100],
    ]);
    const ofTheo = await all(`/v1/users/${theo}/transactions?asset=credits`, tokens.ops);
    expect(ofTheo[0]).toEqual({
      id: expect.any(String),
      operationId: ofClara[0].operationId,
      type: 'session_earning',
      source: 'peer_booking',
      amount: 10,
      balanceBefore: 40,
      balanceAfter: 50,
      referenceType: 'booking',
      referenceId: bookingId,
      description: null,
      createdAt: '2026-01-01T00:00:00.000Z',
    });
    expect(ofClara[0].type).toBe('session_payment');
    const ids = new Set([...ofClara, ...ofTheo].map(({ id }) => id)); // one each, although they share transfers
    expect(ids.size).toBe(ofClara.length + ofTheo.length);
    expect(await all(`/v1/users/${clara}/transactions?asset=points`, tokens.clara)).toEqual([]);
  });
});

describe('operations', () => {
  it('are listed newest first, the own or all', async () => {
    const submit = (token: string, body: object) => api.request('POST', '/v1/transfers', withKey({ token, body }));
    const body = { toUserId: clara, amount: 1 };
    const same = await Promise.all(Array.from({ length: 5 }, () => submit(tokens.clara, body)));
    const cancel = await api.request('POST', `/v1/bookings/${bookingId}/cancel`, withKey({ token: tokens.clara }));
    const other = await submit(tokens.eve, body);
    const listed = (query: string, token: string) =>
      all(`/v1/operations${query}`, token).then((rows) => rows.map(({ id }) => id));

    const { rows } = await api.owner.query('select id from operations where lane = $1 order by lane_seq desc', [clara]);
    const own = rows.map(({ id }) => id);
    expect(own[0]).toBe(cancel.body.id);
    expect(own).toHaveLength(same.length + 1);
    expect(await listed('', tokens.clara)).toEqual(own);
    expect(await listed('', tokens.ops)).toHaveLength(own.length + 1);
    expect((await listed('', tokens.ops))[0]).toBe(other.body.id);
    expect(await listed(`?userId=${clara}`, tokens.ops)).toEqual(own);
    expect(await listed(`?userId=${clara}`, tokens.eve)).toEqual([]);
    expect(await listed('?kind=booking.cancel', tokens.clara)).toEqual([cancel.body.id]);
    expect(await listed('?status=succeeded', tokens.clara)).toEqual([]);
    expect((await get(cancel.body.links.self, tokens.eve)).body).toEqual(
      (await get(`/v1/operations/${randomUUID()}`, tokens.eve)).body,
    );
    expect((await get(cancel.body.links.self, tokens.ops)).status).toBe(200);
  });
});

describe('the directory', () => {
  const entry = { email: 'Ada@example.org', firstName: 'Ada', lastName: 'O’Hara-100%', roles: ['practitioner'] };
  const practice = {
    prices: [{ sessionType: 'massage', durationMinutes: 60, credits: 10 }],
    availability: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00' })),
  };
  const put = (path: string, body: object, token = tokens.admin) => api.request('PUT', path, { token, body });

  it('is written by admins, again and again, and by practitioners for themselves', async () => {
    const id = randomUUID();
    expect(await put(`/v1/practitioners/${id}`, practice)).toMatchObject({ status: 404 });
    const stored = { id, ...entry, timeZone: 'UTC', active: true, emailVerified: true };
    for (let n = 0; n < 2; n += 1)
      expect(await put(`/v1/users/${id}`, entry)).toMatchObject({ status: 200, body: stored });
    expect((await get(`/v1/users/${id}`, await api.tokenOf(id))).body).toEqual(stored);
    expect((await get(`/v1/users/${id}`, tokens.clara)).status).toBe(404);

    const own = await api.tokenOf(id, 'practitioner');
    const page = { id, firstName: 'Ada', active: true, timeZone: 'UTC', bufferMinutes: 0, ...practice };
    expect(await put(`/v1/practitioners/${id.toUpperCase()}`, practice, own)).toMatchObject({
      status: 200,
      body: page,
    });
    expect((await get(`/v1/practitioners/${id}`, tokens.clara)).body).toMatchObject(page);
    expect(JSON.stringify((await get(`/v1/practitioners/${id}`, tokens.clara)).body)).not.toContain('@');

    const remove = () => api.request('DELETE', `/v1/users/${id}`, { token: tokens.admin });
    expect([(await remove()).status, (await remove()).status]).toEqual([204, 204]);
    expect((await get(`/v1/practitioners/${id}`, tokens.clara)).status).toBe(404);
    expect((await get(`/v1/users/${id}`, tokens.admin)).status).toBe(404);
    expect((await api.request('DELETE', `/v1/users/${randomUUID()}`, { token: tokens.admin })).status).toBe(404);
    expect((await put(`/v1/users/${id}`, entry)).status).toBe(200);
    expect((await get(`/v1/practitioners/${id}`, tokens.clara)).status).toBe(200);
  });

  it('finds practitioners by part of a name in any case, and only those who take bookings', async () => {
    const names = [
      ['Berta', 'Alpha', true],
      ['Carl', 'Alphabet', true],
      ['Dora', 'ALPHA', false],
      ['Emil', '50%_off', true],
    ] as const;
    const ids: Uuid[] = [];
    for (const [firstName, lastName, active] of names) {
      const id = randomUUID();
      await put(`/v1/users/${id}`, { ...entry, firstName, lastName, active });
      await put(`/v1/practitioners/${id}`, practice);
      ids.push(id);
    }
    const found = async (search: string) =>
      (await all(`/v1/practitioners?search=${encodeURIComponent(search)}`, tokens.clara)).map(({ id }) => id);

    expect(await found('alpha')).toEqual([ids[1], ids[0]]);
    expect(await found('BERTA ALP')).toEqual([ids[0]]);
    expect(await found('%_')).toEqual([ids[3]]);
    expect(await found(`'; drop table users; --`)).toEqual([]);
    expect((await get(`/v1/practitioners/${ids[2]}`, tokens.clara)).body.active).toBe(false);
  });

  it('offers slots around the sessions that nobody else may see', async () => {
    const span = (from: number, to: number) => `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
    const slots = (query: string, id = theo) =>
      get(`/v1/practitioners/${id}/slots?${query}&durationMinutes=60&sessionType=massage`, tokens.eve);

    const { status, body } = await slots(span(soon - 2 * hourMs, soon + 2 * hourMs));
    expect(status).toBe(200);
    expect(body.map(({ startsAt }: { startsAt: string }) => (Date.parse(startsAt) - soon) / 60_000)).toEqual([
      -120, -105, -90, -75, 75, 90, 105,
    ]);
    expect(body[0]).toEqual({
      startsAt: expect.any(String),
      endsAt: expect.any(String),
      localStartsAt: expect.any(String),
      credits: 10,
    });
    expect((await slots(span(Date.now() - 10 * hourMs, Date.now() - hourMs))).body).toEqual([]);

    expect((await slots(span(soon, soon + 62 * 24 * hourMs))).status).toBe(200);
    expect((await slots(span(soon, soon + 62 * 24 * hourMs + 1))).status).toBe(400);
    expect((await slots(span(soon, soon))).status).toBe(400);
    expect((await slots('from=2030-01-01&to=2030-01-02')).status).toBe(400);
    expect((await slots(span(soon, soon + hourMs), randomUUID())).status).toBe(404);
    const dear = `${span(soon, soon + hourMs)}&durationMinutes=60&sessionType=other`;
    expect((await get(`/v1/practitioners/${theo}/slots?${dear}`, tokens.eve)).body).toEqual([]);
  });
});

describe('row-level security', () => {
  it('hides what is somebody else’s from a query without any condition', async () => {
    const pool = createPool(api.databaseUrl, { role: 'reader', name: 'test', max: 1, log: () => {} });
    const tables = [
      'operations',
      'accounts',
      'transfers',
      'bookings',
      'slot_holds',
      'waitlist_entries',
      'freed_slots',
      'reconciliation_items',
      'operator_actions',
    ];
    const counts = (viewer: { id: Uuid; isOperator: boolean }) =>
      readAs(pool, viewer, async ({ client }) => {
        const found: Record<string, number> = {};
        for (const table of tables) {
          found[table] = (await client.query(`select count(*)::int as n from ${table}`)).rows[0].n;
        }
        return found;
      });

    const stranger = { id: randomUUID(), isOperator: false };
    expect(await counts(stranger)).toEqual(Object.fromEntries(tables.map((table) => [table, 0])));
    expect(await counts({ id: clara, isOperator: false })).toMatchObject({ accounts: 1, transfers: 6 });
    expect((await counts({ id: ops, isOperator: true })).accounts).toBe(2);

    // The connection is used again: nothing of the operator is left on it.
    expect((await pool.query('select * from accounts')).rows).toEqual([]);
    const people = await readAs(pool, stranger, ({ client }) => client.query('select id from users'));
    expect(people.rows.map(({ id }) => id)).not.toContain(clara);
    await expect(pool.query('update accounts set balance = 1')).rejects.toMatchObject({ code: '42501' });
    await pool.end();
  });
});

it('counts for operators', async () => {
  const { body } = await get('/v1/stats', tokens.ops);
  expect(body).toMatchObject({
    queues: { booking: expect.any(Object), refund: expect.any(Object), allocation: expect.any(Object) },
    waiting: { operations: expect.any(Number), oldest: { id: expect.any(String), ageSeconds: expect.any(Number) } },
    throughput: { settledLastMinute: 0, perSecond: 0 },
    // These bookings came about without operations.
    peerBookings: { submitted: 0, shareOfBookings: null },
  });
  const metrics = (await get('/metrics', tokens.ops)).body;
  expect(metrics).toContain('counterfoil_submissions_total{kind="credits.transfer",result="accepted"}');
  expect(metrics).toMatch(/counterfoil_http_request_duration_seconds_count\{method="GET",route="\/v1\/bookings"/);
  expect(metrics).toContain('nodejs_eventloop_lag');
  expect(metrics).toContain('counterfoil_queue_jobs{queue="allocation",state=');
});
