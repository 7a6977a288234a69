import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { putUser } from '../../../db/directory.ts';
import { addUploadRows, beginUpload, endUpload } from '../../../db/uploads.ts';
import { operationIdOf, type Uuid } from '../../../shared/domain/ids.ts';
import { idOf } from '../../support/builders.ts';
import {
  addPeople,
  addPractitioners,
  endingsOf,
  type Marketplace,
  openMarketplace,
  settled,
  startTestWorker,
  startWorkerProcess,
  submitEach,
  violations,
} from '../../support/marketplace.ts';
import { booking, cancellation, type Request, submissionOf, transfer } from '../../support/requests.ts';
import { acme, addMembers, assignment, boss, funding, importing, openAcme, removal } from '../../support/sponsor.ts';
import { until } from '../../support/until.ts';

/*
 * One pool, and all that can change it at once (003-03, 003-32). What a partner asks for is one lane, that of who acts for
 * it, and so one after the other in any number of processes; what meets it in parallel are the lanes of members (claims,
 * sessions, refunds, what is over) and of the operators who fund it, all through the partner's row and its accounts.
 */

const theo = idOf('theo');
const withAccount = Array.from({ length: 12 }, (_, n) => idOf(`member ${n}`));
const without = Array.from({ length: 12 }, (_, n) => idOf(`newcomer ${n}`));

const emailOf = (id: Uuid) => `${id}@example.test`;

/** Rows that ask for more than there is, of members who are there and of new ones. */
async function upload({ app }: Marketplace): Promise<Request> {
  const uploadId = randomUUID();
  const request = importing(uploadId);
  await beginUpload(app, { id: uploadId, operationId: operationIdOf(boss, request.key), callerId: boss });
  const rows = Array.from({ length: 1_500 }, (_, position) => {
    const id = withAccount[position % 100] ?? randomUUID();
    return { position, line: position + 2, email: emailOf(id), firstName: 'Member', credits: '1' };
  });
  await addUploadRows(app, uploadId, rows);
  await endUpload(app, uploadId, rows.length);
  return request;
}

async function appear({ app }: Marketplace, id: Uuid): Promise<void> {
  const names = { firstName: 'New', lastName: 'Comer', roles: [], timeZone: 'UTC', active: true, emailVerified: true };
  await putUser(app, id, { ...names, email: emailOf(id) });
}

/** As if what is assigned now had been so long ago that the schedule finds it to be over: an end comes once. */
async function letSomeEnd({ owner }: Marketplace): Promise<void> {
  await owner.query(`
    with ended as (
      update partner_assignments set expires_at = date_trunc('second', now())
      where status = 'open' and expires_at > now() and hashtext(id::text) % 5 = 0 returning id
    ) update lots l set expires_at = date_trunc('second', now()) from ended where l.id = ended.id and l.status = 'live'`);
}

it('never assigns what is not in the pool, and loses no credit, whoever changes it from eight connections', {
  timeout: 240_000,
}, async () => {
  const marketplace = await openMarketplace();
  await addPeople(marketplace, withAccount);
  await addPractitioners(marketplace, [theo]);
  const first = startTestWorker(marketplace);
  await openAcme(marketplace, { credits: 400, onExpiry: 'forfeit' });
  await first.close();
  const members = await addMembers(marketplace, [...withAccount, ...without].map(emailOf));

  const sessions = withAccount.map((id, n) => booking(id, theo, 9 + n));
  const wanted = [
    ...members.flatMap((member) => [7, 11, 13].map((credits) => assignment(member, credits))),
    ...Array.from({ length: 20 }, () => funding(10)),
    ...members.filter((_, n) => n % 6 === 0).map(removal),
    ...sessions,
    ...withAccount.map((id, n) => transfer(id, withAccount[(n + 1) % 12] ?? theo, 2)),
    ...sessions.map((session) => cancellation(theo, submissionOf(session).id)),
  ];
  const workers = [startWorkerProcess(marketplace), startWorkerProcess(marketplace), startWorkerProcess(marketplace)];
  const file = await upload(marketplace);
  const [half, rest] = [wanted.filter((_, n) => n % 2 === 0), wanted.filter((_, n) => n % 2 === 1)];
  const asked = [
    submitEach(marketplace, half),
    submitEach(marketplace, [file]),
    submitEach(marketplace, rest),
    Promise.all(without.map((id) => appear(marketplace, id))).then(() => []),
  ];
  const seen: Record<string, unknown>[] = [];
  const answered = Promise.all(asked).then((ids) => settled(marketplace, ids.flat(), 120_000));
  let isOver = false;
  const over = answered.finally(() => {
    isOver = true;
  });
  // The audit reads one instant: whatever was committed by then adds up.
  while (!isOver) {
    await letSomeEnd(marketplace);
    seen.push(await violations(marketplace));
  }
  const operations = await over;
  expect(seen.filter((found) => Object.keys(found).length > 0)).toEqual([]);
  expect(seen.length).toBeGreaterThan(1);

  const ofKind = (kind: string) => endingsOf(operations.filter((operation) => operation.kind === kind));
  expect(Object.keys(ofKind('partner.assign')).sort()).toEqual(['insufficient_pool', 'member_inactive', 'succeeded']);
  expect(ofKind('partner.import')).toEqual({ succeeded: 1 });
  expect(ofKind('partner.fund')).toEqual({ succeeded: 20 });
  await until('all that is over is closed', async () => {
    const { rows } = await marketplace.owner.query<{ due: number }>(
      `select count(*)::int as due from partner_assignments where closed_at is null and expires_at <= now()`,
    );
    return rows[0]?.due === 0;
  });
  // Nobody adds a job for these, so that they wait for the sweep.
  await until('newcomers have claimed what is theirs', async () => {
    const { rows } = await marketplace.owner.query<{ waiting: number }>(
      `select count(*)::int as waiting from operations where kind = 'partner.claim' and settled_at is null`,
    );
    return rows[0]?.waiting === 0;
  });
  const { rows } = await marketplace.owner.query(
    `select p.funded::int, a.balance + sum(s.amount - s.returned) = p.funded as adds_up, a.balance >= 0 as is_covered,
            p.expired > 0 as has_lost_some, sum(s.returned) > 0 as has_got_some_back
     from partners p join accounts a on a.partner_id = p.id and a.purpose = 'pool'
     join partner_assignments s on s.partner_id = p.id where p.id = $1 group by p.id, a.id`,
    [acme],
  );
  expect(rows).toEqual([
    { funded: 600, adds_up: true, is_covered: true, has_lost_some: true, has_got_some_back: true },
  ]);
  const parallel = await marketplace.owner.query(
    `select count(distinct lane)::int as lanes from operations where kind like 'partner.%' and status = 'succeeded'`,
  );
  expect(parallel.rows[0]?.lanes).toBeGreaterThan(10);
  await Promise.all(workers.map((worker) => worker.stop()));
  expect(await violations(marketplace)).toEqual({});
});
