import { createHmac, createSecretKey } from 'node:crypto';
import type { Request, Response } from 'express';
import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { hasRole, type Role, roles } from '../../shared/contract/roles.ts';
import { id } from '../../shared/contract/wire.ts';
import type { Caller } from '../../shared/operations/define.ts';
import { Problem } from '../http/problem.ts';

/** An operator's session: a signed cookie that only the pages under /ops get to see. */
export interface Sessions {
  readonly begin: (req: Request, res: Response, operator: Caller) => Promise<void>;
  /** Null without a session that is valid now. */
  readonly of: (req: Request) => Promise<Caller | null>;
  readonly end: (req: Request, res: Response) => void;
}

export const sessionCookie = 'counterfoil_ops';

const sessionSeconds = 8 * 3_600;
const purpose = 'ops-session';

const claims = z.object({ sub: id, roles: z.array(z.enum(roles)), purpose: z.literal(purpose) });

/** Signs with a key of its own, derived from the secret: neither can a cookie be a token, nor a token a cookie. */
export function createSessions(secret: string): Sessions {
  const key = createSecretKey(createHmac('sha256', secret).update(`counterfoil ${purpose}`).digest());
  return {
    begin: async (req, res, { id: sub, roles: held }) => {
      const kept: readonly Role[] = held.filter((role) => role === 'ops' || role === 'admin');
      const token = await new SignJWT({ roles: kept, purpose })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(sub)
        .setIssuedAt()
        .setExpirationTime(new Date(Date.now() + sessionSeconds * 1_000))
        .sign(key);
      setCookie(req, res, token, sessionSeconds);
    },
    of: async (req) => {
      const token = cookieOf(req);
      if (token === null) return null;
      const verified = await jwtVerify(token, key, { algorithms: ['HS256'] }).catch(() => null);
      const parsed = claims.safeParse(verified?.payload);
      if (!parsed.success || !hasRole(parsed.data.roles, 'ops')) return null;
      return { id: parsed.data.sub, roles: parsed.data.roles };
    },
    end: (req, res) => setCookie(req, res, '', 0),
  };
}

/**
 * Throws 403 for a form that another site has sent. Browsers say where a form comes from; what says nothing is no
 * browser, and has no cookie that it did not set itself.
 */
export function assertSameOrigin({ headers }: Request): void {
  const site = headers['sec-fetch-site'];
  const origin = headers.origin;
  const isForeign =
    site === undefined
      ? origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== headers.host)
      : site !== 'same-origin' && site !== 'none';
  if (isForeign) throw new Problem('forbidden', 'The form was sent by another site.');
}

function setCookie(req: Request, res: Response, value: string, maxAgeSeconds: number): void {
  const attributes = ['Path=/ops', `Max-Age=${maxAgeSeconds}`, 'HttpOnly', 'SameSite=Strict'];
  if (isToBeSecure(req)) attributes.push('Secure');
  res.setHeader('Set-Cookie', [`${sessionCookie}=${value}`, ...attributes].join('; '));
}

/** Everywhere but on the machine itself, where there is no TLS and nobody to listen. */
function isToBeSecure(req: Request): boolean {
  const forwarded = String(req.headers['x-forwarded-proto'] ?? '');
  return forwarded.startsWith('https') || !['localhost', '127.0.0.1', '::1', '[::1]'].includes(req.hostname);
}

function cookieOf({ headers }: Request): string | null {
  const cookies = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
  const found = cookies.find((cookie) => cookie.startsWith(`${sessionCookie}=`));
  return found?.slice(sessionCookie.length + 1) ?? null;
}
