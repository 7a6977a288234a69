import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZodError } from 'zod';
import { roles } from '../../shared/contract/roles.ts';
import type { Footprint } from '../../shared/domain/footprint.ts';
import type { State } from '../../shared/domain/state.ts';
import { DeferredError, decideBatch, isAwaiting } from '../../shared/operations/decide-batch.ts';
import type { Caller, OperationKind, Prepared, Submitted } from '../../shared/operations/define.ts';
import { operations } from '../../shared/operations/registry.ts';
import { idOf } from '../support/builders.ts';
import { load, type World } from '../support/world.ts';
import { payloadsByKind } from './payloads.ts';
import { anyTime, anyWorld, pool } from './worlds.ts';

/*
 * What every registered kind keeps to, whatever it does. A new kind needs a line in `payloads.ts` and nothing here.
 */

const runs = { numRuns: 300 };

/** What waits for the card network once it is applied. */
const finishedLater = ['checkout.create', 'order.refund'];

it('knows payloads of every registered kind, and of no other', () => {
  expect(Object.keys(payloadsByKind).sort()).toEqual(operations.map(({ kind }) => kind).sort());
});

const reduced = operations
  .filter(({ canBeReduced }) => canBeReduced === true)
  .map((kind) => ({ ...kind, prepare: (submitted: Submitted) => kind.prepare(submitted, true) }));

describe.each([
  ...operations.map((kind) => [kind.kind, kind] as const),
  ...reduced.map((kind) => [`${kind.kind}, reduced`, kind] as const),
])('%s', (_name, kind) => {
  it('is pure: it changes nothing that it is given, and answers the same twice', () => {
    holds(kind, (world, submitted) => {
      const { footprint, decide } = kind.prepare(frozen(submitted));
      const state = frozenState(load(world, [footprint]));
      expect(decide(state)).toEqual(decide(state));
      expect(kind.prepare(submitted)).toMatchObject({ id: submitted.id, footprint });
    });
  });

  it('reads only its footprint: with all there is to know it decides the same', () => {
    holds(kind, (world, submitted) => {
      const { footprint, decide } = kind.prepare(submitted);
      const everything = load(world, [footprint, theWhole(world)]);
      expect(decide(load(world, [footprint]))).toEqual(decide(everything));
    });
  });

  it('is total: its effects can be carried out, and its answer is one that it announces', () => {
    holds(kind, (world, submitted) => {
      const prepared = kind.prepare(submitted);
      const decide = () => decideBatch(load(world, [prepared.footprint]), [prepared]).decided;
      if (isPutOff(prepared, world)) {
        expect(decide).toThrow(DeferredError);
        return;
      }
      for (const one of decide()) {
        const { decision } = one;
        if (decision.status === 'rejected') {
          const { code, message, details } = decision.rejection;
          expect(kind.rejections).toContain(code);
          expect(message).not.toBe('');
          expect(JSON.parse(JSON.stringify(details))).toEqual(details);
        } else {
          // What can be told meanwhile is not the outcome yet.
          if (isAwaiting(one)) expect(kind.kind).toBeOneOf(finishedLater);
          else expect(kind.outcome.strict().parse(decision.outcome)).toEqual(decision.outcome);
          expect(JSON.parse(JSON.stringify(decision.outcome))).toEqual(decision.outcome);
        }
      }
    });
  });

  it('keeps its payload and its lane through storage', () => {
    holds(kind, (world, submitted) => {
      const stored = kind.submit(submitted.caller, submitted.payload);
      const read: unknown = JSON.parse(JSON.stringify(stored.payload));
      expect(kind.submit(submitted.caller, read)).toEqual(stored);

      const [now, later] = [kind.prepare(submitted), kind.prepare({ ...submitted, payload: read })];
      expect(later.footprint).toEqual(now.footprint);
      expect(later.decide(load(world, [later.footprint]))).toEqual(now.decide(load(world, [now.footprint])));
    });
  });

  it('refuses whatever else it is given with a ZodError', () => {
    const caller = { id: idOf('ann'), roles: [] };
    fc.assert(
      fc.property(fc.anything(), (payload) => {
        expect(() => kind.submit(caller, payload)).toThrow(ZodError);
      }),
      runs,
    );
  });
});

/** Checks a law on arbitrary tables, callers and payloads of the kind. */
function holds(kind: OperationKind, law: (world: World, submitted: Submitted) => void): void {
  const payloads = payloadsByKind[kind.kind];
  if (payloads === undefined) throw new Error(`no payloads of ${kind.kind}`);
  const caller: fc.Arbitrary<Caller> = fc.record({
    id: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...pool.people) }, fc.uuid()),
    roles: fc.subarray([...roles]),
  });
  const submitted = fc
    .record({ caller, at: anyTime, payload: payloads(pool) })
    .map((fields) => ({ id: idOf('operation'), userId: fields.caller.id, ...fields }));
  fc.assert(fc.property(anyWorld, submitted, law), runs);
}

/** Whether it cannot be applied now, which is for a person to see. */
function isPutOff({ at, footprint, decide }: Prepared, world: World): boolean {
  const state = load(world, [footprint]);
  state.at = at;
  return decide(state).status === 'deferred';
}

/** A footprint that names every row. */
function theWhole(world: World): Footprint {
  const { people, accounts, bookings, slotHolds, waitlistEntries, freedSlots, partners, members } = world;
  const everybody = [...new Set([...people.keys(), ...accounts.keys(), ...pool.people])];
  const always = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  return {
    people: everybody,
    accounts: everybody,
    bookings: [...bookings.keys()],
    calendars: everybody.map((personId) => ({ personId, ...always })),
    slotHolds: [...slotHolds.keys()],
    waitlistEntries: [...waitlistEntries.keys()],
    freedSlots: [...freedSlots.keys()],
    partners: [...partners.keys()],
    ownPartners: everybody,
    members: [...members.keys()],
    vendors: [...world.vendors.keys()],
    products: [...world.products.keys()],
    orders: [...world.orders.keys()],
    points: everybody.flatMap((customerId) => [...world.vendors.keys()].map((vendorId) => ({ customerId, vendorId }))),
  };
}

/** The same state, in which every attempt to write throws. */
function frozenState({ settings, at, people, accounts, bookings, calendars, ...others }: State): State {
  return {
    settings,
    at,
    people: frozenMap(people),
    accounts: frozenMap(accounts),
    lots: frozenMap(others.lots),
    allocations: frozenMap(others.allocations),
    bookings: frozenMap(bookings),
    calendars: frozenMap(calendars),
    slotHolds: frozenMap(others.slotHolds),
    waitlistEntries: frozenMap(others.waitlistEntries),
    freedSlots: frozenMap(others.freedSlots),
    partners: frozenMap(others.partners),
    ownPartners: frozenMap(others.ownPartners),
    members: frozenMap(others.members),
    uploads: frozenMap(others.uploads),
    vendors: frozenMap(others.vendors),
    products: frozenMap(others.products),
    orders: frozenMap(others.orders),
    loyaltyHistories: frozenMap(others.loyaltyHistories),
    overdueHolds: frozenMap(others.overdueHolds),
  };
}

function frozenMap<Key, Value>(map: ReadonlyMap<Key, Value>): ReadonlyMap<Key, Value> {
  const refuse = () => {
    throw new Error('a decider wrote to its state');
  };
  for (const value of map.values()) frozen(value);
  return Object.assign(new Map(map), { set: refuse, delete: refuse, clear: refuse });
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
}
