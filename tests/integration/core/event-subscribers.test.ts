import { describe, expect, it } from 'vitest';
import { type Claimed, claimDeliveries } from '../../../db/events/claim.ts';
import { type Result, recordResults } from '../../../db/events/results.ts';
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
import { freePort } from '../../support/free-port.ts';
import { startWorkerProcess } from '../../support/marketplace.ts';
import { allocation } from '../../support/requests.ts';
import { startSubscriber } from '../../support/subscriber.ts';

/* Issue 3, capability 11: subscribers that fail, hang or lie, and processes that end, over real HTTP. */

const [ann, bob] = [idOf('ann'), idOf('bob')];
const crowd = Array.from({ length: 20 }, (_, n) => idOf(`of the crowd, ${n}`));
const setup = () => openWithSubscriber([ann, bob, ...crowd]);

describe('a subscriber that', () => {
  it.each([
    ['answers 500', 500, 'answered 500'],
    ['answers that it is somewhere else', 302, 'answered 302'],
    ['hangs', 'hang', 'no answer within 200 ms'],
    ['has heard it, but its answer is lost', 'break', 'socket hang up'],
  ] as const)('%s is told again later, under the same id, and nothing overtakes it', async (_, reaction, error) => {
    const { marketplace, subscriber } = await setup();
    const elsewhere = await startSubscriber();
    subscriber.headers = { Location: elsewhere.url };
    subscriber.react = ({ userId, sequence }) => (userId === ann && sequence === 1 ? reaction : 204);
    const id = await register(marketplace, subscriber.url);
    await happen(marketplace, [allocation(ann, 1), allocation(ann, 2), allocation(bob, 3), allocation(bob, 4)]);
    startTestDeliverer(marketplace, { timeoutMs: 200 });

    const waiting = await untilDeliveries(marketplace, id, 'done but for those of Ann', (rows) =>
      rows.every(({ lane, lane_seq, status, due_at }) =>
        lane === bob ? status === 'delivered' : lane_seq === '2' || due_at !== null,
      ),
    );
    expect(waiting.filter(({ lane }) => lane === ann)).toMatchObject([
      { status: 'pending', attempts: 1, failures: 1, last_error: error },
      { status: 'pending', attempts: 0, due_at: null },
    ]);
    expect(sequencesOf(subscriber.heard, ann)).toEqual([1]);
    expect(sequencesOf(subscriber.heard, bob)).toEqual([1, 2]);

    subscriber.react = () => 200;
    await passTime(marketplace);
    await untilDeliveries(marketplace, id, 'done', allDelivered);
    expect(sequencesOf(subscriber.heard, ann)).toEqual([1, 1, 2]);
    const [first, again] = subscriber.heard.filter(({ userId }) => userId === ann);
    expect([again?.id, again?.body]).toEqual([first?.id, first?.body]);
    expect([elsewhere.heard, elsewhere.unsigned]).toEqual([[], []]);
  });

  it('is not there is told when it is back', async () => {
    const { marketplace } = await setup();
    const port = await freePort();
    const id = await register(marketplace, `http://127.0.0.1:${port}/`);
    await happen(marketplace, [allocation(ann, 1), allocation(ann, 2)]);
    startTestDeliverer(marketplace);
    await untilDeliveries(marketplace, id, 'failing', ([first]) => first?.failures === 1);
    const back = await startSubscriber(port);
    await passTime(marketplace);
    expect(sequencesOf(await back.untilHeard(2), ann)).toEqual([1, 2]);
  });

  it('fails for everybody is left in peace, and hears of everything once it works', async () => {
    const { marketplace, subscriber } = await setup();
    subscriber.react = () => 503;
    const id = await register(marketplace, subscriber.url);
    await happen(
      marketplace,
      crowd.flatMap((user) => [allocation(user, 1), allocation(user, 2)]),
    );
    startTestDeliverer(marketplace);
    const rows = await untilDeliveries(
      marketplace,
      id,
      'failing',
      (all) =>
        all.filter(({ due_at }) => due_at !== null).length >= 10 && all.every((row) => row.leased_until === null),
    );
    const tried = rows.filter(({ attempts }) => attempts > 0).length;
    expect(tried).toBeLessThanOrEqual(9 + 8 + 1); // those under way when the tenth failed, and one more to see

    subscriber.react = () => 204;
    await marketplace.owner.query(
      `update event_deliveries set due_at = now() + case when id = $1 then interval '0' else interval '1 hour' end
       where due_at is not null`,
      [rows.find(({ due_at }) => due_at !== null)?.id],
    );
    await untilDeliveries(marketplace, id, 'done', allDelivered); // the others do not wait for their pauses to end
    for (const user of crowd) expect(sequencesOf(subscriber.heard, user).slice(-2)).toEqual([1, 2]);
  });
});

