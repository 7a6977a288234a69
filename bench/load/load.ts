import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signToken } from '../../shared/runtime/tokens.ts';
import { bookingsPath, type PlannedBooking } from '../marketplace.ts';
import { startParty } from '../processes.ts';
import { type LoadOrder, type LoadReport, loadReport, type PreparedRequest, ready } from './messages.ts';

export interface LoadOptions extends Omit<LoadOrder, 'requestsFile'> {
  readonly planned: readonly PlannedBooking[];
  readonly jwtSecret: string;
  /** For the file that the generator reads. */
  readonly directory: string;
}

const tokenSeconds = 24 * 3_600;

/** Sends bookings over HTTP from a process of its own. Throws when an answer is not the expected one. */
export async function sendLoad({ planned, jwtSecret, directory, ...order }: LoadOptions): Promise<LoadReport> {
  const requestsFile = join(directory, `requests-${randomUUID()}`);
  await writeFile(requestsFile, (await prepare(planned, jwtSecret)).map((one) => JSON.stringify(one)).join('\n'));
  const generator = startParty('bench/load/generator.js', {});
  try {
    generator.send({ ...order, requestsFile } satisfies LoadOrder);
    ready.parse(await generator.message());
    generator.send({ go: true });
    const report = loadReport.parse(await generator.message());
    if (report.unexpected > 0) {
      throw new Error(`${report.unexpected} unexpected answers, such as ${report.examples.join('; ')}`);
    }
    return report;
  } finally {
    generator.kill();
    await rm(requestsFile);
  }
}

/** Signs everybody's token in advance. */
async function prepare(planned: readonly PlannedBooking[], secret: string): Promise<PreparedRequest[]> {
  const tokens = new Map<string, string>();
  for (const { clientId: sub } of planned) {
    if (tokens.has(sub)) continue;
    tokens.set(sub, await signToken(secret, { sub, roles: ['client'], expiresInSeconds: tokenSeconds }));
  }
  return planned.map(({ clientId, key, body }) => ({
    path: bookingsPath,
    token: tokens.get(clientId) ?? '',
    key,
    body: JSON.stringify(body),
  }));
}
