import type { Role } from '../shared/contract/roles.ts';
import { derivedId, type Uuid } from '../shared/domain/ids.ts';
import type { CancellationPolicy, Practice, Price, WeeklyWindow } from '../shared/domain/state.ts';
import type { UserEntry } from './directory.ts';

/**
 * The people of the demo: invented, and the same on every machine, so that what one person sees another can repeat.
 * Everything varies with a person's number and nothing is random.
 */
export interface DemoPerson {
  readonly id: Uuid;
  readonly entry: UserEntry;
  readonly practice: Practice | null;
  /** Given once, as a bonus; 0: none. */
  readonly credits: number;
}

export const practitionerCount = 40;
export const clientCount = 200;

/** People that a person who tries things out can be. */
export const demoIds = {
  client: clientIdOf(0),
  practitioner: practitionerIdOf(0),
  admin: derivedId('demo/admin'),
  operator: derivedId('demo/operator'),
  vendor: derivedId('demo/vendor-owner/0'),
} as const;

const firstNames = ['Ada', 'Bela', 'Chidi', 'Dana', 'Emil', 'Farah', 'Goran', 'Hana', 'Ines', 'Jonas', 'Kaya', 'Liv'];
const moreFirstNames = ['Mika', 'Noor', 'Olga', 'Pablo', 'Rosa', 'Sami', 'Tove', 'Uma'];
const lastNames = ['Arslan', 'Berg', 'Costa', 'Dubois', 'Eriksen', 'Fischer', 'Garcia', 'Haddad', 'Ito', 'Jansen'];
const moreLastNames = ['Kovač', 'Lindgren', 'Moreau', 'Novák', 'Okafor', 'Petrov', 'Quinn', 'Rossi', 'Silva', 'Tanaka'];

const zones = [
  'Europe/Berlin',
  'Europe/London',
  'Europe/Lisbon',
  'America/New_York',
  'America/Los_Angeles',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Asia/Tokyo',
  'Australia/Sydney',
  'Africa/Nairobi',
] as const;

const sessionTypes = ['massage', 'coaching', 'yoga', 'physiotherapy'] as const;

const policies: readonly CancellationPolicy[] = [
  { freeUntilHours: 0, lateRefundPercent: 0 },
  { freeUntilHours: 24, lateRefundPercent: 50 },
  { freeUntilHours: 48, lateRefundPercent: 0 },
  { freeUntilHours: 12, lateRefundPercent: 25 },
];

const schedules: readonly (readonly WeeklyWindow[])[] = [
  windows([1, 2, 3, 4, 5], ['09:00', '17:00']),
  windows([1, 2, 3, 4], ['08:00', '12:00'], ['13:00', '18:30']),
  windows([2, 4, 6], ['10:00', '20:00']),
  windows([1, 2, 3, 4, 5, 6, 7], ['07:00', '13:00']),
  windows([5, 6, 7], ['12:00', '24:00']),
];

/** Everybody, administrators and operators first. */
export function demoDirectory(): readonly DemoPerson[] {
  return [
    { id: demoIds.admin, entry: entryOf('admin', 17, ['admin']), practice: null, credits: 0 },
    { id: demoIds.operator, entry: entryOf('operator', 23, ['ops']), practice: null, credits: 0 },
    ...Array.from({ length: practitionerCount }, (_, n) => practitionerOf(n)),
    ...Array.from({ length: clientCount }, (_, n) => clientOf(n)),
  ];
}

function practitionerIdOf(n: number): Uuid {
  return derivedId(`demo/practitioner/${n}`);
}

export function clientIdOf(n: number): Uuid {
  return derivedId(`demo/client/${n}`);
}

function practitionerOf(n: number): DemoPerson {
  const entry = entryOf(`practitioner-${n}`, n * 7 + 3, ['practitioner', 'client']);
  return { id: practitionerIdOf(n), entry, practice: practiceOf(n, entry.timeZone), credits: 30 + (n % 5) * 10 };
}

function clientOf(n: number): DemoPerson {
  // Every twentieth starts with nothing, so that "insufficient credits" can be met too; the first one has plenty.
  const credits = n === 0 ? 500 : n % 20 === 19 ? 0 : 40 + (n % 7) * 20;
  return { id: clientIdOf(n), entry: entryOf(`client-${n}`, n * 3 + 1, ['client']), practice: null, credits };
}

export function entryOf(mailbox: string, n: number, roles: readonly Role[]): UserEntry {
  return {
    email: `${mailbox}@demo.example`,
    firstName: pick([...firstNames, ...moreFirstNames], n),
    lastName: pick([...lastNames, ...moreLastNames], Math.floor(n / 3) + n),
    roles,
    timeZone: pick(zones, n),
    active: true,
    emailVerified: true,
  };
}

function practiceOf(n: number, timeZone: string): Practice {
  return {
    timeZone,
    prices: pricesOf(n),
    availability: pick(schedules, n),
    extraWindows: [],
    timeOff: [],
    bufferMinutes: pick([0, 10, 15, 30], n),
    minimumNoticeMinutes: pick([0, 60, 120, 24 * 60], n),
    bookingHorizonDays: null,
    sessionsPerDayMax: null,
    cancellationPolicy: pick(policies, n),
  };
}

/** One or two kinds of session, in two or three lengths; longer ones are a little cheaper by the minute. */
function pricesOf(n: number): readonly Price[] {
  const durations = n % 3 === 0 ? [30, 60, 90] : [30, 60];
  const types = n % 2 === 0 ? [pick(sessionTypes, n / 2)] : [pick(sessionTypes, n), pick(sessionTypes, n + 1)];
  return types.flatMap((sessionType, position) =>
    durations.map((durationMinutes) => ({
      sessionType,
      durationMinutes,
      credits: Math.ceil(((8 + (n % 6) + position) * durationMinutes) / (durationMinutes > 30 ? 33 : 30)),
    })),
  );
}

function windows(weekdays: readonly number[], ...hours: readonly (readonly [string, string])[]): WeeklyWindow[] {
  return weekdays.flatMap((weekday) => hours.map(([start, end]) => ({ weekday, start, end })));
}

function pick<Value>(values: readonly Value[], n: number): Value {
  const value = values[n % values.length];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}
