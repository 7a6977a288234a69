import { unclaimedOf } from '../../shared/domain/accounts.ts';
import { lotIdOf, type Uuid } from '../../shared/domain/ids.ts';
import { assignmentIdOf } from '../../shared/domain/partner.ts';
import { idOf } from '../support/builders.ts';
import { ghost, sponsored, sponsors } from './history-cast.ts';
import type { Circumstance, Step } from './history-steps.ts';
import { beginsAt, type Wish } from './history-wishes.ts';

/** Wishes as operations: numbered, timed, and cancellations aimed at bookings. */
export function told(wishes: readonly (Wish | Circumstance)[]): Step[] {
  const wanted: { id: string; client: string; practitioner: string }[] = [];
  const held: { id: string; holder: string }[] = [];
  const aimed = ({ back, as }: { back: number; as: 'client' | 'practitioner' | 'whoever' }, callerId: Uuid) => {
    const aim = wanted.at(-1 - back) ?? { id: ghost, client: callerId, practitioner: callerId };
    return { bookingId: aim.id, caller: { ...aim, whoever: callerId }[as] };
  };
  const lots: { accountId: Uuid; lotId: Uuid }[] = [];
  const gifts: { to: Uuid; allocationId: Uuid }[] = [];
  const assigned: { memberId: Uuid; assignmentId: Uuid; accountId: Uuid }[] = [];
  let at = beginsAt;
  return wishes.map((step, index) => {
    if (!('what' in step)) return step;
    const { callerId, roles, waitMs, what: deed } = step;
    at += waitMs;
    const id = idOf(`operation/${index}`);
    const from = <Payload>(userId: Uuid, payload: Payload) => ({
      id,
      caller: { id: userId, roles },
      userId,
      at,
      isReduced: false,
      payload,
    });

    switch (deed.kind) {
      case 'booking.create': {
        // Few insist on treating themselves: most who would are sent to the other practitioner.
        const { practitionerId, ...rest } = deed.payload;
        const practitioner = practitionerId === callerId ? deed.colleague : practitionerId;
        wanted.push({ id, client: callerId, practitioner });
        return { kind: deed.kind, submitted: from(callerId, { practitionerId: practitioner, ...rest }) };
      }
      case 'booking.cancel': {
        const { caller, bookingId } = aimed(deed, callerId);
        lots.push({ accountId: caller, lotId: lotIdOf(id, 0) });
        return { kind: deed.kind, submitted: from(caller, { bookingId }) };
      }
      case 'booking.reschedule': {
        const { caller, bookingId } = aimed(deed, callerId);
        return { kind: deed.kind, submitted: from(caller, { bookingId, startsAt: deed.startsAt }) };
      }
      case 'ending': {
        const { caller, bookingId } = aimed(deed, callerId);
        return deed.went === 'completed'
          ? { kind: 'booking.complete', submitted: from(caller, { bookingId }) }
          : { kind: 'booking.no_show', submitted: from(caller, { bookingId, party: deed.went }) };
      }
      case 'slot.hold': {
        const { practitionerId, ...rest } = deed.payload;
        const practitioner = practitionerId === callerId ? deed.colleague : practitionerId;
        held.push({ id, holder: callerId });
        return { kind: deed.kind, submitted: from(callerId, { practitionerId: practitioner, ...rest }) };
      }
      case 'slot.release': {
        const aim = held.at(-1 - deed.back) ?? { id: ghost, holder: callerId };
        return { kind: deed.kind, submitted: from(deed.as === 'holder' ? aim.holder : callerId, { holdId: aim.id }) };
      }
      // Few insist on acting for a partner that is not theirs: most who would are sent to its owner.
      case 'partner.assign': {
        const { memberId } = deed.payload;
        assigned.push({ memberId, assignmentId: assignmentIdOf(id), accountId: purseIn(memberId) });
        return { kind: deed.kind, submitted: from(index % 5 === 0 ? callerId : ownerFor(memberId), deed.payload) };
      }
      case 'partner.remove_member': {
        const { memberId } = deed.payload;
        return { kind: deed.kind, submitted: from(index % 5 === 0 ? callerId : ownerFor(memberId), deed.payload) };
      }
      case 'partner.expire': {
        const over = assigned.at(-1 - deed.back) ?? { memberId: ghost, assignmentId: ghost, accountId: callerId };
        return { kind: deed.kind, submitted: from(over.accountId, over) };
      }
      case 'partner.fund':
        return { kind: deed.kind, submitted: from(callerId, deed.payload) };
      case 'partner.claim':
        return { kind: deed.kind, submitted: from(deed.payload.userId, deed.payload) };
      case 'credits.expire': {
        const due = lots.at(-1 - deed.back) ?? { accountId: callerId, lotId: lotIdOf(id, 0) };
        return { kind: deed.kind, submitted: from(due.accountId, due) };
      }
      case 'credits.void': {
        const { to, allocationId } = gifts.at(-1 - deed.back) ?? { to: callerId, allocationId: ghost };
        return { kind: deed.kind, submitted: from(callerId, { allocationId, userId: deed.of ?? to }) };
      }
      case 'credits.allocate':
        gifts.push({ to: deed.payload.userId, allocationId: id });
        lots.push({ accountId: deed.payload.userId, lotId: lotIdOf(id, 0) });
        return { kind: deed.kind, submitted: from(callerId, deed.payload) };
      case 'subscription.allocate': {
        const payload = {
          ...deed.paid,
          ...deed.rollover,
          type: 'subscription_allocation',
          part: 0,
          description: 'Gold',
        };
        return { kind: deed.kind, submitted: from(callerId, payload) };
      }
      case 'payment.clawback':
        return { kind: deed.kind, submitted: from(callerId, { ...deed.paid, because: 'refund', turn: 1 }) };
      case 'payment.give_back':
        return { kind: deed.kind, submitted: from(callerId, { ...deed.paid, turn: 1 }) };
      default:
        lots.push({ accountId: deed.payload.toUserId, lotId: lotIdOf(id, 0) });
        return { kind: deed.kind, submitted: from(callerId, deed.payload) };
    }
  });
}

function memberNamed(memberId: Uuid) {
  return sponsored.find(({ id }) => id === memberId);
}

function ownerFor(memberId: Uuid): Uuid {
  const partnerId = memberNamed(memberId)?.partnerId;
  return sponsors.find(({ id }) => id === partnerId)?.ownerId ?? ghost;
}

/** Where the member's credits are in the beginning. */
function purseIn(memberId: Uuid): Uuid {
  const member = memberNamed(memberId);
  return member?.userId ?? unclaimedOf(member?.partnerId ?? ghost);
}
