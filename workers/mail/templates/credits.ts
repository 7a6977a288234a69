import { fact, type Letter } from '../letter.ts';
import type { CreditFacts } from '../mail-input.ts';
import { creditsWorded } from '../wording.ts';

const sources: Readonly<Record<string, string>> = {
  bonus: 'Bonus',
  adjustment: 'Correction',
  purchase: 'Purchase',
  subscription: 'Subscription',
  subscription_allocation: 'Subscription',
};

export function creditsAllocated({ amount, source, note }: CreditFacts): Letter {
  const credits = creditsWorded(Math.abs(amount));
  return {
    opening: amount < 0 ? `We have taken ${credits} from your balance.` : `We have added ${credits} to your balance.`,
    facts: [...fact('Amount', credits), ...fact('Source', sources[source] ?? source), ...fact('Note', note)],
    closing: null,
  };
}
