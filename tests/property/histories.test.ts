import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rejectionCodes } from '../../shared/contract/rejections.ts';
import type { Decision } from '../../shared/domain/decision.ts';
import type { Effect } from '../../shared/domain/effects.ts';
import { decideBatch } from '../../shared/operations/decide-batch.ts';
import { kindsByName, operations } from '../../shared/operations/registry.ts';
import { codeOf } from '../support/builders.ts';
import { aWorld, load, type World, write } from '../support/world.ts';
import { aHistory } from './histories.ts';
import { accountIds, sponsored, sponsors } from './history-cast.ts';
import type { Circumstance, Operation, Step } from './history-steps.ts';
import { violationsOf } from './invariants.ts';
import { balanceOf } from './naive-credits.ts';
import { type Answer, perform } from './naive-model.ts';
import { aNaiveModel, changeDirectory, type NaiveModel } from './naive-state.ts';

const kinds = kindsByName(operations);

/** Who is there before anything happens. */
const sponsoring = { partners: sponsors, members: sponsored };

/** Shops share nothing with what histories tell, and have a model of their own: checkout.test.ts. */
const familiesOfShops = ['checkout.', 'loyalty.', 'order.', 'refund.', 'points.'];
const codesOfShops = [
  'vendor_not_found',
  'product_not_found',
  'out_of_stock',
  'insufficient_points',
  'points_exceed_total',
  'payment_failed',
  'order_not_found',
  'not_refundable',
];

function prepare({ kind, submitted }: Operation) {
  const found = kinds.get(kind);
  if (found === undefined) throw new Error(`no kind ${kind}`);
  return found.prepare(submitted);
}

/** Whether it is no operation; then it happens. */
function happens(world: World, step: Step): step is Circumstance {
  if ('kind' in step) return false;
  if ('directory' in step) world.people.set(step.directory.id, step.directory);
  else world.settings = { ...world.settings, peerSettlement: step.settles };
  return true;
}

/** Loads, decides and writes some steps as one batch. */
function runBatch(world: World, steps: readonly Operation[]): Decision[] {
  const prepared = steps.map(prepare);
  const state = load(
    world,
    prepared.map(({ footprint }) => footprint),
  );
  const { decided, changes } = decideBatch(state, prepared);
  write(world, changes);
  return decided.map(({ decision }) => decision);
}

/** The operations at the beginning, `max` at most: the settings stay as they are while a batch is decided. */
function firstBatch(steps: readonly Step[], max: number): readonly Operation[] {
  const end = steps.findIndex((step) => !('kind' in step));
  const operations = steps.slice(0, end === -1 ? max : Math.min(end, max)).filter((step) => 'kind' in step);
  return withoutMovesOfItsOwn(operations);
}

/** As workers do it, a batch ends before the move of a booking that it makes itself: whose calendars that takes is not known yet. */
function withoutMovesOfItsOwn(batch: readonly Operation[]): readonly Operation[] {
  const made = new Set<string>();
  const end = batch.findIndex(({ kind, submitted }) => {
    made.add(submitted.id);
    return kind === 'booking.reschedule' && made.has(submitted.payload.bookingId);
  });
  return end === -1 ? batch : batch.slice(0, end);
}

it('gives the answers and the balances of the naive model, and keeps every invariant, after every step', () => {
  fc.assert(
    fc.property(aHistory({ withDirectoryChanges: true }), (history) => {
      const world = aWorld(sponsoring);
      const model = aNaiveModel();
      for (const step of history) {
        if (happens(world, step)) {
          if ('directory' in step) changeDirectory(model, step.directory);
          else model.settles = step.settles;
          continue;
        }
        const [decision] = runBatch(world, [step]);
        expect(decision && answerOf(decision)).toEqual(perform(model, step));
        expect(accountsOf(world)).toEqual(accountsIn(model));
        expect(violationsOf(world, step.submitted.at)).toEqual([]);
      }
      expect(sessionsOf(world)).toEqual(sessionsIn(model));
      expect(holdsOf(world)).toEqual(model.keeps.map(({ id }) => id));
    }),
    { numRuns: 200 },
  );
});

it('decides a batch of n as it decides n batches of one', () => {
  const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 12 }));
  fc.assert(
    fc.property(aHistory({ withDirectoryChanges: false }), cuts, (history, sizes) => {
      const people = history.flatMap((step) => ('directory' in step ? [step.directory] : []));
      const steps = history.filter((step) => !('directory' in step));
      const [oneByOne, inBatches] = [aWorld({ people, ...sponsoring }), aWorld({ people, ...sponsoring })];

      const singly = steps.flatMap((step) => (happens(oneByOne, step) ? [] : runBatch(oneByOne, [step])));
      const together: Decision[] = [];
      let done = 0;
      for (const size of sizes) {
        const next = steps[done];
        if (next === undefined) break;
        if (happens(inBatches, next)) {
          done += 1;
          continue;
        }
        const batch = firstBatch(steps.slice(done), size);
        together.push(...runBatch(inBatches, batch));
        done += batch.length;
      }

      expect(together).toEqual(singly);
      expect(inBatches.transfers).toEqual(oneByOne.transfers);
      expect(inBatches.accounts).toEqual(oneByOne.accounts);
      expect(inBatches.holds).toEqual(oneByOne.holds);
      expect(inBatches.bookings).toEqual(oneByOne.bookings);
      expect(inBatches.slotHolds).toEqual(oneByOne.slotHolds);
      expect(inBatches.partners).toEqual(oneByOne.partners);
      expect(inBatches.members).toEqual(oneByOne.members);
      expect(inBatches.lots).toEqual(oneByOne.lots);
    }),
    { numRuns: 200 },
  );
});

