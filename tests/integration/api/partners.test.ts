import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runAudit } from '../../../db/audit.ts';
import { operations } from '../../../shared/operations/registry.ts';
import { startWorker } from '../../../workers/worker.ts';
import { type RequestOptions, startTestApi, withKey } from '../../support/api.ts';
import { addPeople, addPractitioners, letBegin } from '../../support/marketplace.ts';
import { startOf } from '../../support/requests.ts';
import { until } from '../../support/until.ts';

const entryOf = (email: string, changes = {}) => ({
  email,
  firstName: 'Nina',
  lastName: 'New',
  roles: ['client'],
  ...changes,
});

async function setup() {
  const api = await startTestApi();
  const config = { ...api.config, databaseUrl: api.databaseUrl };
  const worker = startWorker({ config, operations, log: pino({ level: 'silent' }) });
  onTestFinished(async () => {
    await worker.close();
    expect(await runAudit(api.owner)).toMatchObject({ ok: true });
    await api.close();
  });
  const [owner, stranger, client, id] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  await addPeople(api, [owner, stranger], ['partner']);
  await addPeople(api, [client]);
  const tokens = {
    admin: await api.tokenOf(randomUUID(), 'admin'),
    partner: await api.tokenOf(owner, 'partner'),
    stranger: await api.tokenOf(stranger, 'partner'),
    client: await api.tokenOf(client, 'client'),
  };
  const as = (token: string) => ({
    read: (path: string) => api.request('GET', path, { token }),
    put: (path: string, body: object) => api.request('PUT', path, { token, body }),
    add: (body: object) => api.request('POST', '/v1/partner/members', { token, body }),
    write: (path: string, body: object, options: RequestOptions = {}) =>
      api.request(
        'POST',
        path,
        withKey({ token, body, ...options, headers: { Prefer: 'wait=20', ...options.headers } }),
      ),
    remove: (memberId: string) =>
      api.request('DELETE', `/v1/partner/members/${memberId}`, withKey({ token, headers: { Prefer: 'wait=20' } })),
  });
  const [admin, partner, other, someone] = [tokens.admin, tokens.partner, tokens.stranger, tokens.client].map(as);
  if (!admin || !partner || !other || !someone) throw new Error('no callers');
  const put = await admin.put(`/v1/partners/${id}`, { name: 'Acme', ownerUserId: owner });
  expect(put.status).toBe(200);
  const balanceOf = async (userId: string) => (await admin.read(`/v1/users/${userId}/balance`)).body.credits.available;
  return { api, id, owner, stranger, client, admin, partner, other, someone, balanceOf };
}

describe('a partner', () => {
  it('is put by admins, read by its owner, and belongs to one user', async () => {
    const { id, owner, client, admin, partner, other, someone } = await setup();
    const stored = {
      id,
      name: 'Acme',
      ownerUserId: owner,
      expiryDays: 90,
      onExpiry: 'return',
      memberCap: null,
    };
    expect(await partner.read(`/v1/partners/${id}`)).toMatchObject({ status: 200, body: stored });
    expect((await other.read(`/v1/partners/${id}`)).status).toBe(404);
    expect((await someone.put(`/v1/partners/${id}`, stored)).status).toBe(403);
    const cap = {
      name: 'Acme',
      ownerUserId: owner,
      expiryDays: 30,
      onExpiry: 'forfeit',
      memberCap: { credits: 5, days: 7 },
    };
    expect((await admin.put(`/v1/partners/${id}`, cap)).body).toEqual({ id, ...cap });

    const second = await admin.put(`/v1/partners/${randomUUID()}`, { name: 'Two', ownerUserId: owner });
    expect(second).toMatchObject({ status: 400, body: { errors: [{ path: 'ownerUserId' }] } });
    const nobody = await admin.put(`/v1/partners/${randomUUID()}`, { name: 'Two', ownerUserId: randomUUID() });
    expect(nobody).toMatchObject({ status: 400, body: { errors: [{ path: 'ownerUserId' }] } });
    expect((await admin.put(`/v1/partners/${client}`, { name: 'Two', ownerUserId: client })).status).toBe(200);
  });

  it('adds members once per address, in whatever case (003-26)', async () => {
    const { client, api, partner, other, someone } = await setup();
    const added = await partner.add({ email: 'Nina@corp.test', firstName: 'Nina' });
    expect(added).toMatchObject({
      status: 201,
      body: { email: 'Nina@corp.test', firstName: 'Nina', status: 'active', userId: null, creditsAssigned: 0 },
    });
    const again = await partner.add({ email: 'nina@CORP.test', firstName: 'Nina' });
    expect(again).toMatchObject({ status: 409, body: { code: 'member_exists' } });
    const known = await partner.add({ email: `${client}@EXAMPLE.test`, firstName: 'Clara' });
    expect(known.body.userId).toBe(client);
    const said = await partner.add({ email: 'private@corp.test', firstName: 'Clara', userId: client });
    expect(said.body.userId).toBe(client);
    const unknown = await partner.add({ email: 'who@corp.test', firstName: 'Who', userId: randomUUID() });
    expect(unknown).toMatchObject({ status: 400, body: { errors: [{ path: 'userId' }] } });

    expect((await other.add({ email: 'nina@corp.test', firstName: 'Nina' })).status).toBe(404);
    expect((await other.read('/v1/partner/members')).status).toBe(404);
    expect((await someone.add({ email: 'nina@corp.test', firstName: 'Nina' })).status).toBe(403);
    const path = `/v1/partner/members/${added.body.id}`;
    expect((await partner.read(path)).body).toEqual(added.body);
    expect((await other.read(path)).status).toBe(404);

    const first = await partner.read('/v1/partner/members?limit=2');
    expect(first.body.data.map(({ email }: { email: string }) => email)).toEqual([
      'private@corp.test',
      `${client}@EXAMPLE.test`,
    ]);
    const rest = await partner.read(`/v1/partner/members?limit=2&cursor=${first.body.nextCursor}`);
    expect(rest.body).toMatchObject({ data: [{ email: 'Nina@corp.test' }], nextCursor: null });
    const { rows } = await api.owner.query('select count(*)::int as count from partner_members');
    expect(rows).toEqual([{ count: 3 }]);
  });
});

