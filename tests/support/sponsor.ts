import { addMember, putPartner } from '../../db/partners.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { memberIdOf, type Partner } from '../../shared/domain/partner.ts';
import { idOf } from './builders.ts';
import { addPeople, type Marketplace, settled, submit } from './marketplace.ts';
import type { Request } from './requests.ts';

/* Acme, who acts for it, and what they ask for, in tests below the API. */

export const [acme, boss] = [idOf('acme'), idOf('boss')];

let keys = 0;

function aRequest(kind: string, role: 'admin' | 'partner', payload: object): Request {
  keys += 1;
  return { kind, caller: { id: boss, roles: [role] }, payload, key: `sponsor-${process.pid}-${keys}` };
}

export function funding(credits: number): Request {
  return aRequest('partner.fund', 'admin', { partnerId: acme, credits });
}

export function assignment(memberId: Uuid, credits: number): Request {
  return aRequest('partner.assign', 'partner', { memberId, credits });
}

export function removal(memberId: Uuid): Request {
  return aRequest('partner.remove_member', 'partner', { memberId });
}

export function importing(uploadId: Uuid): Request {
  return aRequest('partner.import', 'partner', { uploadId, dryRun: false });
}

export async function putAcme({ app }: Marketplace, onExpiry: Partner['onExpiry']): Promise<void> {
  await putPartner(app, acme, { name: 'Acme', ownerUserId: boss, expiryDays: 90, onExpiry, memberCap: null });
}

/** Acme with a pool of so many credits; needs a worker. */
export async function openAcme(
  marketplace: Marketplace,
  { credits, onExpiry = 'return' }: { readonly credits: number; readonly onExpiry?: Partner['onExpiry'] },
): Promise<void> {
  await addPeople(marketplace, [boss], ['partner']);
  await putAcme(marketplace, onExpiry);
  await settled(marketplace, await submit(marketplace, [funding(credits)]));
}

/** Makes people (with or without an account) members; their ids as such. */
export async function addMembers({ app }: Marketplace, emails: readonly string[]): Promise<Uuid[]> {
  for (const email of emails) await addMember(app, boss, { email, firstName: 'Member' });
  return emails.map((email) => memberIdOf(acme, email));
}
