import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { operations } from '../../../shared/operations/registry.ts';
import { startWorker } from '../../../workers/worker.ts';
import { startTestApi, withKey } from '../../support/api.ts';
import { hourMs } from '../../support/builders.ts';
import { addPractitioners } from '../../support/marketplace.ts';
import { startOf } from '../../support/requests.ts';
import { until } from '../../support/until.ts';

/* Credits that have an end, as callers see them (003-07). */

async function setup(env: Readonly<Record<string, string>> = {}) {
  const api = await startTestApi({ env });
  const worker = startWorker({
    config: { ...api.config, databaseUrl: api.databaseUrl },
    operations,
    log: pino({ level: 'silent' }),
  });
  let closing: Promise<void> | null = null;
  const stop = () => (closing ??= worker.close());
  onTestFinished(async () => {
    await stop();
    await api.close();
  });
  const [client, practitioner] = [randomUUID(), randomUUID()];
  await addPractitioners(api, [client, practitioner]);
  const tokens = {
    client: await api.tokenOf(client, 'client'),
    other: await api.tokenOf(practitioner, 'practitioner'),
    admin: await api.tokenOf(randomUUID(), 'admin'),
  };
  const write = (token: string, path: string, body: object, key: string = randomUUID()) =>
    api.request('POST', path, withKey({ token, body, headers: { Prefer: 'wait=20', 'Idempotency-Key': key } }));
  const read = async (path: string) => (await api.request('GET', path, { token: tokens.client })).body;
  const give = (amount: number, expiresAt?: string, key?: string) =>
    write(tokens.admin, '/v1/allocations', { userId: client, amount, source: 'bonus', expiresAt }, key);
  return { api, stop, client, practitioner, tokens, write, read, give };
}

function after(hours: number): string {
  return new Date(Math.floor(Date.now() / 1_000) * 1_000 + hours * hourMs).toISOString();
}

it('shows what ends and when, soonest first and merged by instant, and none of it once it is over', async () => {
  const { api, stop, client, read, give } = await setup();
  const [soon, later] = [after(2), after(30)];
  await give(5);
  for (const [amount, end] of [
    [4, later],
    [3, soon],
    [2, later],
  ] as const)
    await give(amount, end);
  const credits = {
    available: 14,
    held: 0,
    debt: 0,
    expiring: [
      { amount: 3, expiresAt: soon },
      { amount: 6, expiresAt: later },
    ],
  };
  expect(await read(`/v1/users/${client}/balance`)).toEqual({ credits, points: [] });

  await stop();
  await api.owner.query('update lots set expires_at = now() where remaining = 3');
  const { credits: left } = await read(`/v1/users/${client}/balance`);
  expect(left).toEqual({ ...credits, available: 11, expiring: [{ amount: 6, expiresAt: later }] });
  const { credits: explained } = await read(`/v1/users/${client}/balance/explain`);
  expect(explained).toMatchObject({ balance: 14, available: 11, undated: 5, overdue: 3, held: 0, debt: 0, holds: [] });
});

it('refuses an end that is past, but answers a request for ever that was in time', async () => {
  const { tokens, write, give, client } = await setup();
  const late = { status: 400, body: { code: 'invalid_request', errors: [{ path: 'expiresAt' }] } };
  expect(await give(5, after(-1))).toMatchObject(late);
  const negative = { userId: client, amount: -1, source: 'adjustment', expiresAt: after(1) };
  expect(await write(tokens.admin, '/v1/allocations', negative)).toMatchObject(late);
  expect(await give(5, '2027-01-01T00:00:00')).toMatchObject(late);

  const [key, end] = [randomUUID(), new Date(Date.now() + 1_000).toISOString()];
  const first = await give(5, end, key);
  expect(first).toMatchObject({ status: 200, body: { status: 'succeeded' } });
  await until('the end is past', async () => Date.now() > Date.parse(end));
  expect((await give(5, end, key)).body).toEqual(first.body);
  expect(await give(6, end, key)).toMatchObject({ status: 422 });
  expect(await give(5, end)).toMatchObject(late);
});

