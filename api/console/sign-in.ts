import type { Request, Response } from 'express';
import type pg from 'pg';
import { z } from 'zod';
import { recordDeed, useLink } from '../../db/operator-actions.ts';
import { hasRole } from '../../shared/contract/roles.ts';
import { id } from '../../shared/contract/wire.ts';
import type { Caller } from '../../shared/operations/define.ts';
import { opsLinkPurpose } from '../../shared/runtime/tokens.ts';
import type { Authenticator } from '../http/authentication.ts';
import { Problem } from '../http/problem.ts';
import type { RateLimits } from '../http/rate-limit.ts';
import { definePublicRoute, nothing, type Route } from '../http/route.ts';
import { readForm, seeOther, sendPage } from './forms.ts';
import { type Html, html, page } from './html.ts';
import { assertSameOrigin, type Sessions } from './session.ts';

export interface SignInDeps {
  readonly app: pg.Pool;
  readonly authenticator: Authenticator;
  /** Verifies one-time links, which are always ours. */
  readonly verifyOwn: Authenticator['verify'];
  readonly limits: RateLimits;
  readonly sessions: Sessions;
}

const signInForm = z.object({
  token: z.string().trim().optional().meta({ description: 'A token with the role `ops`.' }),
  link: z.string().optional().meta({ description: 'The token of a one-time link.' }),
});

const linkClaims = z.object({
  sub: id,
  jti: z.string().min(1).max(200),
  exp: z.number(),
  purpose: z.literal(opsLinkPurpose),
});

const htmlAnswer = { description: 'A page.', contentType: 'text/html', schema: z.string() };

export function signInRoutes(deps: SignInDeps): Route[] {
  return [
    definePublicRoute({
      method: 'get',
      path: '/ops/sign-in',
      tag: 'Console',
      summary: "Operators' sign-in",
      query: z.object({ token: z.string().optional().meta({ description: 'Of a one-time link.' }) }),
      answers: { 200: htmlAnswer },
      handle: (req, res) => {
        // Only the form uses a link up: programs that look at links before people do must not.
        const link = req.query.token;
        sendPage(res, 200, typeof link === 'string' ? linkPage(link) : tokenPage(null));
      },
    }),
    definePublicRoute({
      method: 'post',
      path: '/ops/sign-in',
      tag: 'Console',
      summary: 'Sign in',
      isOfConsole: true,
      body: signInForm,
      answers: { 303: { description: 'Signed in.' }, 401: htmlAnswer },
      handle: (req, res) => signIn(deps, req, res),
    }),
    definePublicRoute({
      method: 'post',
      path: '/ops/sign-out',
      tag: 'Console',
      summary: 'Sign out',
      isOfConsole: true,
      body: nothing,
      answers: { 303: { description: 'Signed out.' } },
      handle: async (req, res) => {
        assertSameOrigin(req);
        const operator = await deps.sessions.of(req);
        if (operator !== null) {
          await recordDeed(deps.app, { by: operator.id, action: 'console.sign-out', subject: 'console' });
        }
        deps.sessions.end(req, res);
        seeOther(res, '/ops/sign-in');
      },
    }),
  ];
}

async function signIn(deps: SignInDeps, req: Request, res: Response): Promise<void> {
  const { app, limits, sessions } = deps;
  assertSameOrigin(req);
  const { token, link } = await readForm(req, res, signInForm);
  const operator = link === undefined ? await byToken(deps, token ?? '') : await byLink(deps, link);
  if (operator === null) {
    await limits.countFailure(req.socket.remoteAddress);
    const said = link === undefined ? 'This is no valid token of an operator.' : 'The link is not valid, or was used.';
    sendPage(res, 401, tokenPage(said));
    return;
  }
  await recordDeed(app, { by: operator.id, action: 'console.sign-in', subject: 'console' });
  await sessions.begin(req, res, operator);
  seeOther(res, '/ops');
}

async function byToken({ authenticator }: SignInDeps, token: string): Promise<Caller | null> {
  const caller = await orNull(async () => authenticator.authenticate(token));
  return caller !== null && hasRole(caller.roles, 'ops') ? caller : null;
}

async function byLink({ app, verifyOwn }: SignInDeps, link: string): Promise<Caller | null> {
  const parsed = linkClaims.safeParse(await orNull(() => verifyOwn(link)));
  if (!parsed.success) return null;
  const { sub, jti, exp } = parsed.data;
  return (await useLink(app, jti, new Date(exp * 1_000))) ? { id: sub, roles: ['ops'] } : null;
}

/** Null for what is not valid; everything else is still an exception. */
async function orNull<Result>(verify: () => Promise<Result>): Promise<Result | null> {
  try {
    return await verify();
  } catch (error) {
    if (error instanceof Problem && error.code === 'unauthenticated') return null;
    throw error;
  }
}

function tokenPage(said: string | null): string {
  const note: Html = said === null ? html`` : html`<p class="said">${said}</p>`;
  return page(
    'Operators',
    html`${note}
    <p>Paste a token with the role <code>ops</code>. <code>npm run token -- --ops-link</code> prints a one-time link
      instead.</p>
    <form method="post" action="/ops/sign-in">
      <p><textarea name="token" aria-label="Token" required autocomplete="off" spellcheck="false"></textarea></p>
      <p><button>Sign in</button></p>
    </form>`,
  );
}

function linkPage(link: string): string {
  return page(
    'Operators',
    html`<p>This link signs you in once.</p>
    <form method="post" action="/ops/sign-in">
      <input type="hidden" name="link" value="${link}">
      <button>Sign in</button>
    </form>`,
  );
}
