import { fact, type Letter } from '../letter.ts';
import type { MailInput, OfferFacts } from '../mail-input.ts';
import { lengthWorded, spanWorded, startWorded } from '../wording.ts';

export function waitlistOffered(
  { practitionerName, sessionType, startsAt, endsAt, expiresAt }: OfferFacts,
  { recipient: { timeZone } }: MailInput,
): Letter {
  return {
    opening: `A session with ${practitionerName} that you wait for has become free. It is kept for you for a while.`,
    facts: [
      ...fact('When', spanWorded(startsAt, endsAt, timeZone)),
      ...fact('Length', lengthWorded(startsAt, endsAt)),
      ...fact('Practitioner', practitionerName),
      ...fact('Type', sessionType),
      ...fact('Kept until', startWorded(expiresAt, timeZone)),
    ],
    closing: 'Book it before then, or decline it, so that the next one in line hears of it.',
  };
}
