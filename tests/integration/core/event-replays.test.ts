import { describe, expect, it } from 'vitest';
import { replayTo } from '../../../db/events/endpoints.ts';
import { idOf } from '../../support/builders.ts';
import {
  allDelivered,
  deliveriesOf,
  happen,
  openWithSubscriber,
  passTime,
  register,
  sequencesOf,
  startTestDeliverer,
  untilDeliveries,
} from '../../support/events.ts';
import { allocation, transfer } from '../../support/requests.ts';

/* Issue 3, capability 11: what happened already is told again. */

const [ann, bob] = [idOf('ann'), idOf('bob')];
const operator = idOf('operator');
const setup = () => openWithSubscriber([ann, bob]);

describe('a replay', () => {
  it('sends again what was delivered, and what happened before the endpoint was there, in order', async () => {
    const { marketplace, subscriber } = await setup();
    await happen(marketplace, [allocation(ann, 1), transfer(ann, bob, 99), allocation(ann, 2)]);
    const id = await register(marketplace, subscriber.url);
    await happen(marketplace, [allocation(ann, 3)]);
    startTestDeliverer(marketplace);
    await untilDeliveries(marketplace, id, 'done', allDelivered);

    const range = { from: '2020-01-01T00:00:00Z', to: new Date(Date.now() + 60_000).toISOString() };
    expect(await replayTo(marketplace.app, operator, id, range)).toEqual({ replayed: 3, nextFrom: null });
    const heard = await subscriber.untilHeard(4);
    expect(sequencesOf(heard, ann)).toEqual([4, 1, 3, 4]);
    expect(heard[3]?.id).toBe(heard[0]?.id);
    const { rows } = await marketplace.owner.query(`select action, note from operator_actions order by id`);
    expect(rows.at(-1)).toEqual({ action: 'event-endpoint.replay', note: `${range.from} to ${range.to}` });
  });

  it('goes before what waits to be tried again', async () => {
    const { marketplace, subscriber } = await setup();
    await happen(marketplace, [allocation(ann, 1)]);
    const id = await register(marketplace, subscriber.url);
    subscriber.react = () => 500;
    await happen(marketplace, [allocation(ann, 2)]);
    const failing = startTestDeliverer(marketplace);
    await untilDeliveries(marketplace, id, 'failing', ([first]) => first?.failures === 1);
    await failing.close();

    const range = { from: '2020-01-01T00:00:00Z', to: new Date(Date.now() + 60_000).toISOString() };
    expect(await replayTo(marketplace.app, operator, id, range)).toEqual({ replayed: 1, nextFrom: null });
    subscriber.react = ({ sequence }) => (sequence === 1 ? 500 : 204);
    await passTime(marketplace);
    const again = startTestDeliverer(marketplace);
    await untilDeliveries(marketplace, id, 'failing', ([first]) => first?.failures === 1);
    await again.close();
    expect(sequencesOf(subscriber.heard, ann)).toEqual([2, 1]);

    subscriber.react = () => 204;
    await passTime(marketplace);
    startTestDeliverer(marketplace);
    await untilDeliveries(marketplace, id, 'done', allDelivered);
    expect(sequencesOf(subscriber.heard, ann)).toEqual([2, 1, 1, 2]);
  });

  it('finds nothing outside its range, of no other type, and changes nothing that waits', async () => {
    const { marketplace, subscriber } = await setup();
    const id = await register(marketplace, subscriber.url, ['credits.transferred']);
    await happen(marketplace, [allocation(ann, 1), transfer(ann, bob, 1)]);
    const range = { from: '2020-01-01T00:00:00Z', to: new Date(Date.now() + 60_000).toISOString() };
    const early = { from: range.from, to: '2020-01-02T00:00:00Z' };
    expect(await replayTo(marketplace.app, operator, id, early)).toEqual({ replayed: 0, nextFrom: null });
    expect(await replayTo(marketplace.app, operator, id, range)).toEqual({ replayed: 0, nextFrom: null });
    expect(await deliveriesOf(marketplace, id)).toMatchObject([{ lane_seq: '2', attempts: 0 }]);
  });
});
