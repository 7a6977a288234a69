import { fact, type Letter } from '../letter.ts';
import type { OrderFacts } from '../mail-input.ts';
import { moneyWorded, pointsWorded } from '../wording.ts';

export function orderPaid({ orderNumber, totalMinor, currency, pointsRedeemed, pointsEarned }: OrderFacts): Letter {
  return {
    opening: 'Thank you for your order. It is paid.',
    facts: [
      ...fact('Order', orderNumber),
      ...fact('Paid', moneyWorded(totalMinor, currency)),
      ...fact('Points redeemed', pointsRedeemed === 0 ? null : pointsWorded(pointsRedeemed)),
      ...fact('Points earned', pointsEarned === 0 ? null : pointsWorded(pointsEarned)),
    ],
    closing: null,
  };
}

/** It may have been paid too late: then the money has gone out, and comes back. */
export function orderNotPaid({ orderNumber, totalMinor, currency, pointsRedeemed }: OrderFacts): Letter {
  return {
    opening: 'Your order could not be paid. Nothing is kept for it any more; you can order again.',
    facts: [
      ...fact('Order', orderNumber),
      ...fact('To pay', moneyWorded(totalMinor, currency)),
      ...fact('Points back in your balance', pointsRedeemed === 0 ? null : pointsWorded(pointsRedeemed)),
    ],
    closing: 'Should your bank have taken the money all the same, it goes back to you.',
  };
}
