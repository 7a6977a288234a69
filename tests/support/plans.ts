import { putPlan } from '../../db/plans.ts';
import { idOf } from './builders.ts';
import { holdingsOf, type Marketplace } from './marketplace.ts';
import { creditsOfPrices } from './stripe-stories.ts';

/** The plans of the stories' prices. */
export async function addPlans({ app }: Pick<Marketplace, 'app'>): Promise<void> {
  for (const [stripePriceId, creditsPerPeriod] of Object.entries(creditsOfPrices)) {
    const drip = stripePriceId === 'price_yearly' ? ('monthly' as const) : null;
    const plan = {
      name: `Plan of ${stripePriceId}`,
      stripePriceId,
      creditsPerPeriod,
      expiresAfterDays: null,
      rolloverMax: null,
      drip,
    };
    await putPlan(app, idOf(stripePriceId), plan);
  }
}

/** What somebody has less what they owe; 0 without an account. */
export async function creditsOf(marketplace: Pick<Marketplace, 'owner'>, userId: string): Promise<number> {
  const holdings = await holdingsOf(marketplace, userId);
  return holdings === null ? 0 : holdings.balance - holdings.debt;
}
