import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { RejectionCode } from '../../shared/contract/rejections.ts';
import { type Act, at, times } from './act.ts';
import { type Cast, durationMinutes, type Person, type Practitioner, refundOf, sessionType } from './cast.ts';
import { readCredits } from './credits.ts';
import { allocation, booking, cancellation, perform, performOneOf, transfer } from './stage.ts';
import { type Request, submit } from './submit.ts';

/** All acts, with those of others, mixed, in the same order every time. */
export function acts(cast: Cast, others: readonly Act[]): readonly Act[] {
  const all = [
    ...times(96, (n) => session(clientOf(cast, n), practitionerOf(cast, n * 3), n)),
    ...times(32, (n) => session(practitionerOf(cast, n), practitionerOf(cast, n + 1 + Math.floor(n / 8)), n)),
    ...times(16, (n) =>
      race(
        times(5, (k) => clientOf(cast, n * 5 + k)),
        practitionerOf(cast, n),
      ),
    ),
    ...times(48, (n) => gift(clientOf(cast, n), clientOf(cast, n + 7), 1 + (n % 9))),
    ...times(24, (n) => repeats(clientOf(cast, n), n % 2 === 0 ? clientOf(cast, n + 5) : practitionerOf(cast, n))),
    ...times(6, (n) => reusedKey(clientOf(cast, n), clientOf(cast, n + 1))),
    ...cast.poor.flatMap((person, n) => [
      poorBooking(person, practitionerOf(cast, n)),
      poorGift(person, clientOf(cast, n)),
    ]),
    ...mistakes(clientOf(cast, 0), practitionerOf(cast, 0)),
    lastCredits,
    debt,
    ...others,
  ];
  // A step that shares no divisor with the length visits every act once.
  const step = 7_919;
  return all.map((_, n) => all[(n * step) % all.length]).filter((act) => act !== undefined);
}

/** Books, and cancels every second time: as the client or as the practitioner; sometimes twice. */
function session(client: Person, practitioner: Practitioner, n: number): Act {
  return async (stage) => {
    const slot = stage.calendars.take(practitioner, [client]);
    const booked = await perform(stage, booking(client, practitioner, slot), {
      what: 'a booking',
      expected: 'succeeded',
    });
    if (booked.status !== 'succeeded' || n % 2 === 1) return;

    const isByClient = n % 4 === 0;
    const request = cancellation(isByClient ? client : practitioner, booked.id);
    const cancelled = await perform(stage, request, { what: 'a cancellation', expected: 'succeeded' });
    const refund = isByClient ? refundOf(slot.credits, practitioner.practice) : slot.credits;
    const refunded = cancelled.outcome?.refundedCredits;
    if (refunded !== refund) stage.tally.surprise(`booking ${booked.id} was refunded ${refunded}, expected ${refund}`);
    if (n % 6 === 0) await perform(stage, request, { what: 'a second cancellation', expected: 'already_cancelled' });
  };
}

/** Everybody wants the same hour at the same moment. */
function race(clients: readonly Person[], practitioner: Practitioner): Act {
  return async (stage) => {
    const slot = stage.calendars.take(practitioner, clients);
    const requests = clients.map((client) => booking(client, practitioner, slot));
    await performOneOf(stage, requests, { what: 'a race for one slot', otherwise: 'slot_taken' });
  };
}

function gift(from: Person, to: Person, amount: number): Act {
  return async (stage) => {
    await perform(stage, transfer(from, to, amount), { what: 'a transfer', expected: 'succeeded' });
  };
}

/** The same request three times at once and once more afterwards: one operation, one answer. */
function repeats(from: Person, other: Person | Practitioner): Act {
  return async (stage) => {
    const { send, tally, books, calendars } = stage;
    const request = {
      ...(isPractitioner(other) ? booking(from, other, calendars.take(other, [from])) : transfer(from, other, 3)),
      key: randomUUID(),
    };
    const atOnce = await Promise.all(times(3, () => submit(send, request)));
    const [first, ...others] = [...atOnce, await submit(send, request)];
    if (first === undefined) return;
    tally.settled('a request sent four times', first, 'succeeded');
    books.enter(first.operation, request.body);
    for (const { operation } of others) {
      if (JSON.stringify(operation) === JSON.stringify(first.operation)) tally.repeated();
      else tally.surprise(`operation ${first.operation.id} got another answer when it was repeated`);
    }
  };
}

const problem = z.object({ code: z.string() });

