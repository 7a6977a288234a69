import { currency } from './shop.ts';
import type { Story } from './shopping.ts';

/** What a person reads of one order. */
export function tell({ customer, bought, refund, points }: Story): string {
  const { orderNumber, subtotalMinor, discountMinor, totalMinor, pointsRedeemed, pointsEarned, pointsBalance } = bought;
  const { refundedMinor, pointsReturned, pointsReversed } = refund;
  return [
    '',
    `  order ${orderNumber} of ${customer}`,
    line('before', '', `${points.before} points`),
    line('subtotal', money(subtotalMinor)),
    line('redeemed', money(-discountMinor), `${pointsRedeemed} points`),
    line('charged', money(totalMinor), 'to the card'),
    line(
      'earned',
      '',
      `${pointsEarned} points: ${points.before} - ${pointsRedeemed} + ${pointsEarned} = ${pointsBalance}`,
    ),
    line('refunded', money(refundedMinor), `${pointsReturned} points came back, ${pointsReversed} were taken back`),
    line('afterwards', money(totalMinor - refundedMinor), `${points.afterwards} points`),
  ].join('\n');
}

function line(what: string, amount: string, remark = ''): string {
  return `    ${what.padEnd(12)}${amount.padStart(12)}  ${remark}`.trimEnd();
}

function money(minor: number): string {
  return `${(minor / 100).toFixed(2)} ${currency}`;
}
