import { describe, expect, it } from 'vitest';
import {
  aCommand,
  anAccount,
  aPerson,
  aPractitioner,
  clara,
  eleven,
  idOf,
  minuteMs,
  ten,
  theo,
} from '../../../tests/support/builders.ts';
import { answer, massage, rows, withPractice } from '../../../tests/support/massage.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { house } from '../../domain/accounts.ts';
import { decide, footprint } from './booking-create.ts';

describe('an accepted booking', () => {
  it('of a client pays the house', () => {
    const policy = { freeUntilHours: 24, lateRefundPercent: 50 };
    const practice = { timeZone: 'Asia/Tokyo', bufferMinutes: 15, cancellationPolicy: policy };
    expect(answer(withPractice(practice), { notes: 'left knee' })).toEqual({
      status: 'applied',
      outcome: {
        bookingId: idOf('operation'),
        peer: false,
        creditCost: 10,
        balanceBefore: 100,
        balanceAfter: 90,
        startsAt: '2026-06-01T10:00:00.000Z',
        endsAt: '2026-06-01T11:00:00.000Z',
      },
      effects: [
        {
          type: 'booking-created',
          booking: {
            id: idOf('operation'),
            clientId: clara,
            practitionerId: theo,
            peer: false,
            status: 'booked',
            startsAt: ten,
            endsAt: eleven,
            bufferedUntil: eleven + 15 * minuteMs,
            timeZone: 'Asia/Tokyo',
            sessionType: 'massage',
            creditCost: 10,
            refundedCredits: 0,
            cancellationPolicy: policy,
            notes: 'left knee',
            cancellation: null,
            settlement: 'at_booking',
            noShow: null,
            revision: 0,
            firstStartsAt: ten,
            movedAt: null,
            lots: [],
          },
        },
        {
          type: 'transfer-posted',
          transfer: {
            debit: clara,
            credit: house.revenue,
            amount: 10,
            debitType: 'session_payment',
            creditType: 'session_earning',
            source: 'booking',
            reference: { type: 'booking', id: idOf('operation') },
            description: 'massage',
            debtor: null,
            takes: [],
          },
        },
      ],
    });
  });

  /** What moves when Clara, who has a practice, books with Theo. */
  function peerAnswer(changes: Rows = {}) {
    const people = [aPractitioner({ id: clara }), aPractitioner()];
    const decision = answer({ people, ...changes });
    if (decision.status === 'rejected') throw new Error(decision.rejection.code);
    const moves = decision.effects.flatMap((effect) => (effect.type === 'transfer-posted' ? [effect.transfer] : []));
    return { outcome: decision.outcome, moves };
  }

  it('of a peer pays the practitioner', () => {
    const { outcome, moves } = peerAnswer();
    expect(outcome).toMatchObject({ peer: true, creditCost: 10, balanceBefore: 100, balanceAfter: 90 });
    expect(moves).toMatchObject([{ debit: clara, credit: theo, amount: 10, source: 'peer_booking', debtor: null }]);
  });

  it.each([
    [10, 10],
    [25, 10],
    [4, 4],
  ])("repays the earner's debt of %i first, with %i of 10", (debt, repaid) => {
    const { outcome, moves } = peerAnswer({ accounts: [anAccount(), anAccount({ id: theo, balance: 0, debt })] });
    expect(outcome).toMatchObject({ balanceAfter: 90 });
    expect(moves).toMatchObject([
      { debit: clara, credit: theo, amount: 10 },
      { debit: theo, credit: house.advances, amount: repaid, debitType: 'debt_repayment', debtor: theo },
    ]);
  });

  it.each([
    ['the role without a page', aPerson({ roles: ['practitioner'] })],
    ['a page without the role', aPractitioner({ id: clara, roles: ['client'] })],
  ])('is no peer booking with %s', (_case, client) => {
    const decision = answer({ people: [client, aPractitioner()] });
    expect(decision).toMatchObject({ status: 'applied', outcome: { peer: false } });
  });

  it('is no peer booking because the token says so', () => {
    const command = aCommand(massage, { caller: { id: clara, roles: ['practitioner'] } });
    expect(decide(aState(rows, footprint(command)), command)).toMatchObject({ outcome: { peer: false } });
  });

  it('may be free: nothing moves, not even without an account', () => {
    const prices = [{ sessionType: 'massage', durationMinutes: 60, credits: 0 }];
    const decision = answer({ ...withPractice({ prices }), accounts: [] });
    expect(decision).toMatchObject({
      outcome: { creditCost: 0, balanceBefore: 0, balanceAfter: 0 },
      effects: [{ type: 'booking-created', booking: { creditCost: 0, notes: null } }],
    });
  });

  it('reports the ledger balance, held credits included', () => {
    expect(answer({ accounts: [anAccount({ balance: 50, held: 40 })] })).toMatchObject({
      outcome: { balanceBefore: 50, balanceAfter: 40 },
    });
  });
});
