import { and, desc, eq, gte, isNull, lt, or } from 'drizzle-orm';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Booking, BookingStatus } from '../../shared/domain/state.ts';
import type { Tx } from '../client.ts';
import { type BookingRow, bookingColumns, bookingOf } from '../rows.ts';
import { bookings } from '../schema.ts';
import { isAfter, microsOf, type PageRequest, type TimeKeys } from './page.ts';

/** A booking as it is shown. */
export interface BookingRecord
  extends Omit<
    Booking,
    | 'bufferedUntil'
    | 'cancellationPolicy'
    | 'cancellation'
    | 'settlement'
    | 'noShow'
    | 'revision'
    | 'firstStartsAt'
    | 'movedAt'
    | 'lots'
  > {
  readonly roomUrl: string | null;
  readonly createdAt: Date;
}

export interface BookingFilter {
  /** Whose, and as what; null: everybody's, as far as the viewer sees them. */
  readonly party: { readonly id: Uuid; readonly as: 'client' | 'practitioner' | 'either' } | null;
  readonly status: BookingStatus | undefined;
  /** Sessions that start in [from, to). */
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}

export async function readBooking({ db }: Tx, id: Uuid): Promise<BookingRecord | null> {
  const [row] = await db.select(shown).from(bookings).where(eq(bookings.id, id));
  return row === undefined ? null : recordOf(row);
}

/** The booking as deciders see it. */
export async function readDomainBooking({ client }: Tx, id: Uuid): Promise<Booking | null> {
  const { rows } = await client.query<BookingRow>(`select ${bookingColumns('b')} from bookings b where b.id = $1`, [
    id,
  ]);
  const [row] = rows;
  return row === undefined ? null : bookingOf(row);
}

/** Bookings, newest first. */
export async function listBookings(
  { db }: Tx,
  { party, status, from, to }: BookingFilter,
  { limit, after }: PageRequest<TimeKeys>,
): Promise<{ readonly record: BookingRecord; readonly keys: TimeKeys }[]> {
  const rows = await db
    .select({ ...shown, micros: microsOf(bookings.createdAt) })
    .from(bookings)
    .where(
      and(
        party === null ? undefined : isPartyTo(party),
        status === undefined ? undefined : eq(bookings.status, status),
        from === undefined ? undefined : gte(bookings.startsAt, from),
        to === undefined ? undefined : lt(bookings.startsAt, to),
        isAfter(bookings.createdAt, bookings.id, after),
      ),
    )
    .orderBy(desc(bookings.createdAt), desc(bookings.id))
    .limit(limit);
  return rows.map(({ micros, ...row }) => ({ record: recordOf(row), keys: [micros, row.id] }));
}

// What is open and what is closed have indexes of their own.
function isPartyTo({ id, as }: NonNullable<BookingFilter['party']>) {
  const { clientId, openClientId, practitionerId, openPractitionerId } = bookings;
  const asClient = or(eq(openClientId, id), and(eq(clientId, id), isNull(openClientId)));
  const asPractitioner = or(eq(openPractitionerId, id), and(eq(practitionerId, id), isNull(openPractitionerId)));
  if (as === 'either') return or(asClient, asPractitioner);
  return as === 'client' ? asClient : asPractitioner;
}

const shown = {
  id: bookings.id,
  clientId: bookings.clientId,
  practitionerId: bookings.practitionerId,
  peer: bookings.peer,
  status: bookings.status,
  startsAt: bookings.startsAt,
  endsAt: bookings.endsAt,
  timeZone: bookings.timeZone,
  sessionType: bookings.sessionType,
  creditCost: bookings.creditCost,
  refundedCredits: bookings.refundedCredits,
  notes: bookings.notes,
  roomUrl: bookings.roomUrl,
  createdAt: bookings.createdAt,
};

type ShownRow = Pick<typeof bookings.$inferSelect, keyof typeof shown>;

function recordOf({ startsAt, endsAt, ...row }: ShownRow): BookingRecord {
  return { startsAt: startsAt.getTime(), endsAt: endsAt.getTime(), ...row };
}
