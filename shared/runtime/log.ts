import pino, { type DestinationStream, type Logger, type LoggerOptions } from 'pino';

export type { Logger } from 'pino';

/** What never appears in a log, whatever object it is in: secrets, and what people are called, write or can be reached by. */
const hiddenKeys = new Set([
  'authorization',
  'cookie',
  'set-cookie',
  'token',
  'password',
  'secret',
  'jwtSecret',
  'metricsToken',
  'databaseUrl',
  'redisUrl',
  'email',
  'firstName',
  'lastName',
  'notes',
  'note',
  'reason',
]);

/** How deep an object is searched; whatever is below is left out. What we log is flatter than that. */
const depthMax = 5;

/**
 * Writes one line of JSON per event to standard output, unless told where else, before it returns. `name` says which
 * process it was. Errors come without the parameters of statements and without the values that PostgreSQL quotes.
 */
export function createLogger(name: string, level: string, to: DestinationStream = pino.destination(1)): Logger {
  const options: LoggerOptions = {
    name,
    level,
    // Not pino's own `redact`: as many paths as these, at any depth, cost it a tenth of a millisecond per line.
    formatters: { log: hideIn },
    serializers: { err: describeForLog, error: describeForLog },
    hooks: {
      logMethod(args, method) {
        // Without a text of its own, a line would repeat the error's message: with the values that it may hold.
        if (args.length === 1 && typeof args[0] !== 'string') method.call(this, args[0], 'error');
        else method.apply(this, args);
      },
    },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return pino(options, to);
}

function hideIn(object: Record<string, unknown>, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, hiddenKeys.has(key) ? '[redacted]' : hideBelow(value, depth)]),
  );
}

function hideBelow(value: unknown, depth: number): unknown {
  // Errors are described by their serializer, dates print themselves.
  if (typeof value !== 'object' || value === null || value instanceof Error || value instanceof Date) return value;
  if (depth === depthMax) return '[deeper]';
  if (Array.isArray(value)) return value.map((element) => hideBelow(element, depth + 1));
  return hideIn({ ...value }, depth + 1);
}

interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly constraint?: string;
  readonly stack?: readonly string[];
  readonly cause?: LoggedError;
}

/** Bounded, because a cause may point back. */
const causesMax = 5;

function describeForLog(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  return {
    type: error.name,
    message: withoutParameters(error.message),
    ...textMember(error, 'code'),
    ...textMember(error, 'constraint'),
    // The first lines of a stack repeat the message.
    stack: (error.stack ?? '').split('\n').flatMap((line) => /^\s+at (.*)$/.exec(line)?.[1] ?? []),
    ...(error.cause !== undefined && depth < causesMax ? { cause: describeForLog(error.cause, depth + 1) } : {}),
  };
}

/** Drizzle's messages end with the values of the statement: what people wrote, and how they are called. */
function withoutParameters(message: string): string {
  return message.split('\nparams:', 1)[0] ?? '';
}

function textMember(error: Error, key: 'code' | 'constraint'): { [Key in typeof key]?: string } {
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' ? { [key]: value } : {};
}
