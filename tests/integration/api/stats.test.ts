import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { operations } from '../../../shared/operations/registry.ts';
import { startWorker } from '../../../workers/worker.ts';
import { startTestApi, type TestApi, type TestApiOptions, withKey } from '../../support/api.ts';
import { hourMs, idOf } from '../../support/builders.ts';
import { addPeople, addPractitioners, silent } from '../../support/marketplace.ts';
import { startOf } from '../../support/requests.ts';

const [ann, theo, paul, ops] = [idOf('ann'), idOf('theo'), idOf('paul'), idOf('ops')];

interface Day {
  readonly day: string;
  readonly peer: object;
  readonly client: object;
}

async function openHouse(options: TestApiOptions = {}) {
  const api = await startTestApi(options);
  onTestFinished(() => api.close());
  const token = await api.tokenOf(ops, 'ops');
  const stats = (query = '') => api.request('GET', `/v1/stats${query}`, { token });
  const dayOf = async (day: string, query = '') =>
    (await stats(query)).body.bookingsByDay.find((one: Day) => one.day === day);
  return { api, stats, dayOf };
}

async function startItsWorker({ config, databaseUrl }: TestApi): Promise<void> {
  const worker = startWorker({ config: { ...config, databaseUrl }, operations, log: silent });
  onTestFinished(() => worker.close());
}

/** The UTC day so many days ago. */
function dayAgo(days: number): string {
  return new Date(Date.now() - days * 24 * hourMs).toISOString().slice(0, 10);
}

const none = {
  accepted: 0,
  succeeded: 0,
  rejected: 0,
  cancelled: 0,
  successRate: null,
  rejectionRate: null,
  cancellationRate: null,
};

it('counts bookings by day, peers and others apart, and what practitioners earn and spend (001-40, 001-41)', async () => {
  const { api, dayOf, stats } = await openHouse();
  await addPeople(api, [ann]);
  await addPractitioners(api, [theo, paul]);
  await startItsWorker(api);
  const admin = await api.tokenOf(ops, 'admin');
  const write = async (token: string, path: string, body: object) =>
    (await api.request('POST', path, withKey({ token, body, headers: { Prefer: 'wait=20' } }))).body;
  const book = async (clientId: string, practitionerId: string, hour: number) =>
    write(await api.tokenOf(clientId), '/v1/bookings', {
      practitionerId,
      startsAt: startOf(hour),
      durationMinutes: 60,
      sessionType: 'massage',
    });
  for (const userId of [ann, theo, paul]) {
    await write(admin, '/v1/allocations', { userId, amount: 30, source: 'bonus' });
  }

  // Of Ann two, one of them cancelled; of Paul three, one cancelled; of Theo one; and three that are refused.
  const [dropped] = [await book(ann, theo, 1), await book(ann, theo, 2)];
  const [peerDropped] = [await book(paul, theo, 3), await book(paul, theo, 4), await book(paul, theo, 5)];
  await book(theo, paul, 6);
  const refused = [await book(ann, theo, 2), await book(paul, theo, 1), await book(paul, theo, 2)];
  expect(refused.map(({ rejection }) => rejection?.code)).toEqual(refused.map(() => 'slot_taken'));
  for (const [client, { id }] of [
    [ann, dropped],
    [paul, peerDropped],
  ] as const) {
    const cancelled = await write(await api.tokenOf(client), `/v1/bookings/${id}/cancel`, {});
    expect(cancelled).toMatchObject({ status: 'succeeded', outcome: { refundedCredits: 10 } });
  }

  // As if all of it had been asked for two days ago: today has only what comes now.
  await api.owner.query(`update operations set accepted_at = accepted_at - interval '2 days'`);
  await api.owner.query(`update bookings set created_at = created_at - interval '2 days'`);
  await book(ann, theo, 8);
  expect(await dayOf(dayAgo(2))).toEqual({
    day: dayAgo(2),
    peer: {
      accepted: 6,
      succeeded: 4,
      rejected: 2,
      cancelled: 1,
      successRate: 0.6667,
      rejectionRate: 0.3333,
      cancellationRate: 0.25,
    },
    client: {
      accepted: 3,
      succeeded: 2,
      rejected: 1,
      cancelled: 1,
      successRate: 0.6667,
      rejectionRate: 0.3333,
      cancellationRate: 0.5,
    },
  });
  expect(await dayOf(dayAgo(1))).toEqual({ day: dayAgo(1), peer: none, client: none });
  expect((await dayOf(dayAgo(0))).client).toMatchObject({ accepted: 1, succeeded: 1, cancellationRate: 0 });
  expect((await stats()).body.practitioners).toEqual([
    { practitionerId: theo, earned: 20, spent: 10, ratio: 2 },
    { practitionerId: paul, earned: 10, spent: 20, ratio: 0.5 },
  ]);
});

it('asks for as many days as it is told, newest first, without a gap', async () => {
  const { stats } = await openHouse();
  const daysOf = async (query: string) => (await stats(query)).body.bookingsByDay.map(({ day }: Day) => day).join(' ');
  const last = (days: number) => Array.from({ length: days }, (_, n) => dayAgo(n)).join(' ');

  expect(await daysOf('')).toBe(last(30));
  expect(await daysOf('?days=1')).toBe(last(1));
  expect(await daysOf('?days=90')).toBe(last(90));
  for (const days of ['0', '91', '-1', '1.5', 'all']) {
    expect([days, (await stats(`?days=${days}`)).status]).toEqual([days, 400]);
  }
});

