import type { Request, Response } from 'express';
import { z } from 'zod';
import { hasRole, type Role } from '../../shared/contract/roles.ts';
import type { Caller } from '../../shared/operations/define.ts';
import { type Authenticator, bearerTokenOf } from './authentication.ts';
import { commonHeaders, exchangeOf, setCommonHeaders } from './exchange.ts';
import { readJsonBody } from './json-body.ts';
import { notFound, Problem } from './problem.ts';
import type { RateLimits } from './rate-limit.ts';

/**
 * A route says everything about itself once: the router, the checks in front of it and the OpenAPI document are made
 * from it. The checks of every route run in this order: token (401), rate (429), role (403), what the route asks of
 * headers (400), media type and size (415, 413), contents (400).
 */

export type Method = 'get' | 'post' | 'put' | 'delete';

/** An answer that a route may give, for the document. */
export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** `application/json` unless said otherwise. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Described {
  readonly method: Method;
  /** Express path. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** By status; problems are added by the document. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Request headers that matter here, for the document. */
  readonly headers?: readonly HeaderParameter[];
  /** Media types of a body that the route reads itself, for the document. */
  readonly files?: readonly string[];
  /** For the document, where the route itself checks what path parameters and body make together. */
  readonly payload?: z.ZodType;
}

export interface HeaderParameter {
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
  readonly schema: z.ZodType;
}

/** A request that has passed every check. */
export interface Checked<Params, Query, Body> {
  readonly caller: Caller;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly req: Request;
  readonly res: Response;
}

export interface RouteDefinition<Params, Query, Body> extends Described {
  readonly params: z.ZodType<Params>;
  readonly query: z.ZodType<Query>;
  readonly body: z.ZodType<Body>;
  /** Roles, one of which is needed; absent: any valid token. */
  readonly roles?: readonly Role[];
  /** Who may pass besides those with the roles. */
  readonly except?: (caller: Caller, params: Readonly<Record<string, unknown>>) => boolean;
  /** Checks headers before the body is read. */
  readonly precondition?: (req: Request) => void;
  /** Gives the JSON to answer with status 200, or `answered` when it has answered itself. */
  readonly handle: (request: Checked<Params, Query, Body>) => unknown;
}

/** What a handler returns that has written the answer itself. */
export const answered = Symbol('answered');

/** A route whose types are hidden behind its checks, so that all of them fit one list. */
export interface Route extends Described {
  readonly params: z.ZodType;
  readonly query: z.ZodType;
  readonly body: z.ZodType;
  readonly roles?: readonly Role[];
  /** Asks for no token. */
  readonly isPublic: boolean;
  /** For browsers: asks for an operator's session, and takes forms. */
  readonly isOfConsole: boolean;
  readonly serve: (gate: Gate, req: Request, res: Response) => Promise<void>;
}

/** What stands in front of every route that needs a token. */
export interface Gate {
  readonly authenticator: Authenticator;
  readonly limits: RateLimits;
}

/** For routes without parameters, without a query, or without a body. */
export const nothing = z.object({});

export function defineRoute<Params, Query, Body>(definition: RouteDefinition<Params, Query, Body>): Route {
  const { params, query, body, handle, precondition, except, ...described } = definition;
  const readQuery = query === nothing ? always(query.parse({})) : (req: Request) => query.parse(givenIn(req));
  const readBody =
    body === nothing
      ? always(body.parse({}))
      : async (req: Request, res: Response) => body.parse(await readJsonBody(req, res));
  return {
    ...described,
    params,
    query,
    body,
    isPublic: false,
    isOfConsole: false,
    serve: async (gate, req, res) => {
      exchangeOf(res).route = definition.path;
      const caller = await admit(gate, req);
      authorize(definition, caller, req);
      precondition?.(req);
      const request = {
        caller,
        params: paramsOf(definition, req),
        query: readQuery(req),
        body: await readBody(req, res),
        req,
        res,
      };
      const result = await handle(request);
      if (result !== answered) sendJson(res, 200, result);
    },
  };
}

export interface PublicRouteDefinition extends Described {
  readonly query?: z.ZodType;
  /** For the document, where the route checks a token itself. */
  readonly needsToken?: boolean;
  readonly isOfConsole?: boolean;
  readonly body?: z.ZodType;
  readonly handle: (req: Request, res: Response) => Promise<void> | void;
}

/** A route that asks for no token and answers itself. */
export function definePublicRoute({
  handle,
  needsToken = false,
  isOfConsole = false,
  ...described
}: PublicRouteDefinition): Route {
  return {
    params: nothing,
    query: nothing,
    body: nothing,
    ...described,
    isPublic: !needsToken,
    isOfConsole,
    serve: async (_gate, req, res) => {
      exchangeOf(res).route = described.path;
      setCommonHeaders(res);
      await handle(req, res);
    },
  };
}

/** Answers with JSON; `headers` are further ones, names and values in turn. */
export function sendJson(res: Response, status: number, body: unknown, headers: readonly string[] = []): void {
  const text = JSON.stringify(body);
  // All headers at once: Node then writes them as they are, without keeping a table of them.
  res.writeHead(status, [
    ...commonHeaders(res),
    'Content-Type',
    'application/json; charset=utf-8',
    'Content-Length',
    String(Buffer.byteLength(text)),
    'Cache-Control',
    'no-store',
    ...headers,
  ]);
  res.end(text);
}

/** Answers 204. */
export function sendNothing(res: Response, headers: readonly string[] = []): void {
  res.writeHead(204, [...commonHeaders(res), ...headers]);
  res.end();
}

/** What is not there is parsed once, not at every request. */
function always<Value>(value: Value): () => Value {
  return () => value;
}

/** The parameters of a query that say something: `?status=` asks for no status. */
function givenIn({ query }: Request): object {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
}

async function admit({ authenticator, limits }: Gate, req: Request): Promise<Caller> {
  try {
    const caller = await authenticator.authenticate(bearerTokenOf(req.headers.authorization));
    await limits.countRequest(caller.id);
    return caller;
  } catch (error) {
    if (error instanceof Problem && error.code === 'unauthenticated')
      await limits.countFailure(req.socket.remoteAddress);
    throw error;
  }
}

function authorize<Params, Query, Body>(
  { roles, except }: RouteDefinition<Params, Query, Body>,
  caller: Caller,
  req: Request,
): void {
  if (roles === undefined || roles.some((role) => hasRole(caller.roles, role))) return;
  if (except?.(caller, req.params)) return;
  throw new Problem('forbidden', `This needs the role ${roles.join(' or ')}.`);
}

/** An id that is none cannot exist: nothing to read (404), and an error to send it in a write (400). */
function paramsOf<Params, Query, Body>({ method, params }: RouteDefinition<Params, Query, Body>, req: Request): Params {
  const parsed = params.safeParse(req.params);
  if (parsed.success) return parsed.data;
  throw method === 'get' ? notFound() : parsed.error;
}
