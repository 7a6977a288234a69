/** The embedded PostgreSQL cannot run, and a person can do something about it: the message says what. */
export class EmbeddedError extends Error {
  override readonly name = 'EmbeddedError';
}
