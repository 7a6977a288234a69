import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runAudit } from '../../../db/audit.ts';
import { operations } from '../../../shared/operations/registry.ts';
import { startWorker } from '../../../workers/worker.ts';
import { startTestApi, withKey } from '../../support/api.ts';
import { addPeople } from '../../support/marketplace.ts';
import { until } from '../../support/until.ts';

const path = '/v1/partner/bulk-upload-members';

interface Sent {
  readonly key?: string;
  readonly dryRun?: boolean;
  readonly as?: 'csv' | 'form';
  readonly wait?: number;
}

async function setup({ credits = 1_000 } = {}) {
  const api = await startTestApi();
  const work = () => {
    const config = { ...api.config, databaseUrl: api.databaseUrl };
    const worker = startWorker({ config, operations, log: pino({ level: 'silent' }) });
    let closing: Promise<void> | null = null;
    return () => (closing ??= worker.close());
  };
  const stop = work();
  const [owner, client, id] = [randomUUID(), randomUUID(), randomUUID()];
  onTestFinished(async () => {
    await stop();
    expect(await runAudit(api.owner)).toMatchObject({ ok: true });
    await api.close();
  });
  await addPeople(api, [owner], ['partner']);
  await addPeople(api, [client]);
  const [admin, partner] = [await api.tokenOf(randomUUID(), 'admin'), await api.tokenOf(owner, 'partner')];
  await api.request('PUT', `/v1/partners/${id}`, { token: admin, body: { name: 'Acme', ownerUserId: owner } });
  const fund = withKey({ token: admin, body: { credits }, headers: { Prefer: 'wait=20' } });
  await api.request('POST', `/v1/partners/${id}/pool`, fund);

  const upload = async (text: string, { key = randomUUID(), dryRun = false, as = 'csv', wait = 30 }: Sent = {}) => {
    const form = new FormData();
    form.set('file', new Blob([text]), 'members.csv');
    const answer = await fetch(`${api.url}${path}${dryRun ? '?dryRun=true' : ''}`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${partner}`,
        'Idempotency-Key': key,
        Prefer: `wait=${wait}`,
        ...(as === 'csv' ? { 'Content-Type': 'text/csv' } : {}),
      },
      body: as === 'csv' ? text : form,
    });
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  };
  const pool = async () => {
    const { body } = await api.request('GET', '/v1/partner/dashboard-data', { token: partner });
    return body.pool;
  };
  const count = async (from: string) => Number((await api.owner.query(`select count(*) from ${from}`)).rows[0].count);
  return { api, id, owner, client, admin, partner, upload, pool, count, work, stop };
}

const file = (...rows: string[]) => ['email,first_name,credits', ...rows, ''].join('\n');

describe('a file of members', () => {
  it.each(['csv', 'form'] as const)(
    'as %s creates them, adds to those that are there, and says what failed (003-21 to 003-24)',
    async (as) => {
      const { client, upload, pool, api, partner } = await setup({ credits: 100 });
      const text = file(
        `${client}@EXAMPLE.test,Clara,10`,
        'new@corp.test,Nina,20',
        'NEW@corp.test,Nina-Maria,5',
        'nobody,Nobody,1',
        'noname@corp.test,,1',
        'minus@corp.test,Minus,-1',
        'greedy@corp.test,Greedy,1000',
        'free@corp.test,Free,0',
      );
      const answer = await upload(text, { as });
      expect(answer).toMatchObject({
        status: 200,
        body: {
          kind: 'partner.import',
          outcome: {
            total: 8,
            created: 3,
            updated: 1,
            allocated: 35,
            failed: 4,
            errors: [
              { row: 5, email: 'nobody', code: 'invalid_email' },
              { row: 6, email: 'noname@corp.test', code: 'invalid_name' },
              { row: 7, email: 'minus@corp.test', code: 'invalid_credits' },
              { row: 8, email: 'greedy@corp.test', code: 'insufficient_pool' },
            ],
          },
        },
      });
      expect(await pool()).toEqual({ funded: 100, available: 65, assigned: 35, used: 0, expired: 0 });
      const { body } = await api.request('GET', '/v1/partner/dashboard-data', { token: partner });
      const members = body.members.map((m: { email: string; firstName: string; creditsRemaining: number }) => [
        m.email,
        m.firstName,
        m.creditsRemaining,
      ]);
      expect(members).toHaveLength(3);
      expect(members).toContainEqual([`${client}@EXAMPLE.test`, 'Clara', 10]);
      expect(members).toContainEqual(['new@corp.test', 'Nina-Maria', 25]);
      expect(members).toContainEqual(['free@corp.test', 'Free', 0]);

      const { result } = answer.body.links;
      const lines = String((await api.request('GET', result, { token: partner })).body).split('\n');
      expect(lines).toHaveLength(10);
      expect(lines.slice(0, 4)).toEqual([
        'row,email,first_name,credits,result,message',
        `2,${client}@EXAMPLE.test,Clara,10,created,`,
        '3,new@corp.test,Nina,20,created,',
        '4,NEW@corp.test,Nina-Maria,5,updated,',
      ]);
      expect(lines[6]).toMatch(/^7,minus@corp.test,Minus,'-1,invalid_credits,./);
      const stranger = await api.tokenOf(client, 'partner');
      expect((await api.request('GET', result, { token: stranger })).status).toBe(404);
    },
  );

  it('under the same key changes nothing again, and is another request with other contents', async () => {
    const { upload, pool, count } = await setup();
    const key = randomUUID();
    const text = file('a@corp.test,Ann,1', 'b@corp.test,Ben,2');
    const first = await upload(text, { key });
    const again = await upload(text, { key, as: 'form' });
    expect(again).toMatchObject({ status: 200, body: { id: first.body.id, outcome: first.body.outcome } });
    const other = await upload(file('a@corp.test,Ann,1'), { key });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect((await upload(text, { key, dryRun: true })).status).toBe(422);
    expect((await pool()).assigned).toBe(3);
    expect(await count('partner_uploads')).toBe(1);

    const another = await upload(text);
    expect(another.body.outcome).toMatchObject({ created: 0, updated: 2, allocated: 3 });
    expect((await pool()).assigned).toBe(6);
  });

  it('of several parts is predicted by a dry run, which changes nothing', async () => {
    const { upload, pool, count, api, id, owner, admin } = await setup({ credits: 1_500 });
    const memberCap = { credits: 4, days: 30 };
    await api.request('PUT', `/v1/partners/${id}`, {
      token: admin,
      body: { name: 'Acme', ownerUserId: owner, memberCap },
    });
    // 700 addresses, each about twice, far apart; the pool ends before the file does.
    const rows = Array.from({ length: 1_400 }, (_, n) => `member-${(n * 7) % 700}@corp.test,Member,${(n % 3) + 1}`);
    const text = file(...rows);
    const dry = await upload(text, { dryRun: true });
    expect(dry.body.outcome.total).toBe(1_400);
    expect([await count('partner_members'), await count('partner_assignments')]).toEqual([0, 0]);
    expect((await pool()).available).toBe(1_500);

    const real = await upload(text);
    expect(real.body.outcome).toEqual(dry.body.outcome);
    const codes = new Set(dry.body.outcome.errors.map(({ code }: { code: string }) => code));
    expect(codes).toEqual(new Set(['member_cap_exceeded']));
    expect((await pool()).assigned).toBe(real.body.outcome.allocated);
  });

  it('says how far it is while it runs, and what comes after it in its lane waits for it', async () => {
    const { api, upload, stop, work, partner, pool } = await setup({ credits: 100_000 });
    await stop();
    const text = file(...Array.from({ length: 3_000 }, (_, n) => `member-${n}@corp.test,Member,2`));
    const accepted = await upload(text, { wait: 0 });
    expect(accepted).toMatchObject({ status: 202, body: { status: 'accepted', outcome: null } });
    const later = await upload(file('last@corp.test,Last,1'), { wait: 0 });

    const seen = new Set<number>();
    const stopAgain = work();
    await until('the second one is done', async () => {
      const read = (operationId: string) => api.request('GET', `/v1/operations/${operationId}`, { token: partner });
      const [first, second] = [await read(accepted.body.id), await read(later.body.id)];
      if (first.body.progress) seen.add(first.body.progress.created);
      if (first.body.outcome === null) expect(second.body.outcome).toBe(null);
      return second.body.status === 'succeeded';
    });
    await stopAgain();
    for (const created of seen) expect(created % 500).toBe(0);
    expect((await pool()).assigned).toBe(6_001);
  });

  it('and another one at the same time never exceed the pool', async () => {
    const { upload, pool } = await setup({ credits: 1_000 });
    const text = (name: string) => file(...Array.from({ length: 800 }, (_, n) => `${name}-${n}@corp.test,Member,1`));
    const answers = await Promise.all([upload(text('one')), upload(text('two'))]);
    const allocated = answers.map(({ body }) => body.outcome.allocated);
    expect(allocated.reduce((sum, credits) => sum + credits, 0)).toBe(1_000);
    expect(await pool()).toEqual({ funded: 1_000, available: 0, assigned: 1_000, used: 0, expired: 0 });
  });
});

describe('what is refused', () => {
  it.each([
    ['a file that is none', 'a,b,c\n', 400, { code: 'invalid_file', row: 1 }],
    ['a broken row', file('a@corp.test,"Ann,1'), 400, { code: 'invalid_file', row: 2 }],
    ['a row that is too long', file(`a@corp.test,${'x'.repeat(10_001)},1`), 413, { code: 'too_large' }],
    ['too many rows', file(...Array.from({ length: 100_001 }, () => 'a@b.c,A,1')), 413, { code: 'too_large' }],
    [
      'too many bytes',
      file(...Array.from({ length: 21 }, () => `${'\n'.repeat(1_000_000)}a@b.c,A,1`)),
      413,
      { code: 'too_large' },
    ],
  ])('%s', async (_, text, status, body) => {
    const { upload, count } = await setup();
    for (const as of ['csv', 'form'] as const) {
      expect(await upload(text, { as })).toMatchObject({ status, body });
    }
    expect(await count('partner_uploads')).toBe(0);
    expect(await count('partner_upload_rows')).toBe(0);
  });

  it('another type, another role, no key, no file, no partner', async () => {
    const { api, client, partner } = await setup();
    const key = { 'Idempotency-Key': randomUUID() };
    const json = await api.request('POST', path, { token: partner, body: {}, headers: key });
    expect(json).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
    const token = await api.tokenOf(client, 'client');
    expect((await api.request('POST', path, { token, headers: key })).status).toBe(403);
    expect((await api.request('POST', path, { token: partner })).body.code).toBe('idempotency_key_missing');
    const form = new FormData();
    form.set('other', 'x');
    const headers = { ...key, Authorization: `Bearer ${partner}` };
    const none = await fetch(api.url + path, { method: 'POST', headers, body: form });
    expect(none.status).toBe(400);
    const body = file('a@corp.test,Ann,1');
    const stranger = await api.tokenOf(client, 'partner');
    const nobody = await api.request('POST', path, {
      token: stranger,
      body,
      headers: { ...key, 'Content-Type': 'text/csv', Prefer: 'wait=20' },
    });
    expect(nobody.body.rejection.code).toBe('partner_not_found');
  });
});
