import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Claimed, claimDeliveries, readLiveEndpoints } from '../../../db/events/claim.ts';
import { deleteEndpoint, disableEndpoint, enableEndpoint, replayTo } from '../../../db/events/endpoints.ts';
import { pruneEvents } from '../../../db/events/prune.ts';
import { type Result, recordResults } from '../../../db/events/results.ts';
import { idOf } from '../../support/builders.ts';
import { deliveriesOf, happen, passTime, register, startTestDeliverer, untilDeliveries } from '../../support/events.ts';
import { freePort } from '../../support/free-port.ts';
import {
  addPeople,
  addPractitioners,
  letBegin,
  openMarketplace,
  startTestWorker,
  startWorkerProcess,
  submit,
  violations,
} from '../../support/marketplace.ts';
import {
  allocation,
  booking,
  cancellation,
  type Request,
  startOf,
  submissionOf,
  transfer,
} from '../../support/requests.ts';
import { type Heard, startSubscriber } from '../../support/subscriber.ts';

/* Issue 3, capability 11: outgoing events, at least once and in order per user, over real HTTP. */

const [ann, bob] = [idOf('ann'), idOf('bob')];
const crowd = Array.from({ length: 20 }, (_, n) => idOf(`of the crowd, ${n}`));
const operator = idOf('operator');

async function setup() {
  const marketplace = await openMarketplace();
  await addPeople(marketplace, [ann, bob, ...crowd]);
  const subscriber = await startSubscriber();
  return { marketplace, subscriber };
}

const about = (kind: string, id: string, payload: object): Request => {
  return { kind, caller: { id, roles: ['client'] }, payload, key: randomUUID() };
};

const sequencesOf = (heard: readonly Heard[], user: string) =>
  heard.filter(({ userId }) => userId === user).map(({ sequence }) => sequence);

const allDelivered = (rows: readonly { status: string }[]) => rows.every(({ status }) => status === 'delivered');

