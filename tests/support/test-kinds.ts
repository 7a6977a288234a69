import { z } from 'zod';
import { house } from '../../shared/domain/accounts.ts';
import { applied } from '../../shared/domain/decision.ts';
import { post } from '../../shared/domain/ledger.ts';
import { defineOperation, type OperationKind } from '../../shared/operations/define.ts';
import { operations } from '../../shared/operations/registry.ts';

/**
 * A kind with a bug: until the given instant its decider throws, or takes the whole process with it; from then on it
 * gives the caller one credit, so that it can be counted how often it was applied. An operation counts at the time of
 * its acceptance and, when a person has it applied again, at that time: the cause goes away without anybody's clock.
 */
export const faulty = defineOperation({
  kind: 'test.faulty',
  queue: 'booking',
  path: '/v1/test/faulty',
  summary: 'Fail',
  description: 'Fails until an instant, then gives one credit.',
  payload: z.strictObject({ how: z.enum(['throws', 'kills']), until: z.number() }),
  outcome: z.object({}),
  rejections: [],
  laneOf: (caller) => caller.id,
  footprint: ({ caller }) => ({ people: [caller.id], accounts: [caller.id] }),
  decide: (state, { caller, at, payload: { how, until } }) => {
    if (at < until) {
      if (how === 'kills') process.kill(process.pid, 'SIGKILL');
      throw new Error('a bug in this kind');
    }
    const credit = {
      debitType: 'bonus',
      creditType: 'bonus',
      source: 'bonus',
      reference: null,
      description: null,
    } as const;
    return applied({}, post(state, [{ ...credit, debit: house.issued, credit: caller.id, amount: 1 }]));
  },
});

/** What workers of a test know: the real kinds and the faulty one. */
export const testKinds: readonly OperationKind[] = [...operations, faulty];
