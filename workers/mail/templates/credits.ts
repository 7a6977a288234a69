import { fact, type Letter } from '../letter.ts';
import type { CreditFacts, MailInput } from '../mail-input.ts';
import { creditsWorded, startWorded } from '../wording.ts';

const sources: Readonly<Record<string, string>> = {
  bonus: 'Bonus',
  adjustment: 'Correction',
  purchase: 'Purchase',
  subscription: 'Subscription',
  subscription_allocation: 'Subscription',
  dispute_won: 'A dispute that was won',
};

/** `source` is the partner's name. */
export function partnerCreditsAssigned({ amount, source, note }: CreditFacts): Letter {
  const credits = creditsWorded(amount);
  return {
    opening: `${source} has assigned you ${credits}.`,
    facts: [...fact('Amount', credits), ...fact('From', source), ...fact('Note', note)],
    closing: null,
  };
}

export function creditsAllocated({ amount, source, note }: CreditFacts): Letter {
  const credits = creditsWorded(Math.abs(amount));
  return {
    opening: amount < 0 ? `We have taken ${credits} from your balance.` : `We have added ${credits} to your balance.`,
    facts: [...fact('Amount', credits), ...fact('Source', sources[source] ?? source), ...fact('Note', note)],
    closing: null,
  };
}

export function creditsExpiring({ amount, expiresAt }: CreditFacts, { recipient }: MailInput): Letter {
  if (expiresAt === undefined) throw new Error('credits that expire need the instant');
  const credits = creditsWorded(amount);
  const end = `${startWorded(expiresAt, recipient.timeZone)} (${recipient.timeZone})`;
  return {
    opening: `${credits} of your balance will expire soon.`,
    facts: [...fact('Amount', credits), ...fact('Usable until', end)],
    closing: 'They are spent first with whatever you book until then.',
  };
}
