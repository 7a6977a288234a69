import type { Operation } from './history-steps.ts';
import { expire, takeBack } from './naive-credits.ts';
import { assign, claim, expireAssignment, fund, removeMember } from './naive-partners.ts';
import { allocate, pay, renew, transfer, unpay } from './naive-payments.ts';
import { book, cancel, end, move } from './naive-sessions.ts';
import { keep, letGo } from './naive-slot-holds.ts';
import type { NaiveModel } from './naive-state.ts';

/*
 * The rules of booking and credits once more, as somebody would write them who has all the time in the world: one
 * history, one operation after the other, arrays and plain loops. It shares no code with what it judges, only ids.
 */

export type Answer = { readonly code: string } | { readonly outcome: object };

/** What the operation is answered, and the model afterwards is what it should have become. */
export function perform(model: NaiveModel, operation: Operation): Answer {
  const answer = answerOf(model, operation);
  return typeof answer === 'string' ? { code: answer } : { outcome: answer };
}

/** The outcome, or the code of the rejection. */
function answerOf(model: NaiveModel, operation: Operation): object | string {
  const { id, caller, at } = operation.submitted;
  switch (operation.kind) {
    case 'booking.create':
      return book(model, id, caller.id, at, operation.submitted.payload);
    case 'booking.cancel':
      return cancel(model, id, caller.id, caller.roles, at, operation.submitted.payload.bookingId);
    case 'booking.reschedule': {
      const { bookingId, startsAt } = operation.submitted.payload;
      return move(model, id, caller.id, caller.roles, at, bookingId, startsAt);
    }
    case 'booking.complete':
      return end(model, id, caller.id, caller.roles, at, operation.submitted.payload.bookingId, 'nobody');
    case 'booking.no_show': {
      const { bookingId, party } = operation.submitted.payload;
      return end(model, id, caller.id, caller.roles, at, bookingId, party);
    }
    case 'credits.allocate':
      return allocate(model, id, at, operation.submitted.payload);
    case 'credits.expire':
      return expire(model, at, operation.submitted.payload.accountId, operation.submitted.payload.lotId);
    case 'credits.void':
      return takeBack(model, operation.submitted.payload.allocationId, operation.submitted.payload.userId);
    case 'credits.transfer': {
      const { toUserId, amount } = operation.submitted.payload;
      return transfer(model, id, at, caller.id, toUserId, amount);
    }
    case 'slot.hold':
      return keep(model, id, caller.id, at, operation.submitted.payload);
    case 'slot.release':
      return letGo(model, caller.id, at, operation.submitted.payload.holdId);
    case 'partner.fund':
      return fund(model, operation.submitted.payload.partnerId, operation.submitted.payload.credits);
    case 'partner.assign':
      return assign(model, id, caller.id, at, operation.submitted.payload);
    case 'partner.remove_member':
      return removeMember(model, at, caller.id, operation.submitted.payload.memberId);
    case 'partner.claim':
      return claim(model, at, operation.submitted.payload.memberId, operation.submitted.payload.userId);
    case 'partner.expire':
      return expireAssignment(model, at, operation.submitted.payload);
    case 'subscription.allocate':
      return renew(model, id, at, operation.submitted.payload);
    case 'payment.give_back':
      return pay(model, operation.submitted.payload.userId, operation.submitted.payload.credits);
    case 'payment.clawback':
      return unpay(model, at, operation.submitted.payload.userId, operation.submitted.payload.credits);
  }
}
