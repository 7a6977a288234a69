import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { FreedSlot, SlotHold } from '../../shared/domain/state.ts';
import { timekeeper } from '../../shared/domain/timekeeper.ts';
import { decideBatch } from '../../shared/operations/decide-batch.ts';
import { kindsByName, operations } from '../../shared/operations/registry.ts';
import {
  anAccount,
  aPerson,
  aPractice,
  aPractitioner,
  codeOf,
  hourMs,
  idOf,
  minuteMs,
  now,
  ten,
  theo,
} from '../support/builders.ts';
import { aWorld, load, type World, write } from '../support/world.ts';

/*
 * Few people, one practitioner, a few hours of one day: sessions come and go, and after every step, as the schedule does
 * every second, what is free is passed on.
 */

const kinds = kindsByName(operations);
const clients = ['ann', 'bob', 'cyd', 'dee'].map(idOf);

const hour = fc.integer({ min: 0, max: 3 });
const aStep = fc.record({
  client: fc.constantFrom(...clients),
  waitMs: fc.constantFrom(0, minuteMs, 10 * minuteMs, 30 * minuteMs),
  what: fc.oneof(
    fc.record({ do: fc.constant('book' as const), hour }),
    fc.record({ do: fc.constant('hold' as const), hour }),
    fc.record({ do: fc.constant('join' as const), hour, hours: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constantFrom('cancel' as const, 'leave' as const, 'decline' as const) }),
  ),
});

type Step = typeof aStep extends fc.Arbitrary<infer Value> ? Value : never;

const at = (step: number) => new Date(ten + step * hourMs).toISOString();

/** What a step submits; what somebody cancels, leaves or declines is the last that they have. */
function requestOf(world: World, { client, what }: Step): { kind: string; payload: object } {
  const session = { practitionerId: theo, durationMinutes: 60, sessionType: 'massage' };
  const booked = [...world.bookings.values()].findLast(
    ({ clientId, status }) => clientId === client && status === 'booked',
  );
  const entry = [...world.waitlistEntries.values()].findLast(({ clientId }) => clientId === client);
  switch (what.do) {
    case 'book':
      return { kind: 'booking.create', payload: { ...session, startsAt: at(what.hour) } };
    case 'hold':
      return { kind: 'slot.hold', payload: { ...session, startsAt: at(what.hour) } };
    case 'join':
      return { kind: 'waitlist.join', payload: { ...session, from: at(what.hour), to: at(what.hour + what.hours) } };
    case 'cancel':
      return { kind: 'booking.cancel', payload: { bookingId: booked?.id ?? idOf('nothing') } };
    default:
      return { kind: `waitlist.${what.do}`, payload: { entryId: entry?.id ?? idOf('nothing') } };
  }
}

interface Submitting {
  readonly id: Uuid;
  readonly callerId: Uuid;
  readonly time: number;
  readonly kind: string;
  readonly payload: object;
}

/** Loads, decides and writes one operation; its rejection's code, or 'applied'. */
function run(world: World, { id, callerId, time, kind, payload }: Submitting): string {
  const caller = callerId === timekeeper.id ? timekeeper : { id: callerId, roles: [] };
  const prepared = kinds.get(kind)?.prepare({ id, caller, userId: callerId, at: time, payload });
  if (prepared === undefined) throw new Error(`no kind ${kind}`);
  const { decided, changes } = decideBatch(load(world, [prepared.footprint]), [prepared]);
  write(world, changes);
  return decided.map(({ decision }) => codeOf(decision)).join();
}

const keeps = ({ status, expiresAt }: SlotHold, time: number) => status === 'live' && time < expiresAt;

/** What the schedule finds, and in the order of `freed_slots`. */
function openSlots(world: World, time: number): FreedSlot[] {
  return [...world.freedSlots.values()].filter(({ status, holdId }) => {
    const hold = world.slotHolds.get(holdId ?? '');
    return status === 'open' && (hold === undefined || !keeps(hold, time));
  });
}