describe('credits of a pool', () => {
  it('go to members with an account, and come back when they are removed unused (003-09 to 003-14, 003-39)', async () => {
    const { api, id, owner, client, admin, partner, other, balanceOf } = await setup();
    const practitioner = randomUUID();
    await addPractitioners(api, [practitioner]);
    const funded = await admin.write(`/v1/partners/${id}/pool`, { credits: 100 });
    expect(funded.body).toMatchObject({ kind: 'partner.fund', userId: owner, outcome: { poolAvailable: 100 } });
    expect((await partner.read(`/v1/operations/${funded.body.id}`)).status).toBe(200);

    const member = (await partner.add({ email: `${client}@example.test`, firstName: 'Clara' })).body.id;
    const assigned = await partner.write('/v1/partner/assign-credits', { memberId: member, credits: 30 });
    expect(assigned.body.outcome).toEqual({
      memberId: member,
      creditsAssigned: 30,
      poolAvailable: 70,
      expiresAt: expect.any(String),
    });
    const days = (Date.parse(assigned.body.outcome.expiresAt) - Date.parse(assigned.body.acceptedAt)) / 86_400_000;
    expect(Math.round(days)).toBe(90);
    expect(await balanceOf(client)).toBe(30);

    const wanted = { practitionerId: practitioner, startsAt: startOf(10), durationMinutes: 60, sessionType: 'massage' };
    const booked = await api.request(
      'POST',
      '/v1/bookings',
      withKey({ token: await api.tokenOf(client, 'client'), body: wanted, headers: { Prefer: 'wait=20' } }),
    );
    expect(booked.body.status).toBe('succeeded');

    const notTheirs = await other.remove(member);
    expect(notTheirs.body.rejection.code).toBe('partner_not_found');
    const removed = await partner.remove(member);
    expect(removed.body).toMatchObject({
      kind: 'partner.remove_member',
      outcome: { memberId: member, creditsReturned: 20, poolAvailable: 90 },
    });
    expect(await balanceOf(client)).toBe(0);
    const gone = await partner.write('/v1/partner/assign-credits', { memberId: member, credits: 1 });
    expect(gone.body.rejection.code).toBe('member_inactive');
    const back = await partner.add({ email: `${client}@example.test`, firstName: 'Clara' });
    expect(back).toMatchObject({ status: 201, body: { id: member, status: 'active', creditsAssigned: 30 } });
  });

  it('wait for whoever has no account, and move when a user with the verified address appears (003-08)', async () => {
    const { api, id, admin, partner, balanceOf } = await setup();
    await admin.write(`/v1/partners/${id}/pool`, { credits: 50 });
    const member = (await partner.add({ email: 'Nina@corp.test', firstName: 'Nina' })).body.id;
    await partner.write('/v1/partner/assign-credits', { memberId: member, credits: 20, expiresInDays: 5 });
    await partner.write('/v1/partner/assign-credits', { memberId: member, credits: 5 });

    const nina = randomUUID();
    await admin.put(`/v1/users/${nina}`, entryOf('nina@CORP.test', { emailVerified: false }));
    expect((await partner.read(`/v1/partner/members/${member}`)).body.userId).toBe(null);
    await admin.put(`/v1/users/${nina}`, entryOf('nina@CORP.test'));
    await until('the credits have moved', async () => (await balanceOf(nina)) === 25);
    expect((await partner.read(`/v1/partner/members/${member}`)).body.userId).toBe(nina);

    // The same again, and somebody else with the address, change nothing.
    await admin.put(`/v1/users/${nina}`, entryOf('nina@corp.test'));
    await admin.put(`/v1/users/${randomUUID()}`, entryOf('nina@corp.test'));
    const { rows } = await api.owner.query(
      `select count(*)::int as count from operations where kind = 'partner.claim'`,
    );
    expect(rows).toEqual([{ count: 1 }]);
    await partner.write('/v1/partner/assign-credits', { memberId: member, credits: 5 });
    expect(await balanceOf(nina)).toBe(30);
  });

  it('find the user of a member who is added in the same instant, whoever comes first', async () => {
    const { id, admin, partner, balanceOf } = await setup();
    await admin.write(`/v1/partners/${id}/pool`, { credits: 50 });
    const people = Array.from({ length: 12 }, (_, n) => ({ user: randomUUID(), email: `both-${n}@corp.test` }));
    const members = await Promise.all(
      people.map(async ({ user, email }) => {
        const [added] = await Promise.all([
          partner.add({ email, firstName: 'Both' }),
          admin.put(`/v1/users/${user}`, entryOf(email)),
        ]);
        return added.body.id;
      }),
    );
    await Promise.all(members.map((memberId) => partner.write('/v1/partner/assign-credits', { memberId, credits: 1 })));
    await until('all have their credit', async () => {
      const balances = await Promise.all(people.map(({ user }) => balanceOf(user)));
      return balances.every((balance) => balance === 1);
    });
  });

  it('never exceed the pool, however many assign at once from eight connections (003-03, 003-32)', async () => {
    const { id, admin, partner } = await setup();
    await admin.write(`/v1/partners/${id}/pool`, { credits: 100 });
    const members = await Promise.all(
      Array.from({ length: 8 }, (_, n) => partner.add({ email: `member-${n}@corp.test`, firstName: 'Member' })),
    );
    const answers = await Promise.all(
      members.flatMap(({ body: { id: memberId } }) =>
        Array.from({ length: 5 }, () => partner.write('/v1/partner/assign-credits', { memberId, credits: 7 })),
      ),
    );
    const succeeded = answers.filter(({ body }) => body.status === 'succeeded');
    const refused = answers.filter(({ body }) => body.rejection?.code === 'insufficient_pool');
    expect([succeeded.length, refused.length]).toEqual([14, 26]);
    expect(refused[0]?.body.rejection.details).toEqual({ available: 2, requested: 7 });
  });

  it('keep to the cap of a member', async () => {
    const { id, owner, admin, partner } = await setup();
    await admin.put(`/v1/partners/${id}`, { name: 'Acme', ownerUserId: owner, memberCap: { credits: 10, days: 30 } });
    await admin.write(`/v1/partners/${id}/pool`, { credits: 100 });
    const memberId = (await partner.add({ email: 'nina@corp.test', firstName: 'Nina' })).body.id;
    const assign = (credits: number) => partner.write('/v1/partner/assign-credits', { memberId, credits });
    expect((await assign(8)).body.status).toBe('succeeded');
    expect((await assign(3)).body.rejection).toMatchObject({
      code: 'member_cap_exceeded',
      details: { cap: 10, days: 30, assigned: 8, requested: 3 },
    });
    expect((await assign(2)).body.status).toBe('succeeded');
  });

  it('are the business of nobody else', async () => {
    const { id, stranger, admin, partner, other, someone } = await setup();
    await admin.write(`/v1/partners/${id}/pool`, { credits: 100 });
    const memberId = (await partner.add({ email: 'nina@corp.test', firstName: 'Nina' })).body.id;
    const path = '/v1/partner/assign-credits';
    expect((await someone.write(path, { memberId, credits: 1 })).status).toBe(403);
    expect((await partner.write(`/v1/partners/${id}/pool`, { credits: 1 })).status).toBe(403);
    expect((await other.write(path, { memberId, credits: 1 })).body.rejection.code).toBe('partner_not_found');
    await admin.put(`/v1/partners/${randomUUID()}`, { name: 'Other', ownerUserId: stranger });
    expect((await other.write(path, { memberId, credits: 1 })).body.rejection.code).toBe('member_not_found');
    expect((await other.remove(memberId)).body.rejection.code).toBe('member_not_found');
    expect((await other.read(`/v1/partner/members/${memberId}`)).status).toBe(404);
    const none = await admin.write(`/v1/partners/${randomUUID()}/pool`, { credits: 1 });
    expect(none.body.rejection.code).toBe('partner_not_found');
  });
});

