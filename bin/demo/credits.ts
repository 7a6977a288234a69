import { z } from 'zod';
import { fetchBody, type Send } from './api.ts';
import type { Cast, Person } from './cast.ts';

const balance = z.object({ credits: z.object({ available: z.int(), held: z.int(), debt: z.int() }) });

export type Credits = z.infer<typeof balance>['credits'];

/** What the server says that somebody has, read as an operator. */
export async function readCredits(send: Send, { opsToken: token }: Cast, { id }: Person): Promise<Credits> {
  return balance.parse(await fetchBody(send, { method: 'GET', path: `/v1/users/${id}/balance`, token })).credits;
}
