import { describe, expect, it } from 'vitest';
import { reconciliationItemIdOf } from '../../../shared/domain/ids.ts';
import { backends } from '../../support/backends.ts';
import { idOf } from '../../support/builders.ts';
import {
  addPeople,
  addPractitioners,
  endingOf,
  endings,
  endingsOf,
  giveCredits,
  holdingsOf,
  type Marketplace,
  meanwhile,
  openMarketplace,
  settled,
  startTestWorker,
  submit,
  violations,
} from '../../support/marketplace.ts';
import { startPostgresProxy } from '../../support/postgres-proxy.ts';
import { allocation, booking, fault, forEver, submissionOf, transfer } from '../../support/requests.ts';
import { until } from '../../support/until.ts';

/* What fails holds up its own lane, for a bounded time, and nobody else's. */

const [ann, bob, theo, tess] = [idOf('ann'), idOf('bob'), idOf('theo'), idOf('tess')];
const crowd = Array.from({ length: 40 }, (_, n) => idOf(`of the crowd, ${n}`));

/** Makes every transfer to the person fail with this SQLSTATE, for as long as the row in `broken` is there. */
async function breakTransfersTo(
  { owner }: Marketplace,
  personId: string,
  sqlState: string,
): Promise<() => Promise<unknown>> {
  await owner.query('create table broken as select 1 as yes');
  await owner.query('grant select on broken to counterfoil_app');
  await owner.query(
    `create function fail() returns trigger language plpgsql as $$ begin
       if new.credit_account = '${personId}' and exists (select from broken) then
         raise exception 'broken for now' using errcode = '${sqlState}';
       end if;
       return new;
     end $$`,
  );
  await owner.query('create trigger fail before insert on transfers for each row execute function fail()');
  return () => owner.query('delete from broken');
}

async function statusOf({ owner }: Marketplace, id: string) {
  const { rows } = await owner.query<{ status: string; attempts: number; last_error: string | null }>(
    'select status, attempts, last_error from operations where id = $1',
    [id],
  );
  return rows[0];
}

