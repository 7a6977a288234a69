import { poolOf, unclaimedOf } from '../../shared/domain/accounts.ts';
import { sponsors } from './history-cast.ts';
import { creditsOf, receive, take, undated } from './naive-credits.ts';
import { find, type NaiveModel } from './naive-state.ts';

export function fund(model: NaiveModel, partnerId: string, credits: number): string | object {
  if (!sponsors.some(({ id }) => id === partnerId)) return 'partner_not_found';
  receive(model, poolOf(partnerId), undated(credits));
  return { poolAvailable: creditsOf(model, poolOf(partnerId)).length };
}

export function assign(
  model: NaiveModel,
  callerId: string,
  at: number,
  { memberId, credits }: { readonly memberId: string; readonly credits: number },
): string | object {
  const partner = sponsors.find(({ ownerId }) => ownerId === callerId);
  if (partner === undefined) return 'partner_not_found';
  const member = model.sponsored.find(({ id, partner: of }) => id === memberId && of === partner.id);
  if (member === undefined) return 'member_not_found';
  if (member.removed) return 'member_inactive';
  if (partner.memberCap !== null) {
    let within = credits;
    for (const gift of member.given) {
      if (at - gift.at < partner.memberCap.days * 86_400_000) within += gift.amount;
    }
    if (within > partner.memberCap.credits) return 'member_cap_exceeded';
  }
  const left = creditsOf(model, poolOf(partner.id)).length - credits;
  if (left < 0) return 'insufficient_pool';
  receive(model, member.user ?? unclaimedOf(partner.id), take(model, poolOf(partner.id), credits, at));
  member.given.push({ amount: credits, at });
  const expiresAt = new Date(at + partner.expiryDays * 86_400_000).toJSON();
  return { memberId, creditsAssigned: credits, poolAvailable: left, expiresAt };
}

export function removeMember(model: NaiveModel, at: number, callerId: string, memberId: string): string | object {
  const partner = sponsors.find(({ ownerId }) => ownerId === callerId);
  if (partner === undefined) return 'partner_not_found';
  const member = model.sponsored.find(({ id, partner: of }) => id === memberId && of === partner.id);
  if (member === undefined) return 'member_not_found';
  if (member.removed) return 'member_inactive';
  const from = member.user ?? unclaimedOf(partner.id);
  let returned = 0;
  for (const { amount } of member.given) {
    for (let credit = 0; credit < amount; credit += 1) {
      returned += take(model, from, 1, at).length;
    }
  }
  member.removed = true;
  receive(model, poolOf(partner.id), undated(returned));
  return { memberId, creditsReturned: returned, poolAvailable: creditsOf(model, poolOf(partner.id)).length };
}

export function claim(model: NaiveModel, memberId: string, userId: string): string | object {
  const member = model.sponsored.find(({ id }) => id === memberId);
  if (member === undefined || member.user !== null) return 'member_not_found';
  if (member.removed) return 'member_inactive';
  if (find(model, userId) === undefined) return 'recipient_not_found';
  member.user = userId;
  const waiting = member.given.reduce((sum, { amount }) => sum + amount, 0);
  const purse = unclaimedOf(member.partner);
  model.credits[purse] = creditsOf(model, purse).slice(waiting);
  receive(model, userId, undated(waiting));
  return { memberId, creditsClaimed: waiting };
}
