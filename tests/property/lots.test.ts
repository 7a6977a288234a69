import { expect, it } from 'vitest';
import { applied } from '../../shared/domain/decision.ts';
import type { Footprint } from '../../shared/domain/footprint.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { lotIdOf } from '../../shared/domain/ids.ts';
import { lotsFor, spendableOf } from '../../shared/domain/ledger.ts';
import { changeCost, lotsAtCost, payAtBooking, settleBooking } from '../../shared/domain/settlement.ts';
import { type Booking, lookup } from '../../shared/domain/state.ts';
import { decideBatch } from '../../shared/operations/decide-batch.ts';
import type { Prepared } from '../../shared/operations/define.ts';
import { kindsByName, operations } from '../../shared/operations/registry.ts';
import { aBooking, aPerson, clara, hourMs, idOf } from '../support/builders.ts';
import { type Chance, chanceOf, printedSeed } from '../support/chance.ts';
import { aWorld, load, type World, write } from '../support/world.ts';
import { violationsOf } from './invariants.ts';
import {
  type Credit,
  creditsOf,
  expire,
  openLot,
  receive,
  renewed,
  spendable,
  take,
  takeBack,
  undated,
} from './naive-credits.ts';
import { renew } from './naive-payments.ts';
import { aNaiveModel, type NaiveModel } from './naive-state.ts';

/*
 * One account through thousands of random grants, spends, changes of price, refunds, holds, expiries, voids and steps
 * of the clock, against a model in which every credit is a thing of its own. After each, what can be spent and what of
 * it ends when must be the same.
 */

const stepsPerRun = 10_000;
const kinds = kindsByName(operations);

interface Purchase {
  readonly id: Uuid;
  readonly paid: Credit[];
}

interface Run {
  readonly chance: Chance;
  readonly world: World;
  readonly model: NaiveModel;
  readonly purchases: Purchase[];
  readonly gifts: Uuid[];
  at: number;
}

function carryOut({ world, at }: Run, id: Uuid, footprint: Footprint, decide: Prepared['decide']): void {
  const prepared = { id, at, footprint, decide };
  write(world, decideBatch(load(world, [footprint]), [prepared]).changes);
}

function submit({ world, at }: Run, id: Uuid, kind: string, payload: object): unknown {
  const prepared = kinds
    .get(kind)
    ?.prepare({ id, at, caller: { id: clara, roles: ['admin'] }, userId: clara, payload });
  if (prepared === undefined) throw new Error(`no kind ${kind}`);
  const { decided, changes } = decideBatch(load(world, [prepared.footprint]), [prepared]);
  write(world, changes);
  const [first] = decided;
  return first?.decision.status === 'applied' ? first.decision.outcome : first?.decision.rejection.code;
}
function grant(run: Run, id: Uuid): string {
  const { chance, model, at } = run;
  const amount = chance.whole(1, 6);
  const isDated = chance.whole(1, 4) > 1;
  // Rounded, so that many end together.
  const expiresAt = (Math.floor(at / hourMs) + chance.whole(1, 30)) * hourMs;
  const ends = isDated ? { expiresAt: new Date(expiresAt).toISOString() } : {};
  submit(run, id, 'credits.allocate', { userId: clara, amount, source: 'bonus', ...ends });
  const lot = isDated ? openLot(model, lotIdOf(id, 0), clara, expiresAt) : null;
  receive(
    model,
    clara,
    undated(amount).map(() => ({ lot })),
  );
  model.gifts.push({ id, to: clara, amount, voided: false });
  run.gifts.push(id);
  return isDated ? 'dated grant' : 'grant';
}

function spend(run: Run, id: Uuid): string {
  const { chance, world, model, at } = run;
  const cost = chance.whole(1, 12);
  const footprint = { accounts: [clara], people: [clara] };
  expect(spendableOf({ ...load(world, [footprint]), at }, clara)).toBe(spendable(model, clara, at).length);
  if (spendable(model, clara, at).length < cost) return 'nothing to spend';

  const settlement = chance.oneOf(['at_booking', 'on_completion'] as const) ?? 'at_booking';
  carryOut(run, id, footprint, (state) => {
    const lots = lotsFor(state, clara, cost);
    const booking = aBooking({ id, creditCost: cost, settlement, lots });
    return applied({}, [{ type: 'booking-created', booking }, ...payAtBooking(state, booking)]);
  });
  run.purchases.push({ id, paid: take(model, clara, cost, at) });
  return settlement === 'at_booking' ? 'spend' : 'hold';
}

function refund(run: Run, id: Uuid): string {
  const { chance, model, purchases } = run;
  const purchase = chance.oneOf(purchases.slice(-8));
  if (purchase === undefined) return 'nothing to do';
  purchases.splice(purchases.indexOf(purchase), 1);
  const amount = chance.whole(0, purchase.paid.length);
  carryOut(run, id, { bookings: [purchase.id] }, (state) => {
    const booking = bookingOf(lookup(state.bookings, purchase.id));
    const cancellation = { by: 'client', reason: null, at: state.at } as const;
    const cancelled = { bookingId: purchase.id, refundedCredits: amount, cancellation };
    return applied({}, [...settleBooking(state, booking, amount), { type: 'booking-cancelled', ...cancelled }]);
  });
  receive(model, clara, comingBack(run, id, purchase.paid, amount));
  return 'refund';
}