describe('what is told', () => {
  it('is every change, once, signed, in the order of its user', async () => {
    const { marketplace, subscriber } = await setup();
    await register(marketplace, subscriber.url);
    startTestDeliverer(marketplace);
    const requests = [allocation(ann, 10), transfer(ann, bob, 99), transfer(ann, bob, 4), allocation(bob, 1)];
    await happen(marketplace, requests);

    const heard = await subscriber.untilHeard(3);
    const [given, , moved] = requests.map((request) => submissionOf(request).id);
    expect(heard.filter(({ userId }) => userId === ann)).toMatchObject([
      { id: given, type: 'credits.allocated', sequence: 1, path: '/hook' },
      { id: moved, type: 'credits.transferred', sequence: 3 }, // what was rejected is no event
    ]);
    expect(sequencesOf(heard, bob)).toEqual([1]);
    const { rows } = await marketplace.owner.query('select * from operations where id = $1', [moved]);
    expect(JSON.parse(heard.find(({ id }) => id === moved)?.body ?? '')).toEqual({
      type: 'credits.transferred',
      timestamp: rows[0].settled_at.toISOString(),
      data: {
        operationId: moved,
        kind: 'credits.transfer',
        userId: ann,
        sequence: 3,
        outcome: { balanceAfter: 6 },
        acceptedAt: rows[0].accepted_at.toISOString(),
        settledAt: rows[0].settled_at.toISOString(),
      },
    });
    expect(await violations(marketplace)).toEqual({});
    expect(subscriber.unsigned).toEqual([]);
  });

  it('is what the endpoint asked for', async () => {
    const { marketplace, subscriber } = await setup();
    const id = await register(marketplace, subscriber.url, ['credits.transferred']);
    await happen(marketplace, [allocation(ann, 10), transfer(ann, bob, 4), allocation(bob, 1)]);
    expect(await deliveriesOf(marketplace, id)).toMatchObject([{ type: 'credits.transferred', lane_seq: '2' }]);
  });

  it('is a session’s whole life, also a peer session’s (001-39)', async () => {
    const { marketplace } = await setup();
    const [theo, mia] = [idOf('theo'), idOf('mia')];
    await addPractitioners(marketplace, [theo, mia]);
    await happen(marketplace, [allocation(ann, 50), allocation(theo, 50)]);
    const id = await register(marketplace, 'https://hooks.example/');
    const [moved, missed, peer] = [booking(ann, mia, 9), booking(ann, mia, 12), booking(theo, mia, 15)];
    await happen(marketplace, [moved, missed, peer]);
    const [movedId, missedId, peerId] = [moved, missed, peer].map((request) => submissionOf(request).id);
    await happen(marketplace, [
      about('booking.reschedule', ann, { bookingId: movedId, startsAt: startOf(18) }),
      cancellation(theo, String(peerId)),
    ]);
    await letBegin(marketplace, String(movedId));
    await happen(marketplace, [about('booking.complete', mia, { bookingId: movedId })]);
    await marketplace.owner.query(
      `update bookings set starts_at = starts_at - interval '3 hours', ends_at = ends_at - interval '3 hours',
                           buffered_until = buffered_until - interval '3 hours' where id = $1`,
      [movedId],
    );
    await letBegin(marketplace, String(missedId));
    await happen(marketplace, [about('booking.no_show', mia, { bookingId: missedId, party: 'client' })]);

    const types = (await deliveriesOf(marketplace, id)).map(({ type }) => type);
    expect(types.sort()).toEqual([
      'booking.cancelled',
      'booking.completed',
      'booking.created',
      'booking.created',
      'booking.created',
      'booking.no_show',
      'booking.rescheduled',
    ]);
    const { rows } = await marketplace.owner.query('select outcome from operations where id = $1', [peerId]);
    expect(rows).toMatchObject([{ outcome: { peer: true } }]);
  });

  it('costs no row while nobody has registered', async () => {
    const { marketplace } = await setup();
    await happen(marketplace, [allocation(ann, 10)]);
    const { rows } = await marketplace.owner.query('select from event_deliveries');
    expect(rows).toEqual([]);
  });

  it('comes once and in order when several deliverers share the work, and to every endpoint', async () => {
    const { marketplace, subscriber } = await setup();
    const other = await startSubscriber();
    const ids = [await register(marketplace, subscriber.url), await register(marketplace, other.url)];
    await happen(
      marketplace,
      Array.from({ length: 200 }, (_, n) => allocation(crowd[n % crowd.length] ?? ann, 1)),
    );
    for (let n = 0; n < 3; n += 1) startTestDeliverer(marketplace);

    for (const { untilHeard } of [subscriber, other]) {
      const heard = await untilHeard(200);
      for (const user of crowd) expect(sequencesOf(heard, user)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }
    for (const id of ids) await untilDeliveries(marketplace, id, 'done', allDelivered);
    expect([subscriber.heard.length, other.heard.length]).toEqual([200, 200]);
  });

  it('takes no room from others at endpoints that nothing is to be told to', async () => {
    const { marketplace, subscriber } = await setup();
    const idle = await startSubscriber();
    for (let n = 0; n < 6; n += 1) await register(marketplace, idle.url, ['credits.transferred']);
    const id = await register(marketplace, subscriber.url);
    await happen(marketplace, [allocation(ann, 10)]);
    expect((await readLiveEndpoints(marketplace.app)).map((endpoint) => endpoint.id)).toEqual([id]);
    startTestDeliverer(marketplace);
    await subscriber.untilHeard(1);
    expect(idle.heard).toEqual([]);
  });

  it('is sent by workers', async () => {
    const { marketplace, subscriber } = await setup();
    await register(marketplace, subscriber.url);
    startTestWorker(marketplace);
    await submit(marketplace, [allocation(ann, 10), allocation(ann, 20)]);
    expect(sequencesOf(await subscriber.untilHeard(2), ann)).toEqual([1, 2]);
  });
});

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

describe('an endpoint', () => {
  it('that fails for days is disabled, waits for a person, and goes on where it stopped', async () => {
    const { marketplace, subscriber } = await setup();
    subscriber.react = () => 500;
    const id = await register(marketplace, subscriber.url);
    await happen(marketplace, [allocation(ann, 1)]);
    const deliverer = startTestDeliverer(marketplace);
    await untilDeliveries(marketplace, id, 'failing', ([first]) => first?.failures === 1);
    await marketplace.owner.query(`update event_deliveries set failing_since = now() - interval '3 days'`);
    await passTime(marketplace);
    await untilDeliveries(marketplace, id, 'failing again', ([first]) => first?.failures === 2);

    const endpoint = async () => (await marketplace.owner.query('select * from event_endpoints')).rows[0];
    const items = async () => (await marketplace.owner.query('select * from reconciliation_items')).rows;
    expect((await endpoint()).disabled_reason).toBe('an event failed for 3 days: answered 500');
    expect(await items()).toMatchObject([
      { category: 'effect', subject_id: id, kind: 'event-endpoint', status: 'open' },
    ]);

    await happen(marketplace, [allocation(ann, 2), allocation(bob, 3)]);
    subscriber.react = () => 204;
    await passTime(marketplace);
    await deliverer.close();
    await marketplace.owner.query(
      `update event_deliveries set due_at = now() + interval '1 hour' where due_at is not null`,
    );
    expect(subscriber.heard.length).toBe(2);
    expect((await deliveriesOf(marketplace, id)).map(({ status }) => status)).toEqual(Array(3).fill('pending'));

    expect(await enableEndpoint(marketplace.app, operator, id)).toBe(true);
    startTestDeliverer(marketplace);
    await untilDeliveries(marketplace, id, 'done', allDelivered);
    expect(sequencesOf(subscriber.heard, ann)).toEqual([1, 1, 1, 2]);
    expect(await items()).toMatchObject([{ status: 'resolved' }]);
  });

  it('that says it is gone is disabled at once', async () => {
    const { marketplace, subscriber } = await setup();
    subscriber.react = () => 410;
    const id = await register(marketplace, subscriber.url);
    await happen(marketplace, [allocation(ann, 1)]);
    startTestDeliverer(marketplace);
    await untilDeliveries(marketplace, id, 'failing', ([first]) => first?.failures === 1);
    const { rows } = await marketplace.owner.query('select disabled_reason from event_endpoints');
    expect(rows).toEqual([{ disabled_reason: 'the subscriber answers 410 Gone' }]);
  });

  it('that an operator disabled or removed hears of nothing', async () => {
    const { marketplace, subscriber } = await setup();
    const id = await register(marketplace, subscriber.url);
    const removed = await register(marketplace, subscriber.url);
    const other = await startSubscriber();
    await register(marketplace, other.url);
    await disableEndpoint(marketplace.app, operator, id);
    await happen(marketplace, [allocation(ann, 1)]);
    await deleteEndpoint(marketplace.app, operator, removed);
    await happen(marketplace, [allocation(ann, 2)]);
    expect((await deliveriesOf(marketplace, id)).length).toBe(2);
    expect((await deliveriesOf(marketplace, removed)).length).toBe(1);
    startTestDeliverer(marketplace);
    await other.untilHeard(2);
    expect(subscriber.heard).toEqual([]);
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

describe('clearing away', () => {
  it('takes what is old and over, and what deleted endpoints leave, and nothing that is still to be told', async () => {
    const { marketplace, subscriber } = await setup();
    const ids = [
      await register(marketplace, subscriber.url),
      await register(marketplace, subscriber.url),
      await register(marketplace, subscriber.url),
    ];
    const [live, disabled, deleted] = ids;
    await happen(marketplace, [allocation(ann, 1), allocation(ann, 2), allocation(ann, 3)]);
    const { owner, app } = marketplace;
    await owner.query(`update event_deliveries set status = 'delivered', delivered_at = now() where lane_seq = 1`);
    await owner.query(`update event_deliveries set queued_at = now() - interval '31 days' where lane_seq < 3`);
    await owner.query(
      `update event_endpoints set disabled_at = now(), disabled_reason = 'a reason' where id = '${disabled}'`,
    );
    await owner.query(`update event_endpoints set deleted_at = now() - interval '2 hours' where id = '${deleted}'`);

    expect(await pruneEvents(app, 30)).toBe(false);
    const left = await Promise.all(ids.map((id) => deliveriesOf(marketplace, id)));
    expect(left.map((rows) => rows.map(({ lane_seq }) => lane_seq))).toEqual([['2', '3'], ['3'], []]);
    const { rows } = await owner.query('select id from event_endpoints order by id');
    expect(rows.map(({ id }) => id)).toEqual([live, disabled].sort());
  });
});
