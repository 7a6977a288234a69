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
  'stripeSecretKey',
  'stripeWebhookSecrets',
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
 * Writes one line of JSON per event to standard output, unless told where else. `name` says which process it was.
 * Errors come without the parameters of statements and without the values that PostgreSQL quotes in details.
 */
export function createLogger(name: string, level: string, to: DestinationStream = standardOutput()): Logger {
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

/** Lines that are written together, at the end of the turn in which they arose: one system call instead of many. */
let waiting = '';

function standardOutput(): DestinationStream {
  // Node's own stream instead of pino's, which, when the terminal is gone, tries again for ever and with it stops the
  // whole process. What nobody can read any more is dropped. Listeners count once however many loggers there are.
  process.stdout.off('error', ignore).on('error', ignore);
  process.off('exit', writeOut).on('exit', writeOut);
  return {
    write: (line) => {
      if (waiting === '') setImmediate(writeOut);
      waiting += line;
    },
  };
}

function writeOut(): void {
  if (waiting !== '') process.stdout.write(waiting);
  waiting = '';
}

function ignore(): void {}

function hideIn(object: object, depth = 0): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) {
    shown[key] = hiddenKeys.has(key) ? '[redacted]' : hideBelow(value, depth);
  }
  return shown;
}

function hideBelow(value: unknown, depth: number): unknown {
  // Errors are described by their serializer, dates print themselves.
  if (typeof value !== 'object' || value === null || value instanceof Error || value instanceof Date) return value;
  if (depth === depthMax) return '[deeper]';
  if (Array.isArray(value)) return value.map((element) => hideBelow(element, depth + 1));
  return hideIn(value, depth + 1);
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
