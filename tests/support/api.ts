import { randomUUID } from 'node:crypto';
import type { Express } from 'express';
import pg from 'pg';
import { pino } from 'pino';
import { type ApiOptions, type RunningApi, startApi } from '../../api/server.ts';
import type { Role } from '../../shared/contract/roles.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import { type Config, loadConfig } from '../../shared/runtime/config.ts';
import { signToken } from '../../shared/runtime/tokens.ts';
import { createDatabase } from './database.ts';

/** An API in this process, on a database of its own, without workers: what is accepted stays accepted. */
export interface TestApi {
  readonly app: Express;
  readonly url: string;
  readonly config: Config;
  readonly databaseUrl: string;
  /** As the owner of the database. */
  readonly owner: pg.Pool;
  readonly tokenOf: (sub: Uuid, ...roles: Role[]) => Promise<string>;
  readonly request: (method: string, path: string, options?: RequestOptions) => Promise<ApiAnswer>;
  readonly close: () => Promise<void>;
}

export interface RequestOptions {
  readonly token?: string | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers whose form they are about to check
  readonly body: any;
}

export const jwtSecret = 'a secret of the tests, long enough for HS256';

export interface TestApiOptions extends ApiOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Puts something between the API and its database. */
  readonly through?: (databaseUrl: string) => Promise<string>;
}

export async function startTestApi({ env = {}, through, ...options }: TestApiOptions = {}): Promise<TestApi> {
  const database = await createDatabase();
  const config = loadConfig({
    NODE_ENV: 'test',
    PORT: '0',
    DATABASE_URL: (await through?.(database.url)) ?? database.url,
    JWT_SECRET: jwtSecret,
    LOG_LEVEL: 'silent',
    RATE_LIMIT_PER_MINUTE: '0',
    ...env,
  });
  const api: RunningApi = await startApi(config, {
    log: pino({ level: process.env.TEST_LOG ?? 'silent' }),
    ...options,
  });
  const owner = new pg.Pool({ connectionString: database.url, max: 2 });
  owner.on('error', () => {}); // the database is dropped under it
  return {
    app: api.app,
    url: api.url,
    config,
    databaseUrl: database.url,
    owner,
    tokenOf: (sub, ...roles) => signToken(jwtSecret, { sub, roles, expiresInSeconds: 3_600 }),
    request: (method, path, request) => send(api.url, method, path, request),
    close: async () => {
      await api.close();
      await owner.end();
      await database.drop();
    },
  };
}

/** A write under a key of its own, unless the headers bring one. */
export function withKey(options: RequestOptions): RequestOptions {
  return { ...options, headers: { 'Idempotency-Key': randomUUID(), ...options.headers } };
}

async function send(url: string, method: string, path: string, options: RequestOptions = {}): Promise<ApiAnswer> {
  const { token, body, headers } = options;
  const answer = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get('content-type') ?? '');
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
}
