import { SignJWT } from 'jose';
import type { Role } from '../contract/roles.ts';
import type { Uuid } from '../domain/ids.ts';

export interface TokenClaims {
  readonly sub: Uuid;
  readonly roles: readonly Role[];
  readonly expiresInSeconds: number;
}

/** What a one-time sign-in link carries in place of a caller's token, so that neither can be used as the other. */
export const opsLinkPurpose = 'ops-link';

/** Ten minutes: long enough to paste a link, short enough that one in a shell's history is worthless. */
const opsLinkSeconds = 600;

/** Who the issuer and the audience are, where the API checks them. */
export interface TokenAudience {
  readonly jwtIssuer: string | null;
  readonly jwtAudience: string | null;
}

/** Signs a bearer token (HS256) for the API. */
export async function signToken(
  secret: string,
  { sub, roles, expiresInSeconds }: TokenClaims,
  audience?: TokenAudience,
): Promise<string> {
  return signed(secret, new SignJWT({ roles: [...roles] }).setSubject(sub), expiresInSeconds, audience);
}

/**
 * Signs the token of a one-time sign-in link to the operators' pages. `linkId` is random; the API remembers the ones
 * that were used until they expire.
 */
export async function signOpsLinkToken(
  secret: string,
  { sub, linkId }: { readonly sub: Uuid; readonly linkId: string },
  audience?: TokenAudience,
): Promise<string> {
  const claims = new SignJWT({ roles: ['ops'], purpose: opsLinkPurpose }).setSubject(sub).setJti(linkId);
  return signed(secret, claims, opsLinkSeconds, audience);
}

async function signed(
  secret: string,
  claims: SignJWT,
  expiresInSeconds: number,
  audience: TokenAudience = { jwtIssuer: null, jwtAudience: null },
): Promise<string> {
  if (audience.jwtIssuer !== null) claims.setIssuer(audience.jwtIssuer);
  if (audience.jwtAudience !== null) claims.setAudience(audience.jwtAudience);
  return claims
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime(new Date(Date.now() + expiresInSeconds * 1000))
    .sign(new TextEncoder().encode(secret));
}
