import { poolOf, unclaimedOf } from '../../shared/domain/accounts.ts';
import { assignmentIdOf } from '../../shared/domain/partner.ts';
import { sponsors } from './history-cast.ts';
import { type Credit, creditsOf, openLot, receive, take, undated } from './naive-credits.ts';
import { find, type Given, type NaiveModel, type Sponsored } from './naive-state.ts';

const dayMs = 86_400_000;

export function fund(model: NaiveModel, partnerId: string, credits: number): string | object {
  if (!sponsors.some(({ id }) => id === partnerId)) return 'partner_not_found';
  receive(model, poolOf(partnerId), undated(credits));
  return { poolAvailable: creditsOf(model, poolOf(partnerId)).length };
}

export function assign(
  model: NaiveModel,
  id: string,
  callerId: string,
  at: number,
  { memberId, credits, expiresInDays }: { memberId: string; credits: number; expiresInDays?: number | undefined },
): string | object {
  const partner = sponsors.find(({ ownerId }) => ownerId === callerId);
  if (partner === undefined) return 'partner_not_found';
  const member = model.sponsored.find((one) => one.id === memberId && one.partner === partner.id);
  if (member === undefined) return 'member_not_found';
  if (member.removed) return 'member_inactive';
  if (partner.memberCap !== null) {
    let within = credits;
    for (const gift of member.given) {
      if (at - gift.at < partner.memberCap.days * dayMs) within += gift.amount - gift.returned;
    }
    if (within > partner.memberCap.credits) return 'member_cap_exceeded';
  }
  const left = creditsOf(model, poolOf(partner.id)).length - credits;
  if (left < 0) return 'insufficient_pool';
  const until = at + (expiresInDays ?? partner.expiryDays) * dayMs;
  take(model, poolOf(partner.id), credits, at);
  const given = { id: assignmentIdOf(id), amount: credits, at, until, open: true, returned: 0 };
  if (member.user === null) receive(model, unclaimedOf(partner.id), undated(credits));
  else hand(model, member.user, given);
  member.given.push(given);
  return {
    memberId,
    creditsAssigned: credits,
    poolAvailable: left,
    expiresAt: new Date(until).toJSON(),
  };
}

export function removeMember(model: NaiveModel, at: number, callerId: string, memberId: string): string | object {
  const partner = sponsors.find(({ ownerId }) => ownerId === callerId);
  if (partner === undefined) return 'partner_not_found';
  const member = model.sponsored.find(({ id, partner: of }) => id === memberId && of === partner.id);
  if (member === undefined) return 'member_not_found';
  if (member.removed) return 'member_inactive';
  member.removed = true;
  const ended = member.given.map((given) => endRests(model, at, member, given, () => true));
  return {
    memberId,
    creditsReturned: ended.reduce((sum, { returned }) => sum + returned, 0),
    poolAvailable: creditsOf(model, poolOf(partner.id)).length,
  };
}

export function claim(model: NaiveModel, at: number, memberId: string, userId: string): string | object {
  const member = model.sponsored.find(({ id }) => id === memberId);
  if (member === undefined || member.user !== null) return 'member_not_found';
  if (member.removed) return 'member_inactive';
  if (find(model, userId) === undefined) return 'recipient_not_found';
  const waiting = member.given.filter(({ open, until }) => open && until > at);
  for (const given of member.given.filter(({ open, until }) => open && until <= at)) {
    endRests(model, at, member, given, () => true);
  }
  member.user = userId;
  for (const given of waiting) {
    dropWaiting(model, member, given);
    hand(model, userId, given);
  }
  return { memberId, creditsClaimed: waiting.reduce((sum, { amount }) => sum + amount, 0) };
}

export function expireAssignment(
  model: NaiveModel,
  at: number,
  { memberId, assignmentId }: { readonly memberId: string; readonly assignmentId: string },
): object {
  const told = { memberId, assignmentId, creditsReturned: 0, creditsExpired: 0 };
  const member = model.sponsored.find(({ id }) => id === memberId);
  const given = member?.given.find(({ id }) => id === assignmentId);
  if (member === undefined || given === undefined) return told;
  const wasOpen = given.open;
  const { returned, expired } = endRests(model, at, member, given, (until) => until <= at);
  if (given.until > at && returned + expired === 0) given.open = wasOpen;
  return { ...told, creditsReturned: returned, creditsExpired: expired };
}

function hand(model: NaiveModel, userId: string, { id, amount, until }: Given): void {
  const lot = openLot(model, id, userId, until);
  receive(
    model,
    userId,
    undated(amount).map(() => ({ lot })),
  );
}

/** Takes what is left of it and ends when it is asked for: what is over goes where the contract says, the rest back. */
function endRests(model: NaiveModel, at: number, member: Sponsored, given: Given, ends: (until: number) => boolean) {
  const partner = sponsors.find(({ id }) => id === member.partner);
  let returned = 0;
  let expired = 0;
  const leaves = (until: number) => {
    if (until <= at && partner?.onExpiry === 'forfeit') expired += 1;
    else returned += 1;
  };
  if (member.user === null) {
    if (given.open && ends(given.until)) {
      for (let credit = 0; credit < given.amount; credit += 1) leaves(given.until);
      dropWaiting(model, member, given);
    }
  } else {
    const stays = ({ lot }: Credit) => lot === null || lot.origin !== given.id || !ends(lot.until);
    for (const credit of creditsOf(model, member.user)) {
      if (credit.lot === null || stays(credit)) continue;
      leaves(credit.lot.until);
      if (credit.lot.until <= at) credit.lot.ended = true;
    }
    model.credits[member.user] = creditsOf(model, member.user).filter(stays);
  }
  given.open = false;
  given.returned += returned;
  receive(model, poolOf(member.partner), undated(returned));
  return { returned, expired };
}

function dropWaiting(model: NaiveModel, { partner }: Sponsored, { amount }: Given): void {
  const purse = unclaimedOf(partner);
  model.credits[purse] = creditsOf(model, purse).slice(amount);
}