describe.each(backends)('on $name', (backend) => {
  it('isolates a poison operation: its batch-mates and its own lane go on, and a person finds it (000-36, 001-20, 001-43)', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPeople(marketplace, [ann, ...crowd]);
    const poison = fault(ann, 'throws', forEver);
    const requests = [
      ...crowd.slice(0, 20).map((id) => allocation(id, 1)),
      allocation(ann, 1),
      poison,
      transfer(ann, crowd[0] ?? ann, 1),
      ...crowd.slice(20).map((id) => allocation(id, 1)),
    ];
    const ids = await submit(marketplace, requests);
    startTestWorker(marketplace);
    const operations = await settled(marketplace, ids, 10_000);

    expect(endingsOf(operations)).toEqual({ succeeded: 42, reconciling: 1 });
    const { rows } = await marketplace.owner.query('select * from reconciliation_items');
    const { id } = submissionOf(poison);
    expect(rows).toMatchObject([
      {
        id: reconciliationItemIdOf('operation', id),
        category: 'operation',
        subject_id: id,
        kind: 'test.faulty',
        status: 'open',
        attempts: 1,
      },
    ]);
    expect(rows[0]?.error).toContain('a bug in this kind');
    expect(await violations(marketplace)).toEqual({});
  });

  it('isolates each of many in one batch, wherever they stand', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPeople(marketplace, [ann, ...crowd]);
    const lane = Array.from({ length: 30 }, (_, n) =>
      n % 7 === 0 ? fault(ann, 'throws', forEver) : allocation(ann, 1),
    );
    const others = crowd.map((id, n) => (n % 9 === 0 ? fault(id, 'throws', forEver) : allocation(id, 1)));
    const ids = await submit(marketplace, [...lane, ...others]);
    startTestWorker(marketplace);
    const operations = await settled(marketplace, ids);
    expect(endingsOf(operations)).toEqual({ succeeded: 60, reconciling: 10 });
    expect(await holdingsOf(marketplace, ann)).toMatchObject({ balance: 25 });
    expect(await violations(marketplace)).toEqual({});
  });

  it('tries again what fails for a passing reason, in order, while others go on (000-36, 001-23)', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPeople(marketplace, [ann, ...crowd]);
    const repair = await breakTransfersTo(marketplace, ann, '40001');
    startTestWorker(marketplace, { retryAttempts: 20 });

    const [first = '', second = ''] = await submit(marketplace, [
      allocation(ann, 5),
      transfer(ann, crowd[0] ?? ann, 5),
    ]);
    expect(
      endingsOf(
        await settled(
          marketplace,
          await submit(
            marketplace,
            crowd.map((id) => allocation(id, 1)),
          ),
        ),
      ),
    ).toEqual({
      succeeded: crowd.length,
    });
    await until('it has failed', async () => ((await statusOf(marketplace, first))?.attempts ?? 0) > 1);
    expect(await statusOf(marketplace, first)).toMatchObject({
      status: 'retrying',
      last_error: expect.stringContaining('broken for now'),
    });
    expect(await statusOf(marketplace, second)).toMatchObject({ status: 'accepted' });

    await repair();
    expect((await settled(marketplace, [first, second])).map(endingOf)).toEqual(['succeeded', 'succeeded']);
    expect(await violations(marketplace)).toEqual({});
  });

  it('asks a person when the retry budget is spent, and lets the lane go on (000-36, 001-24)', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPeople(marketplace, [ann]);
    await breakTransfersTo(marketplace, ann, '40P01');
    startTestWorker(marketplace, { retryAttempts: 2 });
    const ids = await submit(marketplace, [allocation(ann, 5), transfer(ann, bob, 5)]);
    const operations = await settled(marketplace, ids);
    expect(operations.map(endingOf)).toEqual(['reconciling', 'recipient_not_found']);
    expect(operations[0]).toMatchObject({ attempts: 2 });
    expect(await violations(marketplace)).toEqual({});
  });

  it('lets nobody else wait for an account that somebody holds on to (000-25)', async () => {
    const marketplace = await openMarketplace({ backend });
    await addPeople(marketplace, [ann, ...crowd]);
    startTestWorker(marketplace, { retryAttempts: 20, retryBaseMs: 500 });
    await giveCredits(marketplace, [ann, ...crowd], 100);

    const held = await meanwhile(marketplace, async (other) => {
      await other.query('select from accounts where owner_id = $1 for update', [ann]);
      // One job, and so one batch.
      const [stuck = '', ...free] = await submit(
        marketplace,
        [ann, ...crowd].map((id) => allocation(id, 1)),
      );
      await settled(marketplace, free, 12_000);
      await until('it has failed', async () => (await statusOf(marketplace, stuck))?.status === 'retrying');
      // From now on the others do not even share a transaction with it.
      await endings(
        marketplace,
        crowd.map((id) => allocation(id, 1)),
      );
      return stuck;
    });
    expect((await settled(marketplace, [held])).map(endingOf)).toEqual(['succeeded']);
    expect(await violations(marketplace)).toEqual({});
  });

  it('lets nobody else wait for a practitioner whom somebody holds on to, and counts that as no failure (002-12)', async () => {
    const marketplace = await openMarketplace({ backend });
    const clients = Array.from({ length: 40 }, (_, n) => idOf(`client ${n}`));
    await addPractitioners(marketplace, [theo, tess]);
    await addPeople(marketplace, [...clients, ...crowd]);
    startTestWorker(marketplace, { retryAttempts: 2 });
    await giveCredits(marketplace, [...clients, ...crowd], 100);

    const held = await meanwhile(marketplace, async (other) => {
      await other.query('select from users where id = $1 for update', [theo]);
      const stuck = clients.map((id, hour) => booking(id, theo, hour));
      const ids = await submit(marketplace, stuck);
      for (let round = 0; round < 8; round += 1) {
        const others = crowd.map((id, hour) => booking(id, tess, 40 * round + hour));
        await settled(marketplace, await submit(marketplace, others), 3_000);
      }
      return ids;
    });
    const operations = await settled(marketplace, held);
    expect(endingsOf(operations)).toEqual({ succeeded: clients.length });
    expect(new Set(operations.map(({ attempts }) => attempts))).toEqual(new Set([1]));
    expect(await violations(marketplace)).toEqual({});
  });

  it('finds the outcome when the answer to COMMIT is lost, and applies nothing twice (000-05, 001-22)', async () => {
    const marketplace = await openMarketplace({ backend });
    const proxy = await startPostgresProxy(marketplace.databaseUrl);
    await addPeople(marketplace, [ann]);
    startTestWorker({ ...marketplace, databaseUrl: proxy.urlOf(marketplace.databaseUrl) });
    await giveCredits(marketplace, [ann], 1);

    for (let round = 0; round < 8; round += 1) {
      const lost = proxy.loseNextAnswerToCommit();
      const ids = await submit(
        marketplace,
        Array.from({ length: 10 }, () => allocation(ann, 1)),
      );
      await lost;
      expect(endingsOf(await settled(marketplace, ids))).toEqual({ succeeded: 10 });
    }
    expect(await holdingsOf(marketplace, ann)).toEqual({ balance: 81, debt: 0 });
    expect(await violations(marketplace)).toEqual({});
  });
});
