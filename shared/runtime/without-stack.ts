/**
 * Begins `call` without the stack of what it captures meanwhile; what it throws or does later has one. For packages that
 * read a stack at every call, only to add to an error where they were called from: with source maps that took a worker
 * that charges cards 4 % of its time, and a call that is made in one place has nothing to tell.
 */
export function withoutStack<Result>(call: () => Result): Result {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return call();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
