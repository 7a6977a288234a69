import type { Uuid } from '../shared/domain/ids.ts';
import type { LotShare } from '../shared/domain/lots.ts';
import type {
  Booking,
  BookingStatus,
  CancellationPolicy,
  DateWindow,
  PeerSettlement,
  Person,
  Price,
  TimeOff,
  WeeklyWindow,
} from '../shared/domain/state.ts';

/** How rows become the domain's plain data: instants as epoch milliseconds, amounts as safe integers. */

export interface PersonRow {
  readonly id: Uuid;
  readonly roles: string[];
  readonly active: boolean;
  readonly deleted: boolean;
  readonly practises: boolean;
  readonly time_zone: string;
  readonly prices: readonly Price[];
  readonly availability: readonly WeeklyWindow[];
  readonly time_off: readonly TimeOff[];
  readonly buffer_minutes: number;
  readonly minimum_notice_minutes: number;
  readonly extra_windows: readonly DateWindow[];
  readonly booking_horizon_days: number | null;
  readonly sessions_per_day_max: number | null;
  readonly cancellation_policy: CancellationPolicy;
}

export function personOf(row: PersonRow): Person {
  const { id, roles, active, deleted } = row;
  const practice = {
    timeZone: row.time_zone,
    prices: row.prices,
    availability: row.availability,
    extraWindows: row.extra_windows,
    timeOff: row.time_off,
    bufferMinutes: row.buffer_minutes,
    minimumNoticeMinutes: row.minimum_notice_minutes,
    bookingHorizonDays: row.booking_horizon_days,
    sessionsPerDayMax: row.sessions_per_day_max,
    cancellationPolicy: row.cancellation_policy,
  };
  return { id, roles, active, deleted, practice: row.practises ? practice : null };
}

export interface BookingRow {
  readonly id: Uuid;
  readonly client_id: Uuid;
  readonly practitioner_id: Uuid;
  readonly peer: boolean;
  readonly status: BookingStatus;
  readonly starts_ms: number;
  readonly ends_ms: number;
  readonly buffered_ms: number;
  readonly time_zone: string;
  readonly session_type: string;
  readonly credit_cost: string;
  readonly refunded_credits: string;
  readonly free_until_hours: number;
  readonly late_refund_percent: number;
  readonly notes: string | null;
  readonly cancelled_by: 'client' | 'practitioner' | 'ops' | null;
  readonly cancelled_ms: number | null;
  readonly cancellation_reason: string | null;
  readonly settlement: PeerSettlement;
  readonly no_show: 'client' | 'practitioner' | null;
  readonly revision: number;
  readonly first_starts_ms: number | null;
  readonly moved_ms: number | null;
  readonly lots: readonly LotShare[] | null;
}

/** The columns of `BookingRow`, for a table or alias. */
export function bookingColumns(of: string): string {
  const ms = (column: string, name: string) => `(extract(epoch from ${of}.${column}) * 1000)::float8 as ${name}`;
  const plain = [
    'id',
    'client_id',
    'practitioner_id',
    'peer',
    'status',
    'time_zone',
    'session_type',
    'credit_cost',
    'refunded_credits',
    'free_until_hours',
    'late_refund_percent',
    'notes',
    'cancelled_by',
    'cancellation_reason',
    'settlement',
    'no_show',
    'revision',
    'lots',
  ];
  return [
    ...plain.map((column) => `${of}.${column}`),
    ms('starts_at', 'starts_ms'),
    ms('ends_at', 'ends_ms'),
    ms('buffered_until', 'buffered_ms'),
    ms('cancelled_at', 'cancelled_ms'),
    ms('first_starts_at', 'first_starts_ms'),
    ms('moved_at', 'moved_ms'),
  ].join(', ');
}

export function bookingOf(row: BookingRow): Booking {
  const { cancelled_by: by, cancelled_ms: at } = row;
  return {
    id: row.id,
    clientId: row.client_id,
    practitionerId: row.practitioner_id,
    peer: row.peer,
    status: row.status,
    startsAt: row.starts_ms,
    endsAt: row.ends_ms,
    bufferedUntil: row.buffered_ms,
    timeZone: row.time_zone,
    sessionType: row.session_type,
    creditCost: Number(row.credit_cost),
    refundedCredits: Number(row.refunded_credits),
    cancellationPolicy: { freeUntilHours: row.free_until_hours, lateRefundPercent: row.late_refund_percent },
    notes: row.notes,
    cancellation: by === null || at === null ? null : { by, reason: row.cancellation_reason, at },
    settlement: row.settlement,
    noShow: row.no_show,
    revision: row.revision,
    firstStartsAt: row.first_starts_ms ?? row.starts_ms,
    movedAt: row.moved_ms,
    lots: row.lots ?? [],
  };
}
