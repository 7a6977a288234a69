import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { operations } from '../../../shared/operations/registry.ts';
import { startWorker } from '../../../workers/worker.ts';
import { type ApiAnswer, startTestApi, withKey } from '../../support/api.ts';
import { backends } from '../../support/backends.ts';
import { addPeople, addPractitioners, letBegin } from '../../support/marketplace.ts';
import { startOf } from '../../support/requests.ts';
import { until } from '../../support/until.ts';

describe.each(backends)('with a worker, queues on $name', ({ redisUrl }) => {
  async function setup() {
    const api = await startTestApi({ env: redisUrl === null ? {} : { REDIS_URL: redisUrl } });
    const config = { ...api.config, databaseUrl: api.databaseUrl };
    const worker = startWorker({ config, operations, log: pino({ level: 'silent' }) });
    onTestFinished(async () => {
      await worker.close();
      await api.close();
    });
    const [client, practitioner] = [randomUUID(), randomUUID()];
    await addPeople(api, [client]);
    await addPractitioners(api, [practitioner]);
    const tokens = { client: await api.tokenOf(client, 'client'), admin: await api.tokenOf(randomUUID(), 'admin') };
    const write = (token: string, path: string, body: object): Promise<ApiAnswer> =>
      api.request('POST', path, withKey({ token, body, headers: { Prefer: 'wait=20' } }));
    return { api, client, practitioner, tokens, write };
  }

  it('gives credits, books, cancels, and shows each in the ledger', async () => {
    const { api, client, practitioner, tokens, write } = await setup();
    const read = async (path: string) => (await api.request('GET', path, { token: tokens.client })).body;

    const given = await write(tokens.admin, '/v1/allocations', { userId: client, amount: 25, source: 'bonus' });
    expect(given).toMatchObject({ status: 200, body: { status: 'succeeded', outcome: { balanceAfter: 25 } } });

    const wanted = { practitionerId: practitioner, startsAt: startOf(10), durationMinutes: 60, sessionType: 'massage' };
    const booked = await write(tokens.client, '/v1/bookings', wanted);
    const { bookingId } = booked.body.outcome;
    expect(booked.headers.get('preference-applied')).toBe('wait=20');
    expect(booked.body).toMatchObject({
      outcome: { balanceAfter: 15 },
      links: { booking: `/v1/bookings/${bookingId}` },
    });
    expect(await read(booked.body.links.booking)).toMatchObject({ id: bookingId, status: 'booked', creditCost: 10 });

    const taken = await write(tokens.client, '/v1/bookings', wanted);
    expect(taken).toMatchObject({ status: 200, body: { status: 'rejected', rejection: { code: 'slot_taken' } } });

    const cancelled = await write(tokens.client, `/v1/bookings/${bookingId}/cancel`, { reason: 'ill' });
    expect(cancelled.body.outcome).toEqual({ bookingId, refundedCredits: 10, cancelledBy: 'client' });
    expect(await read(`/v1/bookings/${bookingId}`)).toMatchObject({ status: 'cancelled', refundedCredits: 10 });
    expect((await read(`/v1/users/${client}/balance`)).credits.available).toBe(25);
    const { data } = await read(`/v1/users/${client}/transactions`);
    expect(data.map(({ type, amount }: { type: string; amount: number }) => [type, amount])).toEqual([
      ['session_refund', 10],
      ['session_payment', -10],
      ['bonus', 25],
    ]);
  });

  it('moves a session, and hears how it went once it has begun', async () => {
    const { api, client, practitioner, tokens, write } = await setup();
    const wanted = { practitionerId: practitioner, startsAt: startOf(10), durationMinutes: 60, sessionType: 'massage' };
    await write(tokens.admin, '/v1/allocations', { userId: client, amount: 25, source: 'bonus' });
    const { body: booked } = await write(tokens.client, '/v1/bookings', wanted);
    const { bookingId } = booked.outcome;
    const treating = await api.tokenOf(practitioner, 'practitioner');
    const ops = await api.tokenOf(randomUUID(), 'ops');

    const moved = await write(tokens.client, `/v1/bookings/${bookingId}/reschedule`, { startsAt: startOf(12) });
    expect(moved.body).toMatchObject({
      kind: 'booking.reschedule',
      outcome: { bookingId, startsAt: startOf(12), endsAt: startOf(13) },
      links: { booking: `/v1/bookings/${bookingId}` },
    });
    const read = await api.request('GET', `/v1/bookings/${bookingId}`, { token: treating });
    expect(read.body).toMatchObject({ startsAt: startOf(12), status: 'booked', creditCost: 10 });

    const early = await write(treating, `/v1/bookings/${bookingId}/complete`, {});
    expect(early.body).toMatchObject({ status: 'rejected', rejection: { code: 'not_started' } });
    const unsaid = await write(treating, `/v1/bookings/${bookingId}/no-show`, { party: 'nobody' });
    expect(unsaid).toMatchObject({ status: 400, body: { errors: [{ path: 'party' }] } });

    await letBegin(api, bookingId);
    const notTheirs = await write(tokens.client, `/v1/bookings/${bookingId}/complete`, {});
    expect(notTheirs.body.rejection.code).toBe('booking_not_found');
    const missed = await write(treating, `/v1/bookings/${bookingId}/no-show`, { party: 'practitioner' });
    expect(missed.body.outcome).toEqual({ bookingId, party: 'practitioner', refundedCredits: 10 });
    const closed = await write(ops, `/v1/bookings/${bookingId}/complete`, {});
    expect(closed.body.rejection.code).toBe('not_cancellable');
    const end = await api.request('GET', `/v1/bookings/${bookingId}`, { token: tokens.client });
    expect(end.body).toMatchObject({ status: 'no_show', refundedCredits: 10 });
  });

  it.each(['deactivated', 'deleted'] as const)('cancels the sessions to come of who is %s, both ways', async (how) => {
    const { api, client, practitioner, tokens, write } = await setup();
    const other = randomUUID();
    await addPractitioners(api, [other]);
    await write(tokens.admin, '/v1/allocations', { userId: client, amount: 50, source: 'bonus' });
    await write(tokens.admin, '/v1/allocations', { userId: practitioner, amount: 50, source: 'bonus' });
    const treating = await api.tokenOf(practitioner, 'practitioner');
    const at = (hour: number) => ({ startsAt: startOf(hour), durationMinutes: 60, sessionType: 'massage' });
    const booked = [
      await write(tokens.client, '/v1/bookings', { practitionerId: practitioner, ...at(10) }),
      await write(tokens.client, '/v1/bookings', { practitionerId: practitioner, ...at(12) }),
      await write(treating, '/v1/bookings', { practitionerId: other, ...at(14) }),
      await write(tokens.client, '/v1/bookings', { practitionerId: other, ...at(16) }),
    ].map(({ body }) => body.outcome.bookingId);
    await letBegin(api, booked[0]);

    const path = `/v1/users/${practitioner}`;
    const entry = { email: 'gone@example.test', firstName: 'Gone', lastName: 'Soon', roles: ['practitioner'] };
    const gone =
      how === 'deleted'
        ? await api.request('DELETE', path, { token: tokens.admin })
        : await api.request('PUT', path, { token: tokens.admin, body: { ...entry, active: false } });
    expect([200, 204]).toContain(gone.status);
    const read = async (id: string) => (await api.request('GET', `/v1/bookings/${id}`, { token: tokens.admin })).body;
    await until('their own session is cancelled', async () => (await read(booked[2])).status === 'cancelled');
    const ends = await Promise.all(booked.map(read));
    expect(ends.map(({ status, refundedCredits }) => [status, refundedCredits])).toEqual([
      ['booked', 0], // has begun
      ['cancelled', 10],
      ['cancelled', 10],
      ['booked', 0],
    ]);
    const refused = await write(tokens.client, '/v1/bookings', { practitionerId: practitioner, ...at(18) });
    expect(refused.body.rejection.code).toBe(how === 'deleted' ? 'practitioner_not_found' : 'practitioner_inactive');
  });

  it('lets a crowd book while the practitioner is deactivated: nobody keeps a session with them', async () => {
    const { api, client, practitioner, tokens, write } = await setup();
    await write(tokens.admin, '/v1/allocations', { userId: client, amount: 500, source: 'bonus' });
    const entry = { email: 'gone@example.test', firstName: 'Gone', lastName: 'Soon', roles: ['practitioner'] };
    const bookings = Array.from({ length: 20 }, (_, n) => {
      const startsAt = startOf(n + 1);
      const wanted = { practitionerId: practitioner, startsAt, durationMinutes: 60, sessionType: 'massage' };
      return write(tokens.client, '/v1/bookings', wanted);
    });
    await bookings[3];
    const body = { ...entry, active: false };
    await api.request('PUT', `/v1/users/${practitioner}`, { token: tokens.admin, body });
    await Promise.all(bookings);
    const count = async (condition: string) =>
      (await api.owner.query(`select from bookings where ${condition}`)).rowCount;
    await until('nothing is booked', async () => (await count(`status = 'booked'`)) === 0);
    expect(await count(`status = 'cancelled'`)).toBeGreaterThan(0);
    const balance = await api.request('GET', `/v1/users/${client}/balance`, { token: tokens.client });
    expect(balance.body.credits.available).toBe(500);
  });

  it('keeps a slot for whoever holds it: others are neither offered it nor told by whom it is kept', async () => {
    const { api, client, practitioner, tokens, write } = await setup();
    const rival = randomUUID();
    await addPeople(api, [rival]);
    const rivalToken = await api.tokenOf(rival, 'client');
    const wanted = { practitionerId: practitioner, startsAt: startOf(10), durationMinutes: 60, sessionType: 'massage' };
    await write(tokens.admin, '/v1/allocations', { userId: client, amount: 25, source: 'bonus' });

    const held = await write(tokens.client, '/v1/slot-holds', wanted);
    const { holdId, expiresAt } = held.body.outcome;
    expect(held.body).toMatchObject({
      id: holdId,
      kind: 'slot.hold',
      outcome: { practitionerId: practitioner, startsAt: startOf(10), endsAt: startOf(11), creditCost: 10 },
    });
    expect(Date.parse(expiresAt) - Date.parse(held.body.acceptedAt)).toBe(5 * 60_000);

    const ownHolds = async (token: string) => (await api.request('GET', '/v1/slot-holds', { token })).body;
    const shown = { id: holdId, practitionerId: practitioner, startsAt: startOf(10), endsAt: startOf(11) };
    expect(await ownHolds(tokens.client)).toEqual({
      data: [{ ...shown, sessionType: 'massage', expiresAt, createdAt: expect.any(String) }],
      nextCursor: null,
    });
    expect(await ownHolds(rivalToken)).toEqual({ data: [], nextCursor: null });

    const offered = async (token: string) => {
      const query = `from=${startOf(9)}&to=${startOf(11.5)}&durationMinutes=60&sessionType=massage`;
      const { body } = await api.request('GET', `/v1/practitioners/${practitioner}/slots?${query}`, { token });
      return body.map(({ startsAt }: { startsAt: string }) => startsAt);
    };
    expect(await offered(tokens.client)).toContain(startOf(10));
    expect(await offered(rivalToken)).toEqual([startOf(9), startOf(11), startOf(11.25)]);
    const refused = await write(rivalToken, '/v1/bookings', wanted);
    expect(refused.body.rejection.code).toBe('slot_taken');

    const probed = await write(rivalToken, `/v1/slot-holds/${holdId}/release`, {});
    expect(probed.body.rejection.code).toBe('hold_not_found');
    const released = await write(tokens.client, `/v1/slot-holds/${holdId}/release`, {});
    expect(released.body.outcome).toEqual({ holdId });
    expect(await ownHolds(tokens.client)).toEqual({ data: [], nextCursor: null });
    expect(await offered(rivalToken)).toContain(startOf(10));

    const again = await write(tokens.client, '/v1/slot-holds', wanted);
    expect(again.body.status).toBe('succeeded');
    expect((await write(tokens.client, '/v1/bookings', wanted)).body.status).toBe('succeeded');
    expect(await ownHolds(tokens.client)).toEqual({ data: [], nextCursor: null });

    const third = await write(tokens.client, '/v1/slot-holds', { ...wanted, startsAt: startOf(14) });
    await api.owner.query('update slot_holds set expires_at = now() where id = $1', [third.body.id]);
    expect(await ownHolds(tokens.client)).toEqual({ data: [], nextCursor: null });
  });

  it('offers a cancelled session to whoever waits for it, and shows them what is theirs to book', async () => {
    const { api, client, practitioner, tokens, write } = await setup();
    const other = randomUUID();
    await addPeople(api, [other]);
    const otherToken = await api.tokenOf(other, 'client');
    const treating = await api.tokenOf(practitioner, 'practitioner');
    for (const userId of [client, other]) {
      await write(tokens.admin, '/v1/allocations', { userId, amount: 25, source: 'bonus' });
    }
    const session = { practitionerId: practitioner, durationMinutes: 60, sessionType: 'massage' };
    const booked = await write(otherToken, '/v1/bookings', { ...session, startsAt: startOf(10) });

    const early = { ...session, from: startOf(10), to: startOf(10.5) };
    expect(await write(tokens.client, '/v1/waitlist', early)).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'to' }] },
    });
    const range = { from: startOf(9), to: startOf(12) };
    const joined = await write(tokens.client, '/v1/waitlist', { ...session, ...range });
    const { entryId } = joined.body.outcome;
    expect(joined.body.outcome).toEqual({ entryId: joined.body.id, position: 1 });
    const twice = await write(tokens.client, '/v1/waitlist', { ...session, ...range });
    expect(twice.body.rejection.code).toBe('already_waiting');

    const list = async (token: string, query = '') =>
      (await api.request('GET', `/v1/waitlist${query}`, { token })).body.data;
    const entry = {
      id: entryId,
      clientId: client,
      practitionerId: practitioner,
      status: 'waiting',
      ...range,
      durationMinutes: 60,
      sessionType: 'massage',
      offer: null,
      createdAt: expect.any(String),
    };
    expect(await list(tokens.client)).toEqual([entry]);
    expect(await list(treating)).toEqual([]);
    expect(await list(treating, '?as=practitioner')).toEqual([entry]);
    expect(await list(otherToken)).toEqual([]);

    await write(otherToken, `/v1/bookings/${booked.body.id}/cancel`, {});
    const offer = await until('the slot is offered', async () => (await list(tokens.client))[0].offer);
    expect(offer).toEqual({
      holdId: expect.any(String),
      startsAt: startOf(10),
      endsAt: startOf(11),
      expiresAt: expect.any(String),
    });
    const refused = await write(otherToken, '/v1/bookings', { ...session, startsAt: startOf(10) });
    expect(refused.body.rejection.code).toBe('slot_taken');
    const taken = await write(tokens.client, '/v1/bookings', { ...session, startsAt: startOf(10) });
    expect(taken.body.status).toBe('succeeded');
    expect(await list(tokens.client)).toEqual([{ ...entry, status: 'fulfilled' }]);

    const gone = await write(tokens.client, `/v1/waitlist/${entryId}/decline`, {});
    expect(gone.body.rejection.code).toBe('entry_not_found');
    const unknown = await write(tokens.client, `/v1/waitlist/${randomUUID()}/leave`, {});
    expect(unknown.body.rejection.code).toBe('entry_not_found');
  });

  it('answers a hundred waiting requests at once, each with its own outcome', async () => {
    const { client, tokens, write } = await setup();
    await write(tokens.admin, '/v1/allocations', { userId: client, amount: 50, source: 'bonus' });
    const other = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        n % 2 === 0
          ? write(tokens.admin, '/v1/allocations', { userId: client, amount: 1, source: 'purchase' })
          : write(tokens.client, '/v1/transfers', { toUserId: other, amount: 1 }),
      ),
    );
    const ends = answers.map(({ status, body }) => `${status} ${body.rejection?.code ?? body.status}`);
    expect(new Set(ends)).toEqual(new Set(['200 succeeded', '200 recipient_not_found']));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(100);
  });
});
