import { expect, it, onTestFinished } from 'vitest';
import { updateHolds } from '../../../db/persist.ts';
import { openMarketplace } from '../../support/marketplace.ts';

/* Plans are made once for a connection, and must still be good when there is much more of what there was little then. */

it('finds the holds that a batch changes by their ids, also when it was planned while none was live', async () => {
  const { owner, app } = await openMarketplace();
  const asOwner = await owner.connect();
  onTestFinished(() => asOwner.release(true));
  await asOwner.query('set session_replication_role = replica'); // holds of nobody will do
  await asOwner.query(
    `insert into holds (id, account_id, operation_id, amount, reference_type, reference_id, status, ended_at)
     select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 'order', gen_random_uuid(), 'captured', now()
     from generate_series(1, 3000)`,
  );
  await asOwner.query('analyze holds');

  const client = await app.connect();
  onTestFinished(() => client.release(true));
  await updateHolds(client, ['{}', '{}', '{}']);
  const { rows } = await client.query(`explain execute update_holds('{}', '{}', '{}')`);
  const plan = rows.map((row) => row['QUERY PLAN'].trim()).join('\n');
  expect(plan).toContain('Index Scan using holds_pkey');
  expect(plan).toContain('Index Cond: (id = new.id)');
});
