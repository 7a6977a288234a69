import { inspect } from 'node:util';

/**
 * The one place that says what kind of failure an exception is.
 *
 * - `connection`: PostgreSQL cannot be reached or went away. Nobody's fault; nothing can be recorded meanwhile.
 * - `passing`: it did not work this time (a deadlock, a lock that took too long). Trying again may help.
 * - `poison`: trying the same again gives the same: a bug, or an operation that cannot be understood.
 */
export type FailureKind = 'connection' | 'passing' | 'poison';

/** Connection exceptions (08), operator intervention such as restarts and terminated backends (57P). */
const connectionState = /^(08|57P)/;

/** Serialization and deadlock (40), insufficient resources (53), lock not available, cancelled by a timeout. */
const passingState = /^(40|53|55P03|57014|25P03)/;

const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);

/** What pg says, without any code, when a connection ends or cannot be had in time. */
const lostConnection =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|client has encountered a connection error|client was closed|server closed the connection/i;

export function failureKindOf(error: unknown): FailureKind {
  for (const cause of causesOf(error)) {
    const code = codeOf(cause);
    if (code !== null && (connectionState.test(code) || socketCodes.has(code))) return 'connection';
    if (code !== null && passingState.test(code)) return 'passing';
    if (cause instanceof Error && lostConnection.test(cause.message)) return 'connection';
  }
  return 'poison';
}

/** The SQLSTATE of an error, wherever a wrapper has hidden it (Drizzle puts it into `cause`); null when there is none. */
export function sqlStateOf(error: unknown): string | null {
  for (const cause of causesOf(error)) {
    const code = codeOf(cause);
    if (code !== null && /^(?=.*\d)[0-9A-Z]{5}$/.test(code)) return code; // EPIPE has five letters, too
  }
  return null;
}

/** Internal text of an error with its causes, for logs and operators; never for callers, it may hold SQL. */
export function describeError(error: unknown): string {
  const texts = [...causesOf(error)].map((cause) => (cause instanceof Error ? cause.message : inspect(cause)));
  // PostgreSQL stores no NUL: a failure that cannot be recorded would hold its lane up for ever.
  return texts.join(' ← ').replaceAll('\0', '').slice(0, 2_000);
}

/** An error and what it wraps, outermost first; bounded, because a cause may point back. */
function* causesOf(error: unknown): Generator<unknown> {
  const depthMax = 8;
  let cause = error;
  for (let depth = 0; cause !== undefined && cause !== null && depth < depthMax; depth += 1) {
    yield cause;
    if (cause instanceof AggregateError) yield* cause.errors;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
}

function codeOf(cause: unknown): string | null {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return null;
  return typeof cause.code === 'string' ? cause.code : null;
}