/** Whose turn it should be: nothing but loops over the tables. */
function nextOf(world: World, slot: FreedSlot, time: number): Uuid | undefined {
  if (slot.startsAt < time) return undefined;
  const overlaps = ({ startsAt, endsAt }: { readonly startsAt: number; readonly endsAt: number }) =>
    startsAt < slot.endsAt && slot.startsAt < endsAt;
  const isBooked = [...world.bookings.values()].some((one) => one.status !== 'cancelled' && overlaps(one));
  const holds = [...world.slotHolds.values()].filter((hold) => keeps(hold, time));
  return [...world.waitlistEntries.values()].find(({ id, clientId, status, from, to }) => {
    const isKept = holds.some((hold) => hold.holderId !== clientId && overlaps(hold));
    const hasOffer = holds.some(({ waitlistEntryId }) => waitlistEntryId === id);
    const fits = status === 'waiting' && from <= slot.startsAt && slot.endsAt <= to;
    return fits && !isBooked && !isKept && !hasOffer && !slot.offeredTo.includes(id);
  })?.id;
}

/** Holds of two people on one hour, and sessions in somebody else's. */
function collisions(world: World, time: number): string[] {
  const holds = [...world.slotHolds.values()].filter((hold) => keeps(hold, time));
  const sessions = [...world.bookings.values()].filter(({ status }) => status === 'booked');
  return holds
    .flatMap((hold) => [
      ...holds.filter((other) => other.startsAt === hold.startsAt && other.holderId !== hold.holderId),
      ...sessions.filter((session) => session.startsAt === hold.startsAt && session.clientId !== hold.holderId),
    ])
    .map(({ id }) => id);
}

it('passes what is free to the first who waits for it, each once, and nothing that is spoken for', () => {
  const heard = new Set<string>();
  const judge = (parameters: fc.Parameters<unknown>) =>
    fc.assert(
      fc.property(fc.array(aStep, { minLength: 10, maxLength: 40, size: 'max' }), (steps) => {
        const people = [aPractitioner({ practice: aPractice() }), ...clients.map((id) => aPerson({ id }))];
        const world = aWorld({ people, accounts: clients.map((id) => anAccount({ id, balance: 1_000 })) });
        let time = now - 4 * hourMs;
        steps.forEach((step, index) => {
          time += step.waitMs + 1; // nobody asks in the same millisecond: who was first is then a matter of ids
          const code = run(world, {
            id: idOf(`step ${index}`),
            callerId: step.client,
            time,
            ...requestOf(world, step),
          });
          heard.add(`${step.what.do} ${code}`);

          for (const slot of openSlots(world, time)) {
            const { id: freedSlotId, practitionerId, offeredTo } = slot;
            const times = {
              startsAt: new Date(slot.startsAt).toISOString(),
              endsAt: new Date(slot.endsAt).toISOString(),
            };
            const payload = { freedSlotId, turn: offeredTo.length, practitionerId, ...times };
            const next = nextOf(world, slot, time);
            const id = idOf(`turn ${freedSlotId} ${offeredTo.length}`);
            run(world, { id, callerId: timekeeper.id, time, kind: 'waitlist.offer', payload });
            const after = world.freedSlots.get(freedSlotId);
            expect(after?.offeredTo).toEqual(next === undefined ? offeredTo : [...offeredTo, next]);
            expect(after?.status).toBe(next === undefined ? 'closed' : 'open');
            heard.add(next === undefined ? 'closed' : `turn ${offeredTo.length}`);
          }
          expect(collisions(world, time)).toEqual([]);
        });
        for (const { status } of world.waitlistEntries.values()) heard.add(status);
      }),
      parameters,
    );

  judge({ numRuns: 300 });
  // What has to have happened is asked of the same histories every time.
  heard.clear();
  judge({ numRuns: 300, seed: 1 });
  const expected = ['turn 0', 'turn 1', 'closed', 'decline applied', 'leave applied', 'join already_waiting'];
  expect([...heard]).toEqual(expect.arrayContaining([...expected, 'waiting', 'left', 'fulfilled', 'book slot_taken']));
});
