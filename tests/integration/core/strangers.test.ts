import { expect, it } from 'vitest';
import type { Uuid } from '../../../shared/domain/ids.ts';
import { applyLanes } from '../../../workers/apply-lanes.ts';
import { runBatch } from '../../../workers/run-batch.ts';
import { batchContextOf } from '../../support/batches.ts';
import { idOf } from '../../support/builders.ts';
import { accept, addPeople, addPractitioners, meanwhile, openMarketplace } from '../../support/marketplace.ts';
import { booking } from '../../support/requests.ts';

/* Whom a batch meets: other processes make a crowd, the batch beside it does not. */

const [ann, bob, eve, theo, pia] = [idOf('ann'), idOf('bob'), idOf('eve'), idOf('theo'), idOf('pia')];

it('says how many of the lanes and calendars that a batch wanted are in the hands of other processes', async () => {
  const marketplace = await openMarketplace();
  await addPeople(marketplace, [ann, bob, eve]);
  await addPractitioners(marketplace, [theo, pia]);
  await accept(marketplace, [booking(ann, theo, 9), booking(bob, pia, 9), booking(eve, pia, 12)]);

  const heldBesides: number[] = [];
  const inHand = async () => void heldBesides.push(strangersTo(pia));
  const context = { ...batchContextOf(marketplace.app), inHand };
  const { claims } = context;
  const strangersTo = (calendar: Uuid) => claims.begin().strangersAmong(new Set([calendar]));
  const request = { lanes: [ann, bob, eve], operationsMax: 100, waits: false };

  await meanwhile(marketplace, async (other) => {
    await other.query('select from lane_heads where id = $1 for no key update', [bob]);
    await other.query('select from users where id = $1 for no key update', [theo]);
    const { busy, strangers, settled } = await runBatch(context, request);
    expect(new Set(busy)).toEqual(new Set([ann, bob]));
    expect(settled.map(({ operation }) => operation.userId)).toEqual([eve]);
    expect(strangers).toBe(2);
    expect([heldBesides, strangersTo(pia)]).toEqual([[0], 1]);

    const beside = claims.begin();
    beside.add([theo]);
    const served = await applyLanes(context, request);
    expect([new Set(served.busy), served.strangers]).toEqual([new Set([ann, bob]), 1]);
  });
});
