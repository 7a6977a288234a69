import type { CreditFacts, MailInput, SessionFacts } from '../../workers/mail/mail-input.ts';
import { idOf } from './builders.ts';

/** A session as its client is told about it: by a colleague of Berlin, in winter. */
export function sessionFacts(facts: Partial<SessionFacts> = {}): SessionFacts {
  return {
    bookingId: idOf('session'),
    role: 'client',
    otherName: 'Bob Baker',
    peer: false,
    startsAt: Date.parse('2026-11-27T13:00:00Z'),
    endsAt: Date.parse('2026-11-27T13:50:00Z'),
    sessionType: 'massage',
    creditCost: 10,
    refundedCredits: 0,
    revision: 0,
    settlement: 'at_booking',
    cancelledBy: null,
    reason: null,
    notes: null,
    roomUrl: null,
    ...facts,
  };
}

export function creditFacts(facts: Partial<CreditFacts> = {}): CreditFacts {
  return { amount: 20, source: 'bonus', note: null, ...facts };
}

export function mailInput(input: Partial<MailInput> = {}): MailInput {
  return {
    type: 'booking_confirmed_client',
    recipient: { firstName: 'Ann', lastName: 'Ames', email: 'ann@example.test', timeZone: 'Europe/Berlin' },
    session: sessionFacts(),
    credits: null,
    offer: null,
    order: null,
    from: 'Counterfoil <no-reply@counterfoil.test>',
    at: Date.parse('2026-11-20T08:00:00Z'),
    ...input,
  };
}