it('is tried on histories in which everything happens', () => {
  const heard = new Set<string>();
  for (const history of fc.sample(aHistory({ withDirectoryChanges: true }), { seed: 1, numRuns: 400 })) {
    const world = aWorld(sponsoring);
    for (const step of history) {
      if (happens(world, step)) continue;
      for (const decision of runBatch(world, [step])) {
        const code = codeOf(decision);
        heard.add(code === 'applied' ? step.kind : code);
        if (decision.status === 'applied' && step.kind === 'partner.expire') {
          for (const end of endsOf(decision.effects, world)) heard.add(end);
        }
        for (const effect of decision.status === 'applied' ? decision.effects : []) {
          if (effect.type === 'hold-ended') heard.add(`hold: ${effect.as}`);
          else if (effect.type.startsWith('hold-')) heard.add(effect.type);
        }
      }
    }
    for (const { type, debtor } of world.transfers.map(({ debitType: type, debtor }) => ({ type, debtor }))) {
      if (debtor !== null) heard.add(`debt: ${type}`);
    }
  }
  // The waitlist is driven by a schedule, which histories have not: waitlist.test.ts tells its own.
  const elsewhere = new Set<string>(['already_waiting', 'entry_not_found', 'upload_not_found', ...codesOfShops]);
  // Rows of a file are decided as assignments are; what is peculiar to files has tests of its own.
  const kindNames = operations
    .map(({ kind }) => kind)
    .filter((kind) => !kind.startsWith('waitlist.') && kind !== 'partner.import')
    .filter((kind) => !familiesOfShops.some((family) => kind.startsWith(family)));
  const codes = rejectionCodes.filter((code) => !elsewhere.has(code));
  const debts = ['debt: session_refund_reversal', 'debt: clawback', 'debt: debt_repayment'];
  const ends = ['lot', 'waiting', 'renewed lot'].flatMap((what) =>
    ['partner_return', 'expiry'].map((how) => `${what}: ${how}`),
  );
  const holds = ['hold-placed', 'hold-resized', 'hold: captured', 'hold: released'];
  expect([...heard].sort()).toEqual([...codes, ...kindNames, ...debts, ...ends, ...holds].sort());
});

/** What assigned credits were in that have ended, and where they went. */
function endsOf(effects: readonly Effect[], { lots }: World): string[] {
  return effects.flatMap((effect) => {
    if (effect.type !== 'transfer-posted') return [];
    const { takes = [], creditType } = effect.transfer;
    const [lot] = takes.map(({ lotId }) => lots.get(lotId));
    if (lot === undefined) return [`waiting: ${creditType}`];
    return [`${lot.id === lot.originId ? 'lot' : 'renewed lot'}: ${creditType}`];
  });
}

function answerOf(decision: Decision): Answer {
  return decision.status === 'rejected' ? { code: decision.rejection.code } : { outcome: decision.outcome };
}

function accountsOf(world: World) {
  return accountIds.map((id) => {
    const { balance, held, debt } = world.accounts.get(id) ?? { balance: 0, held: 0, debt: 0 };
    const lots = [...world.lots.values()].filter(({ accountId }) => accountId === id);
    return {
      balance,
      held,
      debt,
      ends: lots.flatMap(({ remaining, expiresAt }) => Array(remaining).fill(expiresAt)).sort(),
    };
  });
}

function accountsIn(model: NaiveModel) {
  return accountIds.map((id) => {
    const credits = model.credits[id] ?? [];
    const ends = credits.flatMap(({ lot }) => (lot === null ? [] : [lot.until])).sort();
    return { balance: balanceOf(model, id), held: model.held[id] ?? 0, debt: model.debt[id] ?? 0, ends };
  });
}

function sessionsOf(world: World) {
  return [...world.bookings.values()].map(({ id, status, refundedCredits }) => [id, status, refundedCredits]);
}

function holdsOf(world: World) {
  return [...world.slotHolds.values()].filter(({ status }) => status === 'live').map(({ id }) => id);
}

function sessionsIn(model: NaiveModel) {
  return model.sessions.map(({ id, cancelled, over, refunded }) => [
    id,
    cancelled ? 'cancelled' : (over ?? 'booked'),
    refunded,
  ]);
}
