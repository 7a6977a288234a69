import { expect, it, onTestFinished } from 'vitest';
import { tellOutcomes } from '../../../db/announce.ts';
import { type OperationRecord, readOperations } from '../../../db/queries/operations.ts';
import { openSettlements } from '../../../db/settlements.ts';
import { settlementChannel } from '../../../shared/contract/settlement-notice.ts';
import type { Uuid } from '../../../shared/domain/ids.ts';
import { idOf } from '../../support/builders.ts';
import { accept, addPeople, type Marketplace, openMarketplace, silent } from '../../support/marketplace.ts';
import { allocation, submissionOf } from '../../support/requests.ts';
import { settle, untilListening } from '../../support/settle.ts';

/* What became of a few operations is shown to those who wait, so that they need not read it. */

const ann = idOf('ann');

/** What somebody hears of an operation who waits for it and can read no rows. */
async function listening(market: Marketplace, id: Uuid): Promise<(OperationRecord | null)[]> {
  const heard: (OperationRecord | null)[] = [];
  const unreadable = Object.create(market.app, { query: { value: () => Promise.reject(new Error('not to be read')) } });
  const settlements = openSettlements({ pool: unreadable, databaseUrl: market.databaseUrl, log: silent });
  onTestFinished(() => settlements.close());
  settlements.watch(id, (operation) => heard.push(operation));
  await untilListening(market.owner);
  return heard;
}

async function oneAccepted(): Promise<{ market: Marketplace; id: Uuid }> {
  const market = await openMarketplace();
  await addPeople(market, [ann]);
  const request = allocation(ann, 5);
  await accept(market, [request]);
  return { market, id: submissionOf(request).id };
}

it('shows the row as it is committed, to who can read nothing', async () => {
  const { market, id } = await oneAccepted();
  const heard = await listening(market, id);
  await settle(market.owner, id, { outcome: { balanceAfter: 5 }, notice: 'shows' });
  await expect.poll(() => heard).toHaveLength(1);
  expect(heard).toEqual(await readOperations(market.owner, [id]));
  expect(heard).toMatchObject([{ id, status: 'succeeded', userId: ann, outcome: { balanceAfter: 5 } }]);
});

it('names one whose row is too long for a notice', async () => {
  const { market, id } = await oneAccepted();
  const notices: string[] = [];
  const { rows } = await market.owner.query('select name from outcome_channel');
  const client = await market.owner.connect();
  onTestFinished(() => client.release(true));
  client.on('notification', ({ payload }) => notices.push(payload ?? ''));
  await client.query(`listen ${client.escapeIdentifier(rows[0].name)}`);
  await settle(market.owner, id, { outcome: { text: 'long '.repeat(2_000) }, notice: 'shows' });
  await expect.poll(() => notices.map((notice) => JSON.parse(notice))).toEqual([{ id }]);
});

it('names those of a large batch, on the channel of names', async () => {
  const market = await openMarketplace();
  await addPeople(market, [ann]);
  const requests = Array.from({ length: 9 }, () => allocation(ann, 1));
  await accept(market, requests);
  const channels: string[] = [];
  const client = await market.owner.connect();
  onTestFinished(() => client.release(true));
  client.on('notification', ({ channel }) => channels.push(channel));
  await client.query(`listen ${settlementChannel}`);
  await tellOutcomes(
    market.app,
    requests.map((request) => submissionOf(request).id),
  );
  await expect.poll(() => channels).toEqual([settlementChannel]);
});

it('believes no row that comes on the channel on which everybody may speak', async () => {
  const { market, id } = await oneAccepted();
  const heard = await listening(market, id);
  const forged = JSON.stringify({ id, status: 'succeeded', accepted_at: new Date(), settled_at: new Date() });
  await market.owner.query('select pg_notify($1, $2)', [settlementChannel, forged]);
  await settle(market.owner, id, { outcome: { balanceAfter: 5 }, notice: 'shows' });
  await expect.poll(() => heard).toMatchObject([{ id, outcome: { balanceAfter: 5 } }]);
});

it.each(['reporting', 'counterfoil_reader'])('does not tell %s what the channel is called', async (role) => {
  const { owner } = await openMarketplace();
  const client = await owner.connect();
  onTestFinished(() => client.release(true));
  await client.query(`set role ${role}`);
  await expect(client.query('select name from outcome_channel')).rejects.toMatchObject({ code: '42501' });
});
