import { describe, expect, it } from 'vitest';
import type { OperationRecord } from '../../../db/queries/operations.ts';
import { runSchedule } from '../../../db/schedules.ts';
import type { PeerSettlement } from '../../../shared/domain/state.ts';
import { completeSessions } from '../../../workers/schedules/complete-sessions.ts';
import { idOf } from '../../support/builders.ts';
import {
  addPeople,
  addPractitioners,
  endingOf,
  giveCredits,
  holdingsOf,
  type Marketplace,
  openMarketplace,
  settled,
  startTestWorker,
  submit,
  violations,
} from '../../support/marketplace.ts';
import { about, booking, cancellation, type Request, startOf, submissionOf } from '../../support/requests.ts';
import { until } from '../../support/until.ts';

/*
 * Every pair of commands that can end a session, at once, on many sessions, by two workers: each session ends in one of the
 * two ways, nobody's second command does anything, and what booker, earner and house have between them stays the same.
 */

const [pia, theo, ops] = [idOf('pia'), idOf('theo'), idOf('ops')];
const sessions = 12;
const given = 500;

const byOps = (kind: string, payload: object) => about(kind, ops, payload, ['ops']);

type Command = (bookingId: string, n: number) => Request;

const commands = {
  'cancel by the client': (id) => cancellation(pia, id),
  'cancel by the practitioner': (id) => cancellation(theo, id),
  'cancel by ops': (id) => byOps('booking.cancel', { bookingId: id }),
  'move by the client': (id, n) => about('booking.reschedule', pia, { bookingId: id, startsAt: startOf(n + 25) }),
  'move by the practitioner': (id, n) =>
    about('booking.reschedule', theo, { bookingId: id, startsAt: startOf(n + 40) }),
  complete: (id) => about('booking.complete', theo, { bookingId: id }),
  'complete by ops': (id) => byOps('booking.complete', { bookingId: id }),
  'no-show of the client': (id) => about('booking.no_show', theo, { bookingId: id, party: 'client' }),
  'no-show of the practitioner': (id) => byOps('booking.no_show', { bookingId: id, party: 'practitioner' }),
} satisfies Readonly<Record<string, Command>>;

async function booked(marketplace: Marketplace, peerSettlement: PeerSettlement, begun: boolean): Promise<string[]> {
  await addPractitioners(marketplace, [pia, theo]);
  await addPeople(marketplace, [ops]);
  for (const _ of [1, 2]) startTestWorker(marketplace, { peerSettlement, completeAfterHours: 8_760 });
  await giveCredits(marketplace, [pia], given);
  const wanted = Array.from({ length: sessions }, (_, n) => booking(pia, theo, n + 1));
  await settled(marketplace, await submit(marketplace, wanted));
  const ids = wanted.map((one) => submissionOf(one).id);
  if (begun) {
    // One after the other, so that they do not overlap.
    await marketplace.owner.query(
      `update bookings set starts_at = starts_at - interval '7 days', ends_at = ends_at - interval '7 days',
                           buffered_until = buffered_until - interval '7 days'`,
    );
  }
  return ids;
}

