import { fact } from '../letter.ts';
import type { MailInput, SessionFacts } from '../mail-input.ts';
import { creditsWorded } from '../wording.ts';
import { appointment, cancellationWorded, preparation, price, refund, type SessionTemplate } from './session-facts.ts';

/* The letters about sessions between colleagues (001-32 to 001-37): they say where the credits of both are. */

export const peerBookingConfirmedClient: SessionTemplate = (session, input) => ({
  opening: `Your peer session with your colleague ${session.otherName} is booked.`,
  facts: [...appointment(session, input), ...price(session), ...preparation(session)],
  closing:
    session.settlement === 'at_booking'
      ? `Its cost has gone to ${session.otherName}. The attached entry puts the session into your calendar.`
      : `Its cost is set aside and goes to ${session.otherName} once the session is over. The attached entry puts the session into your calendar.`,
});

export const peerBookingConfirmedPractitioner: SessionTemplate = (session, input) => ({
  opening: `Your colleague ${session.otherName} has booked a peer session with you.`,
  facts: [...appointment(session, input), ...price(session), ...preparation(session)],
  closing:
    session.settlement === 'at_booking'
      ? 'Its price is in your balance. The attached entry puts the session into your calendar.'
      : 'Its price is set aside for you until the session is over. The attached entry puts the session into your calendar.',
});

export const peerCreditsDeducted: SessionTemplate = (session, input) => ({
  opening: isSetAside(session, input)
    ? `${creditsWorded(session.creditCost)} of your balance ${wasOrWere(session.creditCost)} set aside for your peer session with ${session.otherName}.`
    : `${creditsWorded(session.creditCost)} ${wasOrWere(session.creditCost)} taken from your balance for your peer session with ${session.otherName}.`,
  facts: [...appointment(session, input), ...price(session)],
  closing: null,
});

export const peerCreditsEarned: SessionTemplate = (session, input) => ({
  opening: isSetAside(session, input)
    ? `You earn ${creditsWorded(session.creditCost)} with your peer session with ${session.otherName} once it is over.`
    : `You have earned ${creditsWorded(session.creditCost)} with your peer session with ${session.otherName}.`,
  facts: [...appointment(session, input), ...price(session)],
  closing: null,
});

export const peerBookingCancelledRefunded: SessionTemplate = (session, input) => ({
  opening: cancellationWorded(session, 'peer session'),
  facts: [...appointment(session, input), ...refund(session), ...fact('Reason', session.reason)],
  closing: `${whereTheCreditsWent(session)} The attached entry takes the session out of your calendar.`,
});

/** Credits that are paid on completion wait until the session has begun at least: before that, nobody may complete it. */
function isSetAside({ settlement, startsAt }: SessionFacts, { at }: MailInput): boolean {
  return settlement === 'on_completion' && at < startsAt;
}

function whereTheCreditsWent({ role, otherName, creditCost, refundedCredits }: SessionFacts): string {
  const kept = creditCost - refundedCredits;
  if (role === 'client') {
    return `${creditsWorded(refundedCredits)} went back to your balance${kept === 0 ? '' : `, ${otherName} keeps ${creditsWorded(kept)}`}.`;
  }
  return `${creditsWorded(refundedCredits)} went back to ${otherName}${kept === 0 ? '' : `, you keep ${creditsWorded(kept)}`}.`;
}

function wasOrWere(count: number): string {
  return count === 1 ? 'was' : 'were';
}
