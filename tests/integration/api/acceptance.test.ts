import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { beforeEach, expect, it } from 'vitest';
import { createAcceptance } from '../../../api/acceptance/acceptance.ts';
import { createBackpressure } from '../../../api/acceptance/backpressure.ts';
import { impatient } from '../../../api/acceptance/record.ts';
import { createWakeQueue } from '../../../api/acceptance/wake-queue.ts';
import type { Submission } from '../../../db/accept.ts';
import type { Queryable } from '../../../db/statement.ts';
import { readWaitingCount } from '../../../db/waiting-count.ts';
import type { Wake } from '../../../shared/runtime/queues.ts';
import { startTestApi } from '../../support/api.ts';
import { type Marketplace, openMarketplace } from '../../support/marketplace.ts';
import { submissionOf, transfer } from '../../support/requests.ts';

let marketplace: Marketplace;
beforeEach(async () => {
  marketplace = await openMarketplace();
});

/** The acceptance of one API process, with the statements and jobs that it makes. */
function anAcceptance(pauseMs = 0) {
  const statements: number[] = [];
  const jobs: Wake[] = [];
  const database = impatient(marketplace.app);
  const on: Queryable = {
    query: <Row extends pg.QueryResultRow>(config: pg.QueryConfig) => {
      const [ids] = config.values ?? [];
      // An array says how many there are in its fourth word.
      statements.push(Buffer.isBuffer(ids) ? ids.readInt32BE(12) : 0);
      return database.query<Row>(config);
    },
  };
  const acceptance = createAcceptance({
    on,
    backpressure: createBackpressure({ waitingMax: 100_000, count: () => readWaitingCount(database), now: Date.now }),
    wakes: createWakeQueue({ producer: { add: async (wakes) => void jobs.push(...wakes) }, log: { warn: () => {} } }),
    waitingPerLaneMax: 1_000,
    pacing: () => pauseMs,
    count: () => {},
  });
  return {
    submit: (submission: Submission) => acceptance.submit(submission, 'allocation'),
    acceptance,
    statements,
    jobs,
  };
}

const aSubmission = (): Submission => submissionOf(transfer(randomUUID(), randomUUID(), 1));

it('carries what is submitted meanwhile in one statement, and in one job', async () => {
  const { submit, acceptance, statements, jobs } = anAcceptance();
  const submissions = Array.from({ length: 1_200 }, aSubmission);
  const answers = await Promise.all(submissions.map(submit));
  await acceptance.drained();

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['accepted']));
  expect(statements).toEqual([1, 500, 500, 199]);
  expect(jobs.flatMap(({ data }) => data.operations)).toEqual(submissions.map(({ id }) => id));
  expect(jobs.length).toBeLessThanOrEqual(8);
});

it('waits for company when it is told to, and then carries all of it in one statement', async () => {
  const { submit, acceptance, statements } = anAcceptance(50);
  const submissions = Array.from({ length: 20 }, aSubmission);
  await Promise.all(submissions.map(submit));
  await acceptance.drained();

  expect(statements).toEqual([20]);
});

it('does not fail one request for what is in another', async () => {
  const { submit } = anAcceptance();
  // No schema lets it through; PostgreSQL cannot store it.
  const poison = { ...aSubmission(), payload: { note: 'a\0b' } };
  const [first, second, third] = await Promise.allSettled([
    submit(aSubmission()),
    submit(poison),
    submit(aSubmission()),
  ]);

  expect([first.status, second.status, third.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

it('records an id once although several processes are asked for it in the same instant', async () => {
  const processes = Array.from({ length: 4 }, anAcceptance);
  const submissions = Array.from({ length: 50 }, aSubmission);
  const answers = await Promise.all(
    submissions.flatMap((submission) => processes.map(({ submit }) => submit(submission).then(({ status }) => status))),
  );

  expect(answers.filter((status) => status === 'accepted')).toHaveLength(50);
  expect(answers.filter((status) => status === 'repeated')).toHaveLength(150);
  const { rows } = await marketplace.owner.query(
    'select count(*)::int as n, max(lane_seq)::int as seq from operations',
  );
  expect(rows).toEqual([{ n: 50, seq: 1 }]);
});

it('ends in order: answers, streams and waits come to their end, and nothing is lost', async () => {
  const api = await startTestApi();
  const token = await api.tokenOf(randomUUID(), 'client');
  const submit = (key: string, prefer: string) =>
    api.request('POST', '/v1/transfers', {
      token,
      body: { toUserId: randomUUID(), amount: 1 },
      headers: { 'Idempotency-Key': key, Prefer: prefer },
    });
  const first = await submit('first', 'wait=0');
  const waiting = submit('second', 'wait=30');
  const stream = await fetch(api.url + first.body.links.events, { headers: { Authorization: `Bearer ${token}` } });
  await expect.poll(async () => (await api.owner.query('select 1 from operations')).rowCount).toBe(2);

  const begunAt = Date.now();
  const closed = api.close();
  expect((await waiting).status).toBe(202);
  expect(await stream.text()).toContain('event: operation');
  await closed;
  expect(Date.now() - begunAt).toBeLessThan(5_000);
});
