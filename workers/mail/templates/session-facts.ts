import { type Fact, fact, type Letter, link } from '../letter.ts';
import type { MailInput, SessionFacts } from '../mail-input.ts';
import { creditsWorded, lengthWorded, spanWorded } from '../wording.ts';

/** What mails of one type say about a session. */
export type SessionTemplate = (session: SessionFacts, input: MailInput) => Letter;

/** When, how long, with whom and what. */
export function appointment(session: SessionFacts, { recipient }: MailInput): Fact[] {
  const { startsAt, endsAt, otherName, sessionType, role, peer } = session;
  const other = role === 'client' ? 'Practitioner' : 'Client';
  return [
    ...fact('When', spanWorded(startsAt, endsAt, recipient.timeZone)),
    ...fact('Length', lengthWorded(startsAt, endsAt)),
    ...fact(peer ? 'Colleague' : other, otherName),
    ...fact('Type', sessionType),
  ];
}

/** What it costs, under a name that says for whom. */
export function price({ role, creditCost }: SessionFacts): Fact[] {
  return fact(role === 'client' ? 'Cost' : 'Price', creditsWorded(creditCost));
}

/** What the client wrote and where to meet. */
export function preparation({ notes, roomUrl }: SessionFacts): Fact[] {
  return [...fact('Notes', notes), ...link('Video room', roomUrl)];
}

/** "You have cancelled", "Ann Ames has cancelled", … the session that `what` names. */
export function cancellationWorded({ role, otherName, cancelledBy }: SessionFacts, what: string): string {
  if (cancelledBy === role) return `You have cancelled your ${what} with ${otherName}.`;
  if (cancelledBy === 'ops') return `Our team has cancelled your ${what} with ${otherName}.`;
  if (cancelledBy === null) return `Your ${what} with ${otherName} is cancelled.`;
  return `${otherName} has cancelled your ${what}.`;
}

/** What of the cost goes back to the client. */
export function refund({ role, creditCost, refundedCredits }: SessionFacts): Fact[] {
  const given = refundedCredits === 0 ? 'none' : `${creditsWorded(refundedCredits)} of ${creditsWorded(creditCost)}`;
  return fact(role === 'client' ? 'Refund' : 'Refund to the client', given);
}
