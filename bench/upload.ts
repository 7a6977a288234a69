import { setTimeout as pause } from 'node:timers/promises';
import { createPool } from '../db/client.ts';
import { putPartner } from '../db/partners.ts';
import { poolOf } from '../shared/domain/accounts.ts';
import { derivedId, type Uuid } from '../shared/domain/ids.ts';
import { signToken } from '../shared/runtime/tokens.ts';
import { createRowProcedure, type ImportedRow, importByProcedure } from './baselines/procedure-per-row.ts';
import { bestOf, type Context, type Measure, medianOf, onFreshDatabase } from './context.ts';
import type { BenchDatabase } from './environment.ts';
import { jwtSecret, startApi, startWorker } from './parties.ts';
import type { Memory } from './processes.ts';
import { type Line, perSecondText } from './table.ts';

/*
 * A file of members, from the request that sends it to the commit of its last part, against a call for each of its rows,
 * which is given them out of memory. A tenth of the rows are of people who have an account. And what the worker needs to
 * hold meanwhile.
 */

const partnerId = derivedId('bench/partner');
const creditsEach = 2;

/** All calls pass the pool one after the other: more connections only hide the way to the database and back. */
const procedureConnections = [1, 2, 4, 8];
const trialShare = 0.02;
/** Of a call for each row, a part of the file says it: its tables are smaller then, which is to its favour. */
const baselineShare = 0.2;

const workerLimitMb = 250;
const lookEveryMs = 100;
const patienceMs = 300_000;

export const upload: Measure = {
  name: 'upload',
  run: async (context) => {
    const rows = rowsOf(context);
    const what = `a file of ${rows.length.toLocaleString('en')} members`;
    const used: Memory[] = [];
    const ours = await medianOf(context.sizes.repeats, async () => {
      const { perSecond, memory } = await importFile(context, rows);
      used.push(memory);
      context.say(`${what}: ${perSecondText(perSecond)}, worker at most ${Math.round(memory.peakMb)} MB`);
      return perSecond;
    });
    const trial = rows.slice(0, rows.length * trialShare);
    const { setting } = await bestOf(procedureConnections, (atOnce) => importRows(context, trial, atOnce));
    const theirs = await importRows(context, rows.slice(0, rows.length * baselineShare), setting);
    context.say(`a call for each row, with ${setting} connections: ${perSecondText(theirs)}`);
    return [
      {
        measure: `${what}, from the request to the last commit, against a stored-procedure call per row`,
        ours: perSecondText(ours),
        baseline: `${perSecondText(theirs)} (${setting} connections)`,
        ratio: ours / theirs,
        target: { bound: 'at least', value: 3 },
      },
      ...memoryLine(`memory of the worker that imports ${what}`, used),
    ];
  },
};

function rowsOf({ marketplace, sizes }: Context): ImportedRow[] {
  return Array.from({ length: sizes.uploadRows }, (_, n) => {
    const isKnown = n % 10 === 0 && n / 10 < marketplace.clients.length;
    const email = isKnown ? `client${n / 10 + 1}@example.test` : `member-${n}@corp.test`;
    return { email, firstName: `Member ${n}`, credits: String(creditsEach) };
  });
}

/** A partner that can pay for all of them. */
async function addPartner({ marketplace }: Context, { url, client }: BenchDatabase, credits: number): Promise<Uuid> {
  const [ownerUserId = ''] = marketplace.practitioners;
  const pool = createPool(url, { role: 'app', name: 'counterfoil-bench', max: 1, log: console.error });
  await putPartner(pool, partnerId, {
    name: 'Bench',
    ownerUserId,
    expiryDays: 90,
    onExpiry: 'return',
    memberCap: null,
  });
  await pool.end();
  await client.query('update accounts set balance = $2 where id = $1', [poolOf(partnerId), credits]);
  await client.query('update partners set funded = $2 where id = $1', [partnerId, credits]);
  await client.query('vacuum analyze');
  await client.query('checkpoint');
  return ownerUserId;
}

function importFile(context: Context, rows: readonly ImportedRow[]): Promise<{ perSecond: number; memory: Memory }> {
  return onFreshDatabase(context, async (database) => {
    const owner = await addPartner(context, database, rows.length * creditsEach);
    const stores = { databaseUrl: database.url, redisUrl: await context.environment.redis() };
    const { origin, party: api } = await startApi(stores);
    const worker = startWorker(stores);
    const token = await signToken(jwtSecret, { sub: owner, roles: ['partner'], expiresInSeconds: 3_600 });
    const lines = rows.map(({ email, firstName, credits }) => `${email},${firstName},${credits}\n`);
    const file = ['email,first_name,credits\n', ...lines].join('');

    const begunAt = Date.now();
    const answer = await fetch(`${origin}/v1/partner/bulk-upload-members`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'text/csv', 'Idempotency-Key': 'file' },
      body: file,
    });
    if (answer.status !== 202) throw new Error(`the file was answered ${answer.status}: ${await answer.text()}`);
    await answer.text();
    const doneAt = await untilImported(database, rows.length, () => worker.assertAlive());
    const memory = worker.memory();
    await worker.stop();
    await api.stop();
    return { perSecond: (rows.length / (doneAt - begunAt)) * 1_000, memory };
  });
}

/** When the last part was committed, by the clock of PostgreSQL, which is that of this machine; epoch ms. */
async function untilImported({ client }: BenchDatabase, count: number, check: () => void): Promise<number> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const { rows } = await client.query<{ status: string; created: number; at: number }>(
      `select status, (outcome ->> 'created')::int as created,
              (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000)::float8 as at
       from operations where kind = 'partner.import' and settled_at is not null`,
    );
    const [done] = rows;
    if (done !== undefined) {
      if (done.created !== count)
        throw new Error(`the import has ${done.status}, with ${done.created} rows of ${count}`);
      return done.at;
    }
    check();
    if (Date.now() > deadline) throw new Error('the import does not end');
    await pause(lookEveryMs);
  }
}

function importRows(context: Context, rows: readonly ImportedRow[], atOnce: number): Promise<number> {
  return onFreshDatabase(context, async (database) => {
    await addPartner(context, database, rows.length * creditsEach);
    await createRowProcedure(database.client);
    const begunAt = Date.now();
    await importByProcedure(database.url, { partnerId, rows, atOnce });
    return (rows.length / (Date.now() - begunAt)) * 1_000;
  });
}

function memoryLine(measure: string, used: readonly Memory[]): Line[] {
  const peakMb = Math.max(...used.map(({ peakMb: peak }) => peak));
  const target = { bound: 'at most', value: workerLimitMb, unit: 'MB' } as const;
  return [{ measure, ours: `peak ${Math.round(peakMb)} MB`, baseline: '–', ratio: peakMb, target }];
}
