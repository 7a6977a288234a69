import { expect, it } from 'vitest';
import { runSchedule } from '../../../db/schedules.ts';
import { tallyHours } from '../../../workers/schedules/tally-hours.ts';
import { hourMs, idOf } from '../../support/builders.ts';
import { addPeople, type Marketplace, openMarketplace } from '../../support/marketplace.ts';

/* What the operations of an hour came to, written down once it is over. */

const ann = idOf('ann');
const thisHour = Math.floor(Date.now() / hourMs) * hourMs;
const hourAgo = (hours: number) => new Date(thisHour - hours * hourMs).toISOString();

let numbers = 0;

/** Operations as acceptance and workers leave them, in the middle of the hour so many hours ago. */
async function insert({ owner }: Marketplace, hours: number, statuses: readonly string[]): Promise<void> {
  for (const status of statuses) {
    numbers += 1;
    const isFinal = status === 'succeeded' || status === 'rejected';
    await owner.query(
      `insert into operations (id, kind, lane, lane_seq, caller_id, caller_roles, fingerprint, payload, accepted_at,
                               status, settled_at, outcome, rejection)
       values (gen_random_uuid(), 'booking.create', $1, $2, $1, '{}', '', '{}', $3::timestamptz + interval '30 minutes',
               $4, case when $5 then $3::timestamptz + interval '31 minutes' end,
               case when $4 = 'succeeded' then '{"peer": true}'::jsonb end,
               case when $4 = 'rejected' then '{"code": "slot_taken", "message": "", "details": {}}'::jsonb end)`,
      [ann, numbers, hourAgo(hours), status, isFinal],
    );
  }
}

/** Rounds until there is nothing left to look at; the hours that are tallied then. */
async function talliedBy({ app, owner }: Marketplace, schedule = tallyHours()): Promise<string[]> {
  for (let round = 0; round < 10; round += 1) await runSchedule(app, schedule);
  const { rows } = await owner.query<{ hour: Date }>('select hour from tallied_hours order by hour desc');
  return rows.map(({ hour }) => hour.toISOString());
}

async function countedIn({ owner }: Marketplace, hours: number) {
  const { rows } = await owner.query(
    `select peer, accepted::int, succeeded::int, rejected::int, reconciling::int
     from reporting.operation_hours where hour = $1 order by peer`,
    [hourAgo(hours)],
  );
  return rows;
}

it('counts an hour once it is over, and never again', async () => {
  const marketplace = await openMarketplace();
  await addPeople(marketplace, [ann]);
  await insert(marketplace, 5, ['succeeded', 'rejected', 'rejected']);
  await insert(marketplace, 0, ['succeeded']);
  const counted = [
    { peer: false, accepted: 2, succeeded: 0, rejected: 2, reconciling: 0 },
    { peer: true, accepted: 1, succeeded: 1, rejected: 0, reconciling: 0 },
  ];
  expect(await countedIn(marketplace, 5)).toEqual(counted);

  // The hour before this one rests; hours in which nothing happened are known to be empty.
  expect(await talliedBy(marketplace)).toEqual([2, 3, 4, 5].map((hours) => hourAgo(hours)));
  expect(await countedIn(marketplace, 5)).toEqual(counted);
  await marketplace.owner.query('delete from operations where accepted_at < $1', [hourAgo(1)]);
  expect(await countedIn(marketplace, 5)).toEqual(counted);
  expect(await countedIn(marketplace, 0)).toEqual([
    { peer: true, accepted: 1, succeeded: 1, rejected: 0, reconciling: 0 },
  ]);
});

it.each(['accepted', 'retrying', 'processing', 'reconciling'])(
  'leaves an hour open in which an operation is %s, and closes those around it',
  async (status) => {
    const marketplace = await openMarketplace();
    await addPeople(marketplace, [ann]);
    await insert(marketplace, 5, ['succeeded']);
    await insert(marketplace, 4, ['succeeded', status]);
    expect(await talliedBy(marketplace)).toEqual([2, 3, 5].map((hours) => hourAgo(hours)));
    expect((await countedIn(marketplace, 4)).reduce((sum, { accepted }) => sum + accepted, 0)).toBe(2);

    // Settled just now, it is still to be seen among what was settled within the minute.
    const settle = `update operations set status = 'succeeded', outcome = '{"peer": true}', settled_at = $2
                    where status in ($1, 'succeeded') and accepted_at < $3`;
    await marketplace.owner.query(settle, [status, new Date(), hourAgo(3)]);
    expect(await talliedBy(marketplace)).toEqual([2, 3, 5].map((hours) => hourAgo(hours)));
    await marketplace.owner.query(settle, [status, new Date(Date.now() - 61_000), hourAgo(3)]);
    expect(await talliedBy(marketplace)).toEqual([2, 3, 4, 5].map((hours) => hourAgo(hours)));
    expect(await countedIn(marketplace, 4)).toEqual([
      { peer: true, accepted: 2, succeeded: 2, rejected: 0, reconciling: 0 },
    ]);
  },
);

it('is at rest for a while when it has been through all hours', async () => {
  const marketplace = await openMarketplace();
  await addPeople(marketplace, [ann]);
  await insert(marketplace, 3, ['succeeded']);
  const schedule = tallyHours();
  expect(await talliedBy(marketplace, schedule)).toEqual([2, 3].map((hours) => hourAgo(hours)));
  await marketplace.owner.query('delete from tallied_hours');
  expect(await talliedBy(marketplace, schedule)).toEqual([]);
  expect(await talliedBy(marketplace)).toHaveLength(2);
});
