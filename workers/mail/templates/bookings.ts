import { fact } from '../letter.ts';
import { creditsWorded } from '../wording.ts';
import { appointment, cancellationWorded, preparation, price, refund, type SessionTemplate } from './session-facts.ts';

/* The letters about sessions as such. The last three are written to both parties, also of peer sessions. */

export const bookingConfirmedClient: SessionTemplate = (session, input) => ({
  opening: `Your session with ${session.otherName} is booked.`,
  facts: [...appointment(session, input), ...price(session), ...preparation(session)],
  closing: 'The attached entry puts it into your calendar.',
});

export const bookingConfirmedPractitioner: SessionTemplate = (session, input) => ({
  opening: `${session.otherName} has booked a session with you.`,
  facts: [...appointment(session, input), ...price(session), ...preparation(session)],
  closing: 'The attached entry puts it into your calendar.',
});

export const bookingCancelled: SessionTemplate = (session, input) => ({
  opening: cancellationWorded(session, kindOf(session)),
  facts: [...appointment(session, input), ...refund(session), ...fact('Reason', session.reason)],
  closing:
    session.role === 'client' && session.refundedCredits > 0
      ? `${creditsWorded(session.refundedCredits)} went back to your balance. The attached entry takes the session out of your calendar.`
      : 'The attached entry takes the session out of your calendar.',
});

export const bookingRescheduled: SessionTemplate = (session, input) => ({
  opening: `Your ${kindOf(session)} with ${session.otherName} has moved to another time.`,
  facts: [...appointment(session, input), ...price(session), ...preparation(session)],
  closing: 'The attached entry moves it in your calendar, too.',
});

export const bookingReminder: SessionTemplate = (session, input) => ({
  opening: `Your ${kindOf(session)} with ${session.otherName} is coming up.`,
  facts: [...appointment(session, input), ...preparation(session)],
  closing: null,
});

function kindOf({ peer }: { readonly peer: boolean }): string {
  return peer ? 'peer session' : 'session';
}