async function statuses({ owner }: Marketplace): Promise<Record<string, number>> {
  const { rows } = await owner.query<{ status: string; count: string }>(
    'select status, count(*) from bookings group by status',
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
}

const beforeTheStart = [
  ['cancel by the client', 'cancel by the practitioner'],
  ['cancel by the client', 'cancel by ops'],
  ['cancel by the client', 'move by the client'],
  ['cancel by the client', 'move by the practitioner'],
  ['cancel by the practitioner', 'move by the client'],
  ['cancel by ops', 'move by the practitioner'],
] as const;

const afterTheStart = [
  ['cancel by ops', 'complete'],
  ['cancel by ops', 'no-show of the client'],
  ['cancel by ops', 'no-show of the practitioner'],
  ['complete', 'complete by ops'],
  ['complete', 'no-show of the practitioner'],
  ['complete by ops', 'no-show of the client'],
  ['no-show of the client', 'no-show of the practitioner'],
] as const;

/** Whether it has succeeded, later than the other. */
function isAfter(one: OperationRecord | undefined, other: OperationRecord | undefined): boolean {
  return one?.status === 'succeeded' && Number(one.settledAt) > Number(other?.settledAt);
}

/** How a command ends that came second. */
const tooLate = ['already_cancelled', 'not_cancellable'];

describe.each(['at_booking', 'on_completion'] as const)('of sessions paid %s', (peerSettlement) => {
  it.each([
    ...beforeTheStart.map(([one, other]) => [one, other, false] as const),
    ...afterTheStart.map(([one, other]) => [one, other, true] as const),
  ])('%s against %s', async (one, other, begun) => {
    const marketplace = await openMarketplace({});
    const ids = await booked(marketplace, peerSettlement, begun);
    const pairs = ids.map((id, n) => [commands[one], commands[other]].map((command: Command) => command(id, n)));
    const requests = pairs.flatMap((pair, n) => (n % 2 === 0 ? pair : pair.toReversed()));
    const operations = await settled(marketplace, await submit(marketplace, requests));
    const endings = operations.map(endingOf);
    const succeeded = endings.filter((ending) => ending === 'succeeded').length;
    const over = await statuses(marketplace);

    // Whoever comes second is told so: nothing is left to the database, or to a person.
    expect(endings.filter((ending) => ending !== 'succeeded' && !tooLate.includes(ending))).toEqual([]);
    const isMove = other.startsWith('move');
    expect(over.booked ?? 0).toBe(0);
    // A move may come first: then both have happened.
    expect(succeeded).toBeGreaterThanOrEqual(sessions);
    expect(succeeded).toBeLessThanOrEqual(isMove ? 2 * sessions : sessions);

    if (isMove) {
      const byId = new Map(operations.map((operation) => [operation.id, operation]));
      const inOrder = pairs.map((pair) => pair.flatMap((request) => byId.get(submissionOf(request).id) ?? []));
      // A session that is cancelled is not moved any more.
      expect(inOrder.filter(([cancelled, moved]) => isAfter(moved, cancelled))).toEqual([]);
      // In one lane, the turns are known.
      const turns = inOrder.map(([, moved]) => moved && endingOf(moved));
      if (one === 'cancel by the client' && other === 'move by the client')
        expect(turns).toEqual(ids.map((_, n) => (n % 2 === 0 ? 'already_cancelled' : 'succeeded')));
    }

    const [booker, earner] = await Promise.all([holdingsOf(marketplace, pia), holdingsOf(marketplace, theo)]);
    expect((booker?.balance ?? 0) + (earner?.balance ?? 0)).toBe(given);
    const { rows } = await marketplace.owner.query('select sum(held)::int as held from accounts');
    expect(rows).toEqual([{ held: 0 }]);
    expect(await violations(marketplace)).toEqual({});
  });
});

it('what time alone completes against whoever says otherwise', async () => {
  const marketplace = await openMarketplace({});
  const ids = await booked(marketplace, 'on_completion', true);
  const said = ids.map((id) => byOps('booking.no_show', { bookingId: id, party: 'practitioner' }));
  const schedule = completeSessions(0);
  const [recorded] = await Promise.all([
    until('its turn has come', () => runSchedule(marketplace.app, schedule)),
    submit(marketplace, said),
  ]);
  await until('every session is over', async () => ((await statuses(marketplace)).booked ?? 0) === 0);
  const operations = [...recorded.map(({ id }) => id), ...said.map((one) => submissionOf(one).id)];
  const endings = (await settled(marketplace, operations)).map(endingOf);
  expect(endings.sort()).toEqual([...ids.map(() => 'not_cancellable'), ...ids.map(() => 'succeeded')]);
  const { completed = 0, no_show: missed = 0 } = await statuses(marketplace);
  expect(completed + missed).toBe(sessions);
  expect(await holdingsOf(marketplace, theo)).toMatchObject({ balance: completed * 10 });
  expect(await holdingsOf(marketplace, pia)).toMatchObject({ balance: given - completed * 10 });
  expect(await violations(marketplace)).toEqual({});
});