describe('addresses that are not public', () => {
  const rules = { allowHttp: true, allowPrivate: false };

  it.each([
    ['in the URL', 'http://127.0.0.1', 'url must lead to a public address'],
    ['behind a name that led elsewhere when it was saved', 'http://rebinding.example', 'not public'],
  ])('%s are not connected to', async (_, origin, error) => {
    const { marketplace, subscriber } = await setup();
    const id = await register(marketplace, `${origin}:${subscriber.port}/`);
    await happen(marketplace, [allocation(ann, 1)]);
    startTestDeliverer(marketplace, { rules, resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
    const [row] = await untilDeliveries(marketplace, id, 'failing', ([first]) => first?.failures === 1);
    expect(row?.last_error).toContain(error);
    expect([subscriber.heard, subscriber.unsigned]).toEqual([[], []]);
  });

  it('are, where that is allowed, through the same look-up', async () => {
    const { marketplace, subscriber } = await setup();
    await register(marketplace, `http://rebinding.example:${subscriber.port}/`);
    await happen(marketplace, [allocation(ann, 1)]);
    startTestDeliverer(marketplace, { resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
    await subscriber.untilHeard(1);
  });
});

describe('a process that ends', () => {
  it('without a warning loses nothing: another one sends it again', async () => {
    const { marketplace, subscriber } = await setup();
    subscriber.react = () => 'hang';
    const id = await register(marketplace, subscriber.url);
    await happen(marketplace, [allocation(ann, 1), allocation(ann, 2), allocation(bob, 3)]);
    const worker = startWorkerProcess(marketplace, { EVENTS_ALLOW_HTTP: '1', EVENTS_ALLOW_PRIVATE: '1' });
    await subscriber.untilHeard(2);
    await worker.kill();

    subscriber.react = () => 204;
    await passTime(marketplace); // its leases end
    startTestDeliverer(marketplace);
    await untilDeliveries(marketplace, id, 'done', allDelivered);
    expect(sequencesOf(subscriber.heard, ann)).toEqual([1, 1, 2]);
    expect(sequencesOf(subscriber.heard, bob)).toEqual([1, 1]);
  });

  it('in order gives back what it was sending, and it counts as no failure', async () => {
    const { marketplace, subscriber } = await setup();
    subscriber.react = () => 'hang';
    const id = await register(marketplace, subscriber.url);
    await happen(marketplace, [allocation(ann, 1)]);
    const deliverer = startTestDeliverer(marketplace);
    await subscriber.untilHeard(1);
    await deliverer.close();
    expect(await deliveriesOf(marketplace, id)).toMatchObject([
      { status: 'pending', attempts: 1, failures: 0, due_at: null, leased_until: null },
    ]);
  });

  it('late cannot say anything about what another one has taken over', async () => {
    const { marketplace, subscriber } = await setup();
    const id = await register(marketplace, subscriber.url);
    await happen(marketplace, [allocation(ann, 1)]);
    const wish = { endpointId: id, fromLane: '00000000-0000-0000-0000-000000000000', freshMax: 1, retriesMax: 1 };
    const claim = () => claimDeliveries(marketplace.app, [wish], 30_000);
    const record = (claimed: readonly Claimed[], result: Result) =>
      recordResults(
        marketplace.app,
        claimed.map((delivery) => ({ delivery, result })),
        { retryDays: 3, downEndpoints: new Set() },
      );

    const late = await claim();
    expect(await claim()).toEqual([]);
    await passTime(marketplace); // its lease ends, and it does not know
    const other = await claim();
    expect([late.length, other.length]).toEqual([1, 1]);
    for (const result of [{ status: 'released' }, { status: 'delivered', statusCode: 200 }] as const) {
      await record(late, result);
      const [row] = await deliveriesOf(marketplace, id);
      expect(row).toMatchObject({ status: 'pending', attempts: 2, leased_until: expect.any(Date) });
    }
    await record(other, { status: 'delivered', statusCode: 200 });
    expect(await deliveriesOf(marketplace, id)).toMatchObject([{ status: 'delivered', attempts: 2 }]);
  });
});