/** Operations of the application without a worker: rows as acceptance makes them, at given times. */
async function insertRefused(api: TestApi, lane: string, acceptedAt: readonly string[]): Promise<void> {
  await api.owner.query(
    `insert into operations (id, kind, lane, lane_seq, caller_id, caller_roles, fingerprint, payload, accepted_at,
                             status, settled_at, rejection)
     select gen_random_uuid(), 'booking.create', $1, n, $1, '{}', '', '{}', at, 'rejected', at,
            '{"code": "slot_taken", "message": "", "details": {}}'
     from unnest($2::timestamptz[]) with ordinality as new (at, n)`,
    [lane, acceptedAt],
  );
}

it('lets a day begin and end at midnight UTC, wherever the database thinks it is', async () => {
  const { api, dayOf } = await openHouse({
    through: async (url) => {
      const owner = new pg.Client({ connectionString: url });
      await owner.connect();
      await owner.query(`alter database ${new URL(url).pathname.slice(1)} set timezone = 'Pacific/Auckland'`);
      await owner.end();
      return url;
    },
  });
  await addPeople(api, [ann]);
  const day = dayAgo(5);
  await insertRefused(api, ann, [`${day}T00:00:00Z`, `${day}T23:59:59.999999Z`, `${dayAgo(4)}T00:00:00Z`]);
  expect([await dayOf(day, '?days=6'), await dayOf(dayAgo(4), '?days=6')]).toMatchObject([
    { client: { accepted: 2, rejected: 2, successRate: 0, rejectionRate: 1, cancellationRate: null }, peer: none },
    { client: { accepted: 1 }, peer: none },
  ]);
});

it('tells a refused peer by page and role, as they are when somebody asks, and others by what was decided', async () => {
  const { api, dayOf } = await openHouse();
  await addPeople(api, [ann], ['practitioner']);
  await addPractitioners(api, [theo, paul]);
  await api.owner.query(`update users set roles = '{client}' where id = $1`, [paul]);
  for (const lane of [ann, theo, paul]) await insertRefused(api, lane, [new Date().toISOString()]);

  expect(await dayOf(dayAgo(0))).toMatchObject({ peer: { rejected: 1 }, client: { rejected: 2 } });

  await api.owner.query(
    `update operations set status = 'succeeded', rejection = null, outcome = '{"peer": true}' where lane = $1`,
    [ann],
  );
  expect(await dayOf(dayAgo(0))).toMatchObject({ peer: { succeeded: 1, rejected: 1 }, client: { rejected: 1 } });
});

it('says the same as the reporting views', async () => {
  const { api, stats } = await openHouse();
  await addPractitioners(api, [theo, paul]);
  await insertRefused(
    api,
    theo,
    [3, 40, 70].map((days) => `${dayAgo(days)}T12:00:00Z`),
  );
  const { rows: days } = await api.owner.query(
    `select day::text, is_peer_booking as peer, accepted::int, succeeded::int, rejected::int, cancelled::int,
            success_rate::float as "successRate", rejection_rate::float as "rejectionRate",
            cancellation_rate::float as "cancellationRate"
     from reporting.bookings_by_day order by bookings_by_day.day desc, is_peer_booking desc`,
  );
  const { rows: practitioners } = await api.owner.query(
    `select practitioner_id as "practitionerId", earned::int, spent::int, ratio::float
     from reporting.practitioner_credits order by earned desc, practitioner_id`,
  );
  const { body } = await stats('?days=90');
  expect(
    body.bookingsByDay.flatMap(({ day, peer, client }: Day) => [
      { day, peer: true, ...peer },
      { day, peer: false, ...client },
    ]),
  ).toEqual(days);
  expect(body.bookingsByDay.filter(({ peer }: { peer: { rejected: number } }) => peer.rejected === 1)).toHaveLength(3);
  expect(body.practitioners).toEqual(practitioners);
});

it('lists the hundred practitioners who have earned most', async () => {
  const { api, stats } = await openHouse();
  const many = Array.from({ length: 102 }, (_, n) => idOf(`practitioner ${n}`));
  await addPractitioners(api, many);
  await api.owner.query(
    `insert into bookings (id, client_id, practitioner_id, peer, status, starts_at, ends_at, buffered_until, time_zone,
       session_type, credit_cost, free_until_hours, late_refund_percent)
     select gen_random_uuid(), ($1::uuid[])[102], id, true, 'booked', now() + n * interval '1 hour',
            now() + (n + 1) * interval '1 hour', now() + (n + 1) * interval '1 hour', 'UTC', 'massage', n, 0, 0
     from unnest(($1::uuid[])[:101]) with ordinality as one (id, n)`,
    [many],
  );
  const { practitioners } = (await stats()).body;
  expect(practitioners.map(({ earned }: { earned: number }) => earned)).toEqual(
    Array.from({ length: 100 }, (_, n) => 101 - n),
  );
  expect(practitioners[0]).toEqual({ practitionerId: many[100], earned: 101, spent: 0, ratio: null });
});
