import { readSlots } from '../api/routes/slots.ts';
import { createPool } from '../db/client.ts';
import { readPractitioner } from '../db/queries/people.ts';
import { readAs } from '../db/queries/read-as.ts';
import { slotsByDay } from './baselines/slots-by-day.ts';
import { type Context, type Measure, medianOf, onFreshDatabase } from './context.ts';
import type { BenchDatabase } from './environment.ts';
import { msText } from './table.ts';

/*
 * The time to say what of sixty days is free in a calendar that is full of sessions: ours with one query and one pass,
 * against a query for each day and a look at every minute. Both must find the same.
 */

const days = 60;
const dayMs = 24 * 3_600_000;
const session = { sessionType: 'massage', durationMinutes: 30 };

/** As long as they last; one after the other from midnight on, so that the rest of each day is free. */
const sessionMinutes = 5;

/** Answers before the measured ones: code is compiled, plans are made. */
const warmUps = 5;

export const slots: Measure = {
  name: 'slots',
  run: (context) =>
    onFreshDatabase(context, async (database) => {
      const [practitionerId = ''] = context.marketplace.practitioners;
      const from = Math.ceil(Date.now() / dayMs) * dayMs + dayMs;
      const span = { from, to: from + days * dayMs };
      await fillCalendar(context, database, practitionerId, from);

      const log = (error: Error) => context.say(error.message);
      const reader = createPool(database.url, { role: 'reader', name: 'counterfoil-bench', max: 1, log });
      try {
        const viewer = { id: practitionerId, isOperator: false };
        const page = await readAs(reader, viewer, (tx) => readPractitioner(tx, practitionerId));
        if (page === null) throw new Error('the practitioner is not there');
        const ofOurs = async () =>
          (await readSlots(reader, page, { ...span, ...session }, { clientId: practitionerId, at: Date.now() })).map(
            ({ startsAt }) => Date.parse(startsAt),
          );
        const ofDays = () => slotsByDay(database.client, practitionerId, page, { ...span, ...session });
        assertSame(await ofOurs(), await ofDays());

        const ours = await timeOf(context, ofOurs);
        const baseline = await timeOf(context, ofDays);
        const sessions = context.sizes.slotSessions.toLocaleString('en');
        context.say(`free slots of ${days} days: ${msText(ours)}, a query a day: ${msText(baseline)}`);
        return [
          {
            measure: `free slots of ${days} days among ${sessions} sessions, against a query a day and minute by minute`,
            ours: msText(ours),
            baseline: msText(baseline),
            ratio: ours / baseline,
            target: { bound: 'at most', value: 0.5 },
          },
        ];
      } finally {
        await reader.end();
      }
    }),
};

async function fillCalendar(
  { marketplace, sizes }: Context,
  { client }: BenchDatabase,
  practitionerId: string,
  from: number,
): Promise<void> {
  const perDay = Math.ceil(sizes.slotSessions / days);
  const starts = Array.from({ length: sizes.slotSessions }, (_, n) => {
    return new Date(from + Math.floor(n / perDay) * dayMs + (n % perDay) * sessionMinutes * 60_000);
  });
  await client.query(
    `insert into bookings (id, client_id, practitioner_id, peer, status, starts_at, ends_at, buffered_until, time_zone,
                           session_type, credit_cost, free_until_hours, late_refund_percent)
     select gen_random_uuid(), client, $1, false, 'booked', start, start + $4::interval, start + $4::interval, 'UTC',
            'massage', 1, 0, 0
     from unnest($2::uuid[], $3::timestamptz[]) as session (client, start)`,
    [
      practitionerId,
      starts.map((_, n) => marketplace.clients[n % marketplace.clients.length]),
      starts,
      `${sessionMinutes} minutes`,
    ],
  );
  await client.query('vacuum analyze bookings');
}

async function timeOf({ sizes }: Context, answer: () => Promise<unknown>): Promise<number> {
  for (let n = 0; n < warmUps; n += 1) await answer();
  return medianOf(sizes.repeats * 5, async () => {
    const begunAt = performance.now();
    await answer();
    return performance.now() - begunAt;
  });
}

function assertSame(ours: readonly number[], theirs: readonly number[]): void {
  if (ours.length === 0 || ours.join() !== theirs.join()) throw new Error('the two do not find the same slots');
}
