import type { ErrorRequestHandler, Response } from 'express';
import { z } from 'zod';
import { failureKindOf } from '../../db/failures.ts';
import { type FieldError, type ProblemCode, problems } from '../../shared/contract/problems.ts';
import type { Logger } from '../../shared/runtime/log.ts';
import { commonHeaders, exchangeOf } from './exchange.ts';

export interface ProblemOptions {
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the answer. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** A request that is answered with problem+json. `message` is public: no internals, no SQL, nothing about others. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.options = options;
  }
}

/** Also for what belongs to others: ids cannot be probed. */
export function notFound(what = 'There is nothing here.'): Problem {
  return new Problem('not_found', what);
}

export function invalid(path: string, message: string): Problem {
  return new Problem('invalid_request', `${path} ${message}.`, { errors: [{ path, message }] });
}

/** 503: nobody's fault, worth another try after `retryAfterSeconds`. */
export function unavailable(detail: string, cause?: unknown, retryAfterSeconds = 2): Problem {
  return new Problem('unavailable', detail, { cause, headers: { 'Retry-After': String(retryAfterSeconds) } });
}

/** The one place where exceptions become answers. What is not the caller's fault is logged with its cause. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error, _req, res, _next) => {
    const problem = problemOf(error);
    const { requestId } = exchangeOf(res);
    const { status } = problems[problem.code];
    if (status === 500) log.error({ err: error, requestId }, 'a request failed');
    else if (status === 503) log.warn({ err: problem.cause ?? problem, requestId }, 'a request could not be served');
    sendProblem(res, problem);
  };
}

export function sendProblem(res: Response, problem: Problem): void {
  // Part of another answer is already on its way: nothing can be said any more.
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const { code, message: detail, options } = problem;
  const { status, title } = problems[code];
  const { errors, members, headers = {} } = options;
  const type = `urn:counterfoil:problem:${code}`;
  const body = JSON.stringify({ type, title, status, detail, code, ...(errors ? { errors } : {}), ...members });
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  res.writeHead(status, [
    ...commonHeaders(res),
    'Content-Type',
    'application/problem+json; charset=utf-8',
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Cache-Control',
    'no-store',
    ...Object.entries(headers).flat(),
  ]);
  res.end(body);
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof z.ZodError) return validationProblem(error);

  const refused = refusedByParser.safeParse(error);
  if (refused.success) return parserProblem(refused.data);

  return failureKindOf(error) === 'poison'
    ? new Problem('internal_error', 'The error has been logged. Trying again is safe.', { cause: error })
    : unavailable('The database cannot be reached at the moment.', error);
}

/** What Express and its body parser throw about requests: never about us. */
const refusedByParser = z.object({ status: z.int().min(400).max(499), type: z.string().optional() });

function parserProblem({ status, type }: z.infer<typeof refusedByParser>): Problem {
  if (status === 413) return new Problem('too_large', 'A JSON body may have 100 kB.');
  if (status === 415) return new Problem('unsupported_media_type', 'Send JSON in UTF-8, without an unusual encoding.');
  if (type === 'entity.parse.failed') return invalid('body', 'is not valid JSON');
  return new Problem('invalid_request', 'The request cannot be understood.');
}

function validationProblem(error: z.ZodError): Problem {
  const errors = error.issues.flatMap(fieldErrorsOf).slice(0, errorsMax);
  const [first] = errors;
  const detail = first === undefined ? 'The request is not valid.' : `${first.path}: ${first.message}`;
  return new Problem('invalid_request', detail, { errors });
}

/** Whoever sends ten thousand wrong members learns enough from the first ones. */
const errorsMax = 50;

function fieldErrorsOf(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'is not a known member' }));
  }
  return [{ path: path.join('.') || 'body', message: issue.message }];
}
