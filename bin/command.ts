import { EmbeddedError } from '../db/embedded/embedded-error.ts';
import { ConfigError } from '../shared/runtime/config.ts';

/** A command line that does not say what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something outside this program must change first; the message is all that there is to say. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/**
 * Runs a command to its end. What a person can put right is one line on standard error and code 1; a wrong command
 * line is followed by its usage, code 2; anything else is a bug and keeps its stack.
 */
export async function runCommand(usage: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${usage}`);
      process.exitCode = 2;
      return;
    }
    console.error(isForPeople(error) ? error.message : error);
    process.exitCode = 1;
  }
}

/** Whether the message alone tells a person what to do. */
export function isForPeople(error: unknown): error is Error {
  return error instanceof ConfigError || error instanceof EmbeddedError || error instanceof StartError;
}
