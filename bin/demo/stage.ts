import type { Send } from './api.ts';
import type { Books } from './books.ts';
import type { Calendars, Slot } from './calendars.ts';
import { type Cast, durationMinutes, type Person, type Practitioner, sessionType } from './cast.ts';
import type { Shop } from './shop.ts';
import { type Operation, type Request, submit } from './submit.ts';
import { type Expectation, endOf, type Tally } from './tally.ts';

/** What every act plays with. */
export interface Stage {
  readonly send: Send;
  readonly cast: Cast;
  readonly calendars: Calendars;
  readonly tally: Tally;
  readonly books: Books;
  readonly shop: Shop;
}

/** Submits a write, waits for its outcome and compares it with what is expected. */
export async function perform(
  { send, tally, books }: Stage,
  request: Request,
  { what, expected }: { readonly what: string; readonly expected: Expectation },
): Promise<Operation> {
  const settled = await submit(send, request);
  tally.settled(what, settled, expected);
  books.enter(settled.operation, request.body);
  return settled.operation;
}

/** Submits all of them at the same moment: one, whichever it is, succeeds, and all the others are rejected alike. */
export async function performOneOf(
  { send, tally, books }: Stage,
  requests: readonly Request[],
  { what, otherwise }: { readonly what: string; readonly otherwise: Expectation },
): Promise<void> {
  const all = await Promise.all(requests.map(async (request) => ({ request, settled: await submit(send, request) })));
  const winner = all.find(({ settled }) => endOf(settled.operation) === 'succeeded');
  if (winner === undefined) tally.surprise(`${what}: none of ${all.length} succeeded`);
  for (const one of all) {
    tally.settled(what, one.settled, one === winner ? 'succeeded' : otherwise);
    books.enter(one.settled.operation, one.request.body);
  }
}

export function booking({ token }: Person, { id: practitionerId }: Practitioner, { startsAt }: Slot): Request {
  return { token, path: '/v1/bookings', body: { practitionerId, startsAt, durationMinutes, sessionType } };
}

export function cancellation({ token }: Person, bookingId: string): Request {
  return { token, path: `/v1/bookings/${bookingId}/cancel`, body: { reason: 'part of the demo' } };
}

export function transfer({ token }: Person, { id: toUserId }: Person, amount: number): Request {
  return { token, path: '/v1/transfers', body: { toUserId, amount } };
}

export function allocation({ adminToken: token }: Cast, { id: userId }: Person, amount: number): Request {
  return { token, path: '/v1/allocations', body: { userId, amount, source: 'bonus', note: 'part of the demo' } };
}