it('explains a balance by lots, holds, debt and what waits, for its owner and operators only', async () => {
  const { api, stop, client, practitioner, tokens, write, read, give } = await setup({
    PEER_SETTLEMENT: 'on_completion',
  });
  await give(10);
  const dated = await give(15, after(5));
  const wanted = { practitionerId: practitioner, startsAt: startOf(10), durationMinutes: 60, sessionType: 'massage' };
  const booked = await write(tokens.client, '/v1/bookings', wanted);
  await stop();
  const waiting = await api.request('POST', '/v1/transfers', {
    token: tokens.client,
    body: { toUserId: practitioner, amount: 1 },
    headers: { 'Idempotency-Key': 'waits' },
  });

  const { credits } = await read(`/v1/users/${client}/balance/explain`);
  expect(credits).toMatchObject({ balance: 25, available: 15, undated: 10, held: 10, overdue: 0, debt: 0 });
  expect(credits.lots).toMatchObject([{ operationId: dated.body.id, amount: 15, remaining: 5, isOver: false }]);
  expect(credits.holds).toMatchObject([{ amount: 10, referenceType: 'booking', referenceId: booked.body.id }]);
  expect(credits.waiting).toMatchObject([{ id: waiting.body.id, kind: 'credits.transfer', status: 'accepted' }]);
  const { available, held, debt } = (await read(`/v1/users/${client}/balance`)).credits;
  expect([available, held, debt]).toEqual([credits.available, credits.held, credits.debt]);

  const path = `/v1/users/${client}/balance/explain`;
  expect(await api.request('GET', path, { token: tokens.other })).toMatchObject({ status: 404 });
  expect(await api.request('GET', path, { token: tokens.admin })).toMatchObject({ status: 200, body: { credits } });
  const nobody = randomUUID();
  const own = { token: await api.tokenOf(nobody) };
  expect(await api.request('GET', `/v1/users/${nobody}/balance/explain`, own)).toMatchObject({
    status: 200,
    body: { credits: { balance: 0, available: 0, lots: [], holds: [], waiting: [] } },
  });
});

it('exports a whole statement as CSV, in pages, with nothing that a spreadsheet would carry out', async () => {
  const { api, client, tokens, write, give } = await setup();
  await give(5);
  const note = '=HYPERLINK("http://evil.test")';
  await write(tokens.admin, '/v1/allocations', { userId: client, amount: 7, source: 'bonus', note });
  // More than one page of a thousand.
  await api.owner.query(
    `insert into transfers (id, operation_id, debit_account, credit_account, amount, debit_type, credit_type, source,
                            credit_before)
     select gen_random_uuid(), gen_random_uuid(), '00000000-0000-4000-8000-000000000001', $1, 1, 'bonus', 'bonus',
            'bonus', 11 + n from generate_series(1, 2100) as n`,
    [client],
  );
  const path = `/v1/users/${client}/transactions.csv`;
  const csv = await api.request('GET', path, { token: tokens.client });
  expect(csv).toMatchObject({ status: 200 });
  expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const lines = csv.body.trimEnd().split('\r\n');
  expect(lines).toHaveLength(1 + 2 + 2100);
  expect(new Set(lines).size).toBe(lines.length);
  expect(lines.at(-2)).toContain(`,7,5,12,,,"'=HYPERLINK(""http://evil.test"")",`);
  expect(lines[1]).toContain(',bonus,bonus,1,2111,2112,');
  expect(await api.request('GET', path, { token: tokens.other })).toMatchObject({ status: 404 });
});

it('takes back what is left of one allocation, for admins', async () => {
  const { client, tokens, write, read, give } = await setup();
  const dated = await give(8, after(5));
  await give(20);
  await write(tokens.client, '/v1/transfers', { toUserId: randomUUID(), amount: 3 });
  const path = `/v1/allocations/${dated.body.id}/void`;
  expect(await write(tokens.client, path, { userId: client })).toMatchObject({ status: 403 });
  const voided = await write(tokens.admin, path, { userId: client });
  expect(voided.body.outcome).toEqual({ allocationId: dated.body.id, voidedCredits: 8, balanceAfter: 20 });
  expect((await write(tokens.admin, path, { userId: client })).body.rejection.code).toBe('already_voided');
  const elsewhere = await write(tokens.admin, `/v1/allocations/${randomUUID()}/void`, { userId: client });
  expect(elsewhere.body.rejection.code).toBe('allocation_not_found');
  const { credits } = await read(`/v1/users/${client}/balance`);
  expect(credits).toMatchObject({ available: 20, expiring: [] });
});
