import type { Letter } from '../letter.ts';

export function paymentFailed(): Letter {
  return {
    opening: 'We could not collect the payment for your subscription, so there are no new credits from it yet.',
    facts: [],
    closing: 'The payment will be tried again. If your card has changed, please tell us the new one.',
  };
}