/** One key, two different requests: the second is refused and does nothing. */
function reusedKey(from: Person, to: Person): Act {
  return async (stage) => {
    const key = randomUUID();
    await perform(stage, { ...transfer(from, to, 1), key }, { what: 'a transfer', expected: 'succeeded' });
    const { token, path, body } = transfer(from, to, 2);
    const answer = await stage.send({ method: 'POST', path, token, body, headers: { 'idempotency-key': key } });
    const code = problem.safeParse(answer.body).data?.code;
    if (answer.status === 422 && code === 'idempotency_key_reused') stage.tally.keyRefused();
    else stage.tally.surprise(`a reused key was answered ${answer.status} ${code}`);
  };
}

function poorBooking(client: Person, practitioner: Practitioner): Act {
  return async (stage) => {
    const slot = stage.calendars.take(practitioner, [client]);
    await perform(stage, booking(client, practitioner, slot), {
      what: 'a booking without credits',
      expected: 'insufficient_credits',
    });
  };
}

function poorGift(from: Person, to: Person): Act {
  return async (stage) => {
    await perform(stage, transfer(from, to, 1), {
      what: 'a transfer without credits',
      expected: 'insufficient_credits',
    });
  };
}

function mistakes(client: Person, practitioner: Practitioner): readonly Act[] {
  const stranger = { ...practitioner, id: randomUUID() };
  const past = { startsAt: '2020-01-01T10:00:00Z', endsAt: '2020-01-01T11:00:00Z', credits: 0 };
  const ordered = (what: string, request: Request, expected: RejectionCode): Act => {
    return async (stage) => {
      await perform(stage, request, { what, expected });
    };
  };
  return [
    ordered('a transfer to oneself', transfer(client, client, 1), 'self_transfer'),
    ordered('a transfer to nobody', transfer(client, stranger, 1), 'recipient_not_found'),
    ordered('a booking with nobody', booking(client, stranger, past), 'practitioner_not_found'),
    ordered('a booking with oneself', booking(practitioner, practitioner, past), 'self_booking'),
    ordered('a booking in the past', booking(client, practitioner, past), 'starts_in_past'),
    ordered('a cancellation of nothing', cancellation(client, randomUUID()), 'booking_not_found'),
    async (stage) => {
      const { startsAt } = stage.calendars.take(practitioner, [client]);
      const body = { practitionerId: practitioner.id, startsAt, sessionType, durationMinutes: durationMinutes + 1 };
      const request = { token: client.token, path: '/v1/bookings', body };
      await perform(stage, request, { what: 'a booking of what is not offered', expected: 'not_offered' });
    },
  ];
}

/** Credits for one session, ten bookings at the same moment. */
const lastCredits: Act = async (stage) => {
  const { single, practitioners } = stage.cast;
  const practitioner = at(practitioners, 0);
  const requests = times(10, () => booking(single, practitioner, stage.calendars.take(practitioner, [single])));
  await performOneOf(stage, requests, { what: 'a race for the last credits', otherwise: 'insufficient_credits' });
};

/** What was earned is spent, and then taken back: the client is made whole, and the next income repays the debt. */
const debt: Act = async (stage) => {
  const { cast, calendars, send, tally } = stage;
  const { spender } = cast;
  const peer = practitionerOf(cast, 1);
  const slot = calendars.take(spender, [peer]);
  const booked = await perform(stage, booking(peer, spender, slot), { what: 'a peer booking', expected: 'succeeded' });
  await perform(stage, transfer(spender, clientOf(cast, 0), slot.credits), {
    what: 'spending what was earned',
    expected: 'succeeded',
  });
  await perform(stage, cancellation(peer, booked.id), { what: 'taking back what is spent', expected: 'succeeded' });
  const owing = await readCredits(send, cast, spender);
  if (owing.available !== 0 || owing.debt !== slot.credits) {
    tally.surprise(`after the refund the practitioner has ${owing.available} and owes ${owing.debt}`);
  }

  await perform(stage, allocation(cast, spender, slot.credits + 5), { what: 'the next income', expected: 'succeeded' });
  const even = await readCredits(send, cast, spender);
  if (even.available !== 5 || even.debt !== 0) {
    tally.surprise(`after the next income the practitioner has ${even.available} and owes ${even.debt}`);
  }
};

function isPractitioner(person: Person | Practitioner): person is Practitioner {
  return person.practice !== null;
}

function clientOf({ clients }: Cast, n: number): Person {
  return at(clients, n);
}

function practitionerOf({ practitioners }: Cast, n: number): Practitioner {
  return at(practitioners, n);
}