function changePrice(run: Run, id: Uuid): string {
  const { chance, world, model, at } = run;
  const purchase = chance.oneOf(run.purchases.slice(-8));
  if (purchase === undefined) return 'nothing to do';
  const before = purchase.paid.length;
  const cost = chance.whole(0, 14);
  if (cost - before > spendable(model, clara, at).length) return 'nothing to spend';

  carryOut(run, id, { bookings: [purchase.id] }, (state) => {
    const booking = bookingOf(lookup(state.bookings, purchase.id));
    const { startsAt, endsAt, bufferedUntil } = booking;
    const moved = { bookingId: purchase.id, startsAt, endsAt, bufferedUntil, creditCost: cost, at: state.at };
    const lots = lotsAtCost(state, booking, cost);
    return applied({}, [...changeCost(state, booking, cost), { type: 'booking-rescheduled', ...moved, lots }]);
  });
  if (cost > before) purchase.paid.push(...take(model, clara, cost - before, at));
  else receive(model, clara, comingBack(run, id, purchase.paid, before - cost));
  expect(world.bookings.get(purchase.id)?.creditCost).toBe(cost);
  return cost > before ? 'dearer' : 'cheaper';
}

/** First what has no end, then what was taken last. */
function comingBack({ model, at }: Run, id: Uuid, paid: Credit[], amount: number): Credit[] {
  const back = Array.from({ length: amount }, () => {
    const position = paid.findIndex(({ lot }) => lot === null);
    return paid.splice(position === -1 ? paid.length - 1 : position, 1);
  }).flat();
  return renewed(model, id, at, clara, back);
}

function letExpire(run: Run, id: Uuid): string {
  const { chance, model, at } = run;
  const lotId = chance.oneOf([...run.world.lots.keys()].slice(-30));
  if (lotId === undefined) return 'nothing to do';
  const told = submit(run, id, 'credits.expire', { accountId: clara, lotId });
  expect(told).toEqual(expire(model, at, clara, lotId));
  return 'expiry';
}

/** A period of a subscription, of whose earlier ones only so much rolls over. */
function renewPeriod(run: Run, id: Uuid): string {
  const { chance, model, at } = run;
  const period = { userId: clara, credits: chance.whole(1, 6), pot: chance.oneOf(['one', 'other']) ?? 'one' };
  const limit = chance.whole(1, 3) === 1 ? {} : { rolloverMax: chance.whole(0, 5) };
  const ends = chance.whole(1, 2) === 1 ? {} : { expiresAt: new Date(at + chance.whole(1, 30) * hourMs).toISOString() };
  const fixed = { type: 'subscription_allocation', purchaseId: idOf('purchase'), part: 0, description: 'Gold' };
  const { transfers, accounts } = run.world;
  const earlier = transfers.length;
  const told = submit(run, id, 'subscription.allocate', { ...period, ...limit, ...ends, ...fixed });
  const expected = renew(model, id, at, { ...period, ...limit, ...ends });
  const balanceAfter = creditsOf(model, clara).length + (accounts.get(clara)?.held ?? 0);
  expect(told).toEqual(typeof expected === 'string' ? expected : { ...expected, balanceAfter });
  return transfers.slice(earlier).some(({ debitType }) => debitType === 'expiry') ? 'not rolled over' : 'renewal';
}

function takeGiftBack(run: Run, id: Uuid): string {
  const allocationId = run.chance.oneOf(run.gifts.slice(-20));
  if (allocationId === undefined) return 'nothing to do';
  const told = submit(run, id, 'credits.void', { allocationId, userId: clara });
  const expected = takeBack(run.model, allocationId, clara);
  const held = run.world.accounts.get(clara)?.held ?? 0;
  // What is held is not among the model's credits, but it is part of the balance.
  if (typeof expected === 'string') expect(told).toBe(expected);
  else expect(told).toEqual({ ...expected, balanceAfter: creditsOf(run.model, clara).length + held });
  return 'void';
}

function bookingOf(booking: Booking | null): Booking {
  if (booking === null) throw new Error('the booking is gone');
  return booking;
}

const deeds = [grant, grant, spend, spend, spend, refund, refund, changePrice, letExpire, takeGiftBack, renewPeriod];

it(`agrees with the model after each of ${stepsPerRun} random steps`, () => {
  const world = aWorld({ people: [aPerson()] });
  const model = { ...aNaiveModel(), people: [aPerson()] };
  const chance = chanceOf(printedSeed());
  /** What happened. */
  const seen = new Set<string>();
  const run: Run = { chance, world, model, purchases: [], gifts: [], at: Date.UTC(2026, 0, 1) };
  for (let step = 0; step < stepsPerRun; step += 1) {
    if (chance.whole(1, 3) === 1) run.at += chance.whole(0, 90) * 60_000;
    seen.add(chance.oneOf(deeds)?.(run, idOf(`step/${step}`)) ?? '');

    const { balance, held } = world.accounts.get(clara) ?? { balance: 0, held: 0 };
    const credits = creditsOf(model, clara);
    const ends = credits.flatMap(({ lot }) => (lot === null ? [] : [lot.until])).sort();
    const lots = [...world.lots.values()].filter(({ remaining }) => remaining > 0);
    const dated = lots.flatMap(({ remaining, expiresAt }) => Array<number>(remaining).fill(expiresAt)).sort();
    expect({ step, spendable: balance - held, ends: dated }).toEqual({ step, spendable: credits.length, ends });
  }
  const everything =
    'cheaper,dated grant,dearer,expiry,grant,hold,not rolled over,nothing to spend,refund,renewal,spend,void'.split(
      ',',
    );
  expect([...seen]).toEqual(expect.arrayContaining(everything));
  expect(violationsOf(world, run.at).filter((line) => line.includes('lot') || line.includes('transfers sum'))).toEqual(
    [],
  );
});
