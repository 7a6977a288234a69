import { setTimeout as pause } from 'node:timers/promises';

/** A signal that only the database can give is asked for this often. */
const askEveryMs = 20;

/**
 * The first answer of `ask` that is not null or false. Throws after `limitMs`, saying what was waited for; an exception
 * of `ask` is thrown on at once.
 */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer | null | false> | Answer | null | false,
  limitMs = 20_000,
): Promise<Answer> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms`);
    await pause(askEveryMs);
  }
}