describe('the dashboard (003-16 to 003-20)', () => {
  const path = '/v1/partner/dashboard-data';

  it('is there for a partner without members, and for nobody without a partner', async () => {
    const { id, owner, admin, partner, other, someone } = await setup();
    expect((await partner.read(path)).body).toEqual({
      pool: { funded: 0, available: 0, assigned: 0, used: 0, expired: 0 },
      forecast: { assignedPerDay: 0, poolEndsAt: null },
      expiringSoon: 0,
      members: [],
      nextCursor: null,
    });
    // Whose dashboard it is follows from the token alone.
    expect((await other.read(`${path}?partnerId=${id}`)).status).toBe(404);
    expect((await someone.read(path)).status).toBe(403);
    await admin.put(`/v1/partners/${id}`, { name: 'Acme', ownerUserId: owner });
    expect((await admin.read(path)).status).toBe(403);
  });

  it('says of every funded credit where it is, and of every active member what they did', async () => {
    const { api, id, client, admin, partner } = await setup();
    const practitioner = randomUUID();
    await addPractitioners(api, [practitioner]);
    await admin.write(`/v1/partners/${id}/pool`, { credits: 100 });
    const add = async (email: string) => (await partner.add({ email, firstName: 'Member' })).body.id;
    const [known, unknown, gone] = [
      await add(`${client}@example.test`),
      await add('new@corp.test'),
      await add('gone@corp.test'),
    ];
    const assign = (memberId: string, credits: number, expiresInDays: number) =>
      partner.write('/v1/partner/assign-credits', { memberId, credits, expiresInDays });
    await assign(known, 35, 60);
    await assign(unknown, 10, 3);
    await assign(gone, 5, 3);
    await partner.remove(gone);

    const token = await api.tokenOf(client, 'client');
    const book = async (hour: number) => {
      const wanted = {
        practitionerId: practitioner,
        startsAt: startOf(hour),
        durationMinutes: 60,
        sessionType: 'massage',
      };
      const answer = await api.request(
        'POST',
        '/v1/bookings',
        withKey({ token, body: wanted, headers: { Prefer: 'wait=20' } }),
      );
      return answer.body.outcome.bookingId;
    };
    const [begun, , cancelled] = [await book(10), await book(12), await book(14)];
    await api.request(
      'POST',
      `/v1/bookings/${cancelled}/cancel`,
      withKey({ token, body: {}, headers: { Prefer: 'wait=20' } }),
    );
    await letBegin(api, begun);
    // One of the two is over, and counts all the same.
    await api.owner.query("update bookings set status = 'completed' where id = $1", [begun]);

    const reported = await api.owner.query(
      `select employee_email as email, status, count(*)::int as credits from reporting.partner_credits
       where partner_id = $1 group by 1, 2 order by 1, 2`,
      [id],
    );
    expect(reported.rows.filter(({ email }) => email.endsWith('corp.test'))).toEqual([
      { email: 'gone@corp.test', status: 'returned', credits: 5 },
      { email: 'new@corp.test', status: 'available', credits: 10 },
    ]);
    expect(reported.rows.filter(({ email }) => email.startsWith(client))).toEqual([
      { email: `${client}@example.test`, status: 'available', credits: 15 },
      { email: `${client}@example.test`, status: 'used', credits: 20 },
    ]);

    const { body } = await partner.read(path);
    expect(body.pool).toEqual({ funded: 100, available: 55, assigned: 25, used: 20, expired: 0 });
    expect(body.expiringSoon).toBe(10);
    expect(body.forecast).toEqual({ assignedPerDay: 1.67, poolEndsAt: expect.any(String) });
    expect(body.members).toEqual([
      {
        id: unknown,
        firstName: 'Member',
        email: 'new@corp.test',
        status: 'active',
        creditsAssigned: 10,
        creditsRemaining: 10,
        sessionsBooked: 0,
        lastSessionAt: null,
        createdAt: expect.any(String),
      },
      expect.objectContaining({
        id: known,
        creditsAssigned: 35,
        creditsRemaining: 15,
        sessionsBooked: 2,
        lastSessionAt: expect.any(String),
      }),
    ]);
  });

  it('comes in pages, also with ten thousand members', async () => {
    const { api, id, partner } = await setup();
    await api.owner.query(
      `insert into partner_members (id, partner_id, email, first_name, created_at)
       select gen_random_uuid(), $1, n || '@corp.test', 'Member', now() - make_interval(secs => n)
       from generate_series(1, 10000) as n`,
      [id],
    );
    const seen = new Set<string>();
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null; pages += 1) {
      expect(pages).toBeLessThan(50);
      const answer = await partner.read(`${path}?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`);
      for (const member of answer.body.members) seen.add(member.id);
      cursor = answer.body.nextCursor;
    }
    expect(seen.size).toBe(10_000);
  });
});
