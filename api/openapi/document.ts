import { z } from 'zod';
import { type ProblemCode, problems } from '../../shared/contract/problems.ts';
import type { Answer, HeaderParameter, Route } from '../http/route.ts';
import { nothing } from '../http/route.ts';
import { type Components, type JsonSchema, jsonSchemaOf } from './json-schema.ts';

/** The parts of OpenAPI 3.1 that we write. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

const description = `Every write is an operation: it is recorded durably under an idempotency key, answered with 202, and
applied exactly once, in order per user. \`Prefer: wait=N\` holds the answer until the outcome is known.

Errors are \`application/problem+json\` (RFC 9457) with a \`code\` that programs may rely on.`;

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  operatorSession: { type: 'apiKey', in: 'cookie', name: 'counterfoil_ops' },
};

/** The document of these routes: whatever is served is in it, because it is served from the same list. */
export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const components: Components = new Map();
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = documentedPath(route.path);
    const known = paths[path] ?? {};
    paths[path] = { ...known, [route.method]: operationOf(route, components) };
  }
  jsonSchemaOf(problemSchema, { io: 'output', components });
  return {
    openapi: '3.1.0',
    info: { title: 'Counterfoil', version: '1.0.0', description },
    servers: [{ url: '/' }],
    paths,
    components: { schemas: Object.fromEntries([...components].sort()), securitySchemes },
  };
}

/** `/v1/users/:id` → `/v1/users/{id}`. */
export function documentedPath(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

function operationOf(route: Route, components: Components): object {
  const { method, path, tag, summary, isPublic, isOfConsole } = route;
  const pathNames = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  const body = bodyOf(route, pathNames, components);
  return {
    operationId: operationIdOf(method, path),
    tags: [tag],
    summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: isOfConsole ? [{ operatorSession: [] }] : isPublic ? [] : [{ bearer: [] }],
    parameters: parametersOf(route, pathNames, components),
    ...(body === null ? {} : { requestBody: body }),
    responses: { ...answersOf(route, components), ...problemsOf(route, body !== null) },
  };
}

/** `get /v1/users/:id/balance` → `getV1UsersIdBalance`. */
function operationIdOf(method: string, path: string): string {
  const words = path.split(/[^\w]+/).filter((word) => word !== '');
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function bodyOf(route: Route, pathNames: readonly string[], components: Components): object | null {
  if (route.files !== undefined) return { required: true, content: filesOf(route.files) };
  const schema = route.payload ?? (route.body === nothing ? null : route.body);
  if (schema === null) return null;
  const { properties = {}, required = [], ...rest } = jsonSchemaOf(schema, { io: 'input', components });
  const members = Object.entries(properties).filter(([name]) => !pathNames.includes(name));
  const needed = required.filter((name) => !pathNames.includes(name));
  const written = {
    ...rest,
    properties: Object.fromEntries(members),
    ...(needed.length === 0 ? {} : { required: needed }),
  };
  const contentType = route.isOfConsole ? 'application/x-www-form-urlencoded' : 'application/json';
  return { required: needed.length > 0, content: { [contentType]: { schema: written } } };
}

/** A file is the body itself, or the field `file` of a form. */
function filesOf(types: readonly string[]): Record<string, object> {
  const file = { type: 'string', contentMediaType: 'text/csv' };
  const form = { type: 'object', properties: { file }, required: ['file'] };
  return Object.fromEntries(types.map((type) => [type, { schema: type.startsWith('multipart/') ? form : file }]));
}

function parametersOf(route: Route, pathNames: readonly string[], components: Components): object[] {
  const own = jsonSchemaOf(route.params, { io: 'input', components }).properties ?? {};
  const ofPayload =
    route.payload === undefined ? {} : (jsonSchemaOf(route.payload, { io: 'input', components }).properties ?? {});
  return [
    ...pathNames.map((name) => {
      const schema = ofPayload[name] ?? own[name] ?? { type: 'string' };
      return { name, in: 'path', required: true, schema };
    }),
    ...queryOf(route, components),
    ...(route.headers ?? []).map((header) => headerOf(header, components)),
  ];
}

function queryOf(route: Route, components: Components): object[] {
  // What a parameter becomes says more than that it is text; whether it may be missing is for the sending side.
  const { properties = {} } = jsonSchemaOf(route.query, { io: 'output', components });
  const required = jsonSchemaOf(route.query, { io: 'input', components }).required ?? [];
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function headerOf({ name, required, description: text, schema }: HeaderParameter, components: Components): object {
  return { name, in: 'header', required, description: text, schema: jsonSchemaOf(schema, { io: 'input', components }) };
}

function answersOf(route: Route, components: Components): Record<string, object> {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, answer]) => [status, answerOf(answer, components)]),
  );
}

function answerOf({ description: text, schema, contentType, headers }: Answer, components: Components): object {
  const described = Object.entries(headers ?? {}).map(([name, about]) => [
    name,
    { description: about, schema: { type: 'string' } },
  ]);
  return {
    description: text,
    ...(described.length === 0 ? {} : { headers: Object.fromEntries(described) }),
    ...(schema === undefined
      ? {}
      : {
          content: {
            [contentType ?? 'application/json']: { schema: jsonSchemaOf(schema, { io: 'output', components }) },
          },
        }),
  };
}

function problemsOf(route: Route, hasBody: boolean): Record<string, object> {
  const takesInput = hasBody || route.query !== nothing || route.path.includes(':');
  const isGuarded = !route.isPublic;
  const isSubmission = route.payload !== undefined;
  const codes: (ProblemCode | false)[] = [
    takesInput && 'invalid_request',
    isGuarded && 'unauthenticated',
    route.roles !== undefined && 'forbidden',
    route.path.includes(':') && !isSubmission && 'not_found',
    (route.headers ?? []).some(({ name }) => name === 'If-Match') && 'precondition_failed',
    hasBody && 'too_large',
    hasBody && 'unsupported_media_type',
    (isSubmission || route.files !== undefined) && 'idempotency_key_reused',
    isGuarded && 'rate_limited',
    (isGuarded || route.path === '/readyz') && 'unavailable',
  ];
  return Object.fromEntries(codes.flatMap((code) => (code === false ? [] : [problemAnswer(code)])));
}

function problemAnswer(code: ProblemCode): [string, object] {
  const { status, title } = problems[code];
  const retry = { 'Retry-After': { description: 'Seconds.', schema: { type: 'string' } } };
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return [
    String(status),
    {
      description: `${title} (\`${code}\`).`,
      ...(status === 429 || status === 503 ? { headers: retry } : {}),
      content,
    },
  ];
}
