import type pg from 'pg';
import { house } from '../shared/domain/accounts.ts';
import { type Measure, middleOf, onFreshDatabase, repeated } from './context.ts';
import { drainAnew, drainOn } from './drain.ts';
import { bookingsPerDay, type Marketplace, planBookings } from './marketplace.ts';
import { perSecondText } from './table.ts';

/** Whether work slows down as the tables fill: the same drain with a million settled operations behind it and without. */
export const history: Measure = {
  name: 'history',
  run: async (context) => {
    const { marketplace, sizes, say } = context;
    let from = 0;
    const plan = (first: number, count: number) => planBookings(marketplace, from + first, count);
    const options = { plan, count: sizes.bookings };

    const rounds = await onFreshDatabase(context, async (database) => {
      await insertHistory(database.client, marketplace, sizes.history);
      say(`${sizes.history.toLocaleString('en')} settled operations are in`);
      return repeated(sizes.repeats, async () => {
        const empty = await drainAnew(context, 1, options);
        const full = await drainOn(context, database, 1, options);
        // Days later, so that calendars are as empty as they are without a history.
        from += roundDays * bookingsPerDay(marketplace);
        say(`drain with a history: ${perSecondText(full)}, without: ${perSecondText(empty)}`);
        return { ours: full, theirs: empty };
      });
    });
    const { ours, theirs } = middleOf(rounds);
    return [
      {
        measure: `drain with ${sizes.history.toLocaleString('en')} settled operations, against without`,
        ours: perSecondText(ours),
        baseline: perSecondText(theirs),
        ratio: ours / theirs,
        target: { bound: 'at least', value: 0.9 },
      },
    ];
  },
};

const cost = 3;

const roundDays = 3;

/** Sessions begin every half an hour, the last of them a day before now. */
const sessionMinutes = 30;

/**
 * Settled bookings of the past as the workers would have left them: lanes without gaps, sessions that do not overlap,
 * a chain of balances for every account. In each half-hour every practitioner has a session, with clients who take
 * turns. Needs an otherwise fresh marketplace.
 */
async function insertHistory(database: pg.Client, { clients, practitioners }: Marketplace, count: number) {
  await database.query('begin');
  // Ids of the past cannot collide with planned ones, and the same function serves bookings and transfers.
  await database.query(
    `create temporary table past on commit drop as
     select gen_random_uuid() as id, client, practitioner, starts_at, starts_at - interval '3 days' as accepted_at,
            row_number() over (partition by client order by starts_at) as nth
     from (
       select ($1::uuid[])[1 + n % cardinality($1::uuid[])] as client,
              ($2::uuid[])[1 + (n + 17 * (n / cardinality($2::uuid[]))) % cardinality($2::uuid[])] as practitioner,
              date_trunc('hour', now()) - interval '1 day'
                - make_interval(mins => $4 * (n / cardinality($2::uuid[]))) as starts_at
       from generate_series(0, $3 - 1) as n
     ) as session`,
    [clients, practitioners, count, sessionMinutes],
  );
  await database.query('analyze past');
  for (const text of insertions) await database.query(text);
  await database.query('commit');
  await database.query('vacuum analyze');
}

const insertions = [
  `insert into operations (id, kind, lane, lane_seq, caller_id, caller_roles, fingerprint, payload, accepted_at, status,
                           attempts, settled_at, outcome)
   select p.id, 'booking.create', client, last_seq + nth, client, '{client}', sha256(p.id::text::bytea),
          jsonb_build_object('practitionerId', practitioner, 'startsAt', starts_at, 'durationMinutes', ${sessionMinutes},
                             'sessionType', 'massage'),
          p.accepted_at, 'succeeded', 1, p.accepted_at + interval '20 milliseconds',
          jsonb_build_object('bookingId', p.id, 'peer', false, 'creditCost', ${cost},
                             'balanceBefore', balance - ${cost} * (nth - 1), 'balanceAfter', balance - ${cost} * nth,
                             'startsAt', starts_at, 'endsAt', starts_at + interval '${sessionMinutes} minutes')
   from past p join lane_tails t on t.id = client join accounts a on a.id = client order by p.accepted_at`,
  `insert into bookings (id, client_id, practitioner_id, peer, status, starts_at, ends_at, buffered_until, time_zone,
                         session_type, credit_cost, free_until_hours, late_refund_percent, created_at)
   select p.id, client, practitioner, false, 'completed', starts_at, starts_at + interval '${sessionMinutes} minutes',
          starts_at + interval '${sessionMinutes} minutes', time_zone, 'massage', ${cost}, 24, 50, accepted_at
   from past p join practitioners on practitioners.id = practitioner order by accepted_at`,
  `insert into transfers (id, operation_id, debit_account, credit_account, amount, debit_type, credit_type, source,
                          debit_before, reference_type, reference_id, description, created_at)
   select gen_random_uuid(), p.id, client, '${house.revenue}', ${cost}, 'session_payment', 'session_earning', 'booking',
          balance - ${cost} * (nth - 1), 'booking', p.id, 'massage', accepted_at
   from past p join accounts a on a.id = client order by accepted_at, nth`,
  `update accounts a set balance = balance - ${cost} * nth
   from (select client, max(nth) as nth from past group by client) as spent where a.id = client`,
  `update lane_heads h set settled_seq = settled_seq + nth
   from (select client, max(nth) as nth from past group by client) as done where h.id = client`,
  `update lane_tails t set last_seq = last_seq + nth, last_accepted_at = accepted_at
   from (select client, max(nth) as nth, max(accepted_at) as accepted_at from past group by client) as done
   where t.id = client`,
];
