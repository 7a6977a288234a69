import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { addMember, putPartner } from '../../../db/partners.ts';
import { addUploadRows, beginUpload, endUpload } from '../../../db/uploads.ts';
import { operationIdOf } from '../../../shared/domain/ids.ts';
import { memberIdOf } from '../../../shared/domain/partner.ts';
import { idOf } from '../../support/builders.ts';
import {
  addPeople,
  openMarketplace,
  settled,
  startTestWorker,
  startWorkerProcess,
  submit,
  violations,
} from '../../support/marketplace.ts';
import type { Request } from '../../support/requests.ts';
import { until } from '../../support/until.ts';

const [acme, owner] = [idOf('acme'), idOf('owner')];
const total = 10_000;
const deaths = 10;

function aRequest(kind: string, role: 'admin' | 'partner', payload: object): Request {
  return { kind, caller: { id: owner, roles: [role] }, payload, key: `${kind} ${randomUUID()}` };
}

it('imports every row of a file once, however often its worker is killed', { timeout: 300_000 }, async () => {
  const marketplace = await openMarketplace();
  const { owner: database, app } = marketplace;
  await addPeople(marketplace, [owner], ['partner']);
  await putPartner(app, acme, {
    name: 'Acme',
    ownerUserId: owner,
    expiryDays: 90,
    onExpiry: 'return',
    memberCap: null,
  });
  await addMember(app, owner, { email: 'member-0@corp.test', firstName: 'Known' });

  const uploadId = randomUUID();
  const request = aRequest('partner.import', 'partner', { uploadId, dryRun: false });
  const operationId = operationIdOf(owner, request.key);
  await beginUpload(app, { id: uploadId, operationId, callerId: owner });
  const rows = Array.from({ length: total }, (_, position) => ({
    position,
    line: position + 2,
    email: `member-${position % 6_000}@corp.test`,
    firstName: 'Member',
    credits: '2',
  }));
  await addUploadRows(app, uploadId, rows);
  await endUpload(app, uploadId, total);
  const done = async () =>
    Number((await database.query('select done from partner_uploads where id = $1', [uploadId])).rows[0].done);

  const funding = startTestWorker(marketplace);
  await settled(
    marketplace,
    await submit(marketplace, [aRequest('partner.fund', 'admin', { partnerId: acme, credits: 15_000 })]),
  );
  await funding.close();
  const [id = ''] = await submit(marketplace, [request]);
  for (let death = 0; death < deaths; death += 1) {
    const before = await done();
    const worker = startWorkerProcess(marketplace);
    // Killed somewhere after its first part, or after the end.
    await until('a part is done', async () => (await done()) > before || before === total, 60_000);
    await worker.kill();
  }
  const last = startWorkerProcess(marketplace);
  const [operation] = await settled(marketplace, [id], 60_000);
  await last.kill();

  // 7,500 of the 10,000 rows could be paid, the others say so.
  expect(operation?.outcome).toMatchObject({ total, created: 5_999, updated: 1_501, allocated: 15_000, failed: 2_500 });
  const { rows: members } = await database.query(
    'select count(*)::int as members, sum(credits_assigned)::int as credits from partner_members',
  );
  expect(members).toEqual([{ members: 6_000, credits: 15_000 }]);
  const known = await database.query('select credits_assigned::int as credits from partner_members where id = $1', [
    memberIdOf(acme, 'member-0@corp.test'),
  ]);
  expect(known.rows).toEqual([{ credits: 4 }]);
  expect(await violations(marketplace)).toEqual({});
});
