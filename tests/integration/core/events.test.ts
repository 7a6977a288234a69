import { describe, expect, it } from 'vitest';
import { readLiveEndpoints } from '../../../db/events/claim.ts';
import { deleteEndpoint, disableEndpoint, enableEndpoint } from '../../../db/events/endpoints.ts';
import { pruneEvents } from '../../../db/events/prune.ts';
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
import { addPractitioners, letBegin, startTestWorker, submit, violations } from '../../support/marketplace.ts';
import { about, allocation, booking, cancellation, startOf, submissionOf, transfer } from '../../support/requests.ts';
import { startSubscriber } from '../../support/subscriber.ts';

/* Issue 3, capability 11: outgoing events, at least once and in order per user, over real HTTP. */

const [ann, bob] = [idOf('ann'), idOf('bob')];
const crowd = Array.from({ length: 20 }, (_, n) => idOf(`of the crowd, ${n}`));
const operator = idOf('operator');
const setup = () => openWithSubscriber([ann, bob, ...crowd]);

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
