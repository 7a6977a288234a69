import { createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey, errors as joseErrors, jwtVerify } from 'jose';
import { z } from 'zod';
import { type Role, roles } from '../../shared/contract/roles.ts';
import { id } from '../../shared/contract/wire.ts';
import type { Caller } from '../../shared/operations/define.ts';
import type { Config } from '../../shared/runtime/config.ts';
import { Problem, unavailable } from './problem.ts';

/** Says who sends a token. */
export interface Authenticator {
  /** Throws a 401 problem for a token that is not valid now, 503 when the keys to judge it cannot be had. */
  readonly authenticate: (token: string) => Caller | Promise<Caller>;
  /** Verifies a token and gives its claims, whatever it is for; throws as `authenticate`. */
  readonly verify: (token: string) => Promise<JWTPayload>;
}

/** Clocks differ; contract §8. */
export const leewaySeconds = 30;

/** A verification costs some 50 µs, remembering one some 200 bytes besides the token. */
const rememberedMax = 20_000;

/** Longer tokens are verified every time, so that what is remembered stays bounded in bytes as well. */
const rememberedLengthMax = 2_048;

/** The algorithms of published keys: asymmetric only, so that nobody signs with a public key as if it were a secret. */
const publishedKeyAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
];

const claims = z.object({
  sub: id,
  exp: z.number(),
  roles: z.array(z.unknown()).catch([]),
  /** Tokens for something else than calling the API say what for. */
  purpose: z.never().optional(),
});

interface Remembered {
  readonly caller: Caller;
  /** Epoch ms, leeway included. */
  readonly expiresAt: number;
}

/** Bearer tokens: HS256 with our secret, or the keys published under `jwtJwksUrl` and then only those. */
export function createAuthenticator(
  config: Pick<Config, 'jwtJwksUrl' | 'jwtIssuer' | 'jwtAudience'>,
  secret: string,
): Authenticator {
  const remembered = new Map<string, Remembered>();
  const verify = verifierOf(config, secret);

  return {
    authenticate: (token) => {
      const known = remembered.get(token);
      if (known !== undefined && Date.now() < known.expiresAt) return known.caller;
      remembered.delete(token);
      return verify(token).then((payload) => {
        const found = rememberedOf(payload);
        if (token.length <= rememberedLengthMax) remember(remembered, token, found);
        return found.caller;
      });
    },
    verify,
  };
}

/** Verifies tokens of ours (HS256), also where callers' tokens are signed by somebody else. */
export function createOwnTokenVerifier(
  config: Pick<Config, 'jwtIssuer' | 'jwtAudience'>,
  secret: string,
): Authenticator['verify'] {
  return verifierOf({ ...config, jwtJwksUrl: null }, secret);
}

function verifierOf(
  { jwtJwksUrl, jwtIssuer, jwtAudience }: Pick<Config, 'jwtJwksUrl' | 'jwtIssuer' | 'jwtAudience'>,
  secret: string,
): Authenticator['verify'] {
  const keyOf = jwtJwksUrl === null ? ownKeyOf(secret) : createRemoteJWKSet(new URL(jwtJwksUrl));
  const options = {
    algorithms: jwtJwksUrl === null ? ['HS256'] : publishedKeyAlgorithms,
    clockTolerance: leewaySeconds,
    requiredClaims: ['sub', 'exp'],
    ...(jwtIssuer === null ? {} : { issuer: jwtIssuer }),
    ...(jwtAudience === null ? {} : { audience: jwtAudience }),
  };
  return async (token) => {
    try {
      return (await jwtVerify(token, keyOf, options)).payload;
    } catch (error) {
      if (jwtJwksUrl !== null && !isAboutTheToken(error)) throw keysUnavailable(error);
      throw unauthenticated('The token is not valid, or no longer.');
    }
  };
}

/** Imported once: jose would turn any other form of a key into this one at every token. */
function ownKeyOf(secret: string): JWTVerifyGetKey {
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const key = crypto.subtle.importKey('raw', Buffer.from(secret), hmac, false, ['verify']);
  return () => key;
}

/** Keys that could not be fetched say nothing about the token. */
function isAboutTheToken(error: unknown): boolean {
  if (error instanceof joseErrors.JWKSTimeout || error instanceof joseErrors.JWKSInvalid) return false;
  return error instanceof joseErrors.JOSEError && error.code !== 'ERR_JOSE_GENERIC';
}

function keysUnavailable(error: unknown): Problem {
  return unavailable('The keys that tokens are checked with cannot be had at the moment.', error);
}

function rememberedOf(payload: JWTPayload): Remembered {
  const parsed = claims.safeParse(payload);
  if (!parsed.success) throw unauthenticated('The token does not say who you are.');
  const { sub, exp, roles: said } = parsed.data;
  const known: readonly Role[] = roles.filter((role) => said.includes(role));
  return { caller: { id: sub, roles: known }, expiresAt: (exp + leewaySeconds) * 1_000 };
}

function remember(remembered: Map<string, Remembered>, token: string, found: Remembered): void {
  remembered.set(token, found);
  if (remembered.size <= rememberedMax) return;
  const [oldest] = remembered.keys();
  if (oldest !== undefined) remembered.delete(oldest);
}

/** The token of `Authorization: Bearer …`; throws a 401 problem when there is none. */
export function bearerTokenOf(authorization: string | undefined): string {
  const [, token] = /^bearer +([\w.~+/=-]+) *$/i.exec(authorization ?? '') ?? [];
  if (token === undefined) throw unauthenticated('Send "Authorization: Bearer TOKEN".');
  return token;
}

export function unauthenticated(detail: string): Problem {
  return new Problem('unauthenticated', detail, { headers: { 'WWW-Authenticate': 'Bearer realm="counterfoil"' } });
}
