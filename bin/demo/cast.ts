import { randomUUID } from 'node:crypto';
import type { Role } from '../../shared/contract/roles.ts';
import type { Uuid } from '../../shared/domain/ids.ts';
import type { Practice } from '../../shared/domain/state.ts';
import { fetchBody, type Send } from './api.ts';
import { inParallel } from './in-parallel.ts';

/** Somebody who plays in the demo, with a token of their own. */
export interface Person {
  readonly id: Uuid;
  readonly name: string;
  readonly token: string;
  readonly roles: readonly Role[];
  readonly practice: Practice | null;
  /** What they are given at first. */
  readonly credits: number;
}

export interface Practitioner extends Person {
  readonly practice: Practice;
}

export interface Cast {
  readonly adminToken: string;
  readonly opsToken: string;
  readonly practitioners: readonly Practitioner[];
  readonly clients: readonly Person[];
  /** Without any credits. */
  readonly poor: readonly Person[];
  /** With credits for one session of `practitioners[0]`. */
  readonly single: Person;
  /** A practitioner who spends what they earn before it is taken back. */
  readonly spender: Practitioner;
  /** Whose shop it is. */
  readonly owner: Person;
  /** Customers with a story of their own. */
  readonly shoppers: readonly Person[];
  /** A customer who spends the same points several times at once. */
  readonly thrifty: Person;
}

/** Signs a token for one person. */
export type Sign = (id: Uuid, ...roles: readonly Role[]) => Promise<string>;

const clientNames = ['Ada', 'Bela', 'Chidi', 'Dana', 'Emil', 'Farah', 'Goran', 'Hana', 'Ines', 'Jonas', 'Kaya', 'Liv'];
const practitionerNames = ['Mika', 'Noor', 'Olga', 'Pablo', 'Rosa', 'Sami', 'Tove', 'Uma'];

const shopperNames = ['Silke', 'Tomek', 'Yusuf', 'Zora'];

const clientCount = 36;
const poorCount = 4;

const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Sydney'] as const;

export const sessionType = 'massage';
export const durationMinutes = 60;

/** A limit in hours under which every cancellation of the demo is late: a year before the session. */
const lateForever = 8_760;

/** Much more than anybody of the crowd spends, in whatever order things happen. */
const plenty = 1_000;

/** People of this run alone: fresh ids, so that runs do not meet, and the same numbers every time. */
export async function castPeople(sign: Sign): Promise<Cast> {
  const practitionersWanted = practitionerNames.map((name, n) => practitioner(sign, name, practiceOf(n)));
  const clientsWanted = Array.from({ length: clientCount }, (_, n) => client(sign, nameOf(n), plenty));
  const poorWanted = Array.from({ length: poorCount }, (_, n) => client(sign, nameOf(clientCount + n), 0));
  const practitioners = await Promise.all(practitionersWanted);
  return {
    adminToken: await sign(randomUUID(), 'admin'),
    opsToken: await sign(randomUUID(), 'ops'),
    practitioners,
    clients: await Promise.all(clientsWanted),
    poor: await Promise.all(poorWanted),
    single: await client(sign, 'Vera', creditsOf(practitioners[0]?.practice)),
    spender: { ...(await practitioner(sign, 'Wim', practiceOf(0))), credits: 0 },
    owner: await owner(sign, 'Xenia'),
    shoppers: await Promise.all(shopperNames.map((name) => client(sign, name, 0))),
    thrifty: await client(sign, 'Thea', 0),
  };
}

export function everybodyIn(cast: Cast): readonly Person[] {
  const { practitioners, clients, poor, single, spender, owner: vendor, shoppers, thrifty } = cast;
  return [...practitioners, ...clients, ...poor, single, spender, vendor, ...shoppers, thrifty];
}

/** Puts everybody into the directory. */
export async function enter(send: Send, cast: Cast, run: string): Promise<void> {
  const { adminToken: token } = cast;
  await inParallel(everybodyIn(cast), 8, async ({ id, name, roles, practice }) => {
    const entry = {
      email: `${id}@demo-${run}.example`,
      firstName: name,
      lastName: `Demo ${run}`,
      roles,
    };
    await fetchBody(send, { method: 'PUT', path: `/v1/users/${id}`, token, body: entry });
    if (practice === null) return;
    await fetchBody(send, { method: 'PUT', path: `/v1/practitioners/${id}`, token, body: practice });
  });
}

/** What the client gets back of `cost` when they cancel; all sessions of the demo are weeks away. */
export function refundOf(
  cost: number,
  { cancellationPolicy: { freeUntilHours, lateRefundPercent } }: Practice,
): number {
  return freeUntilHours === lateForever ? Math.floor((cost * lateRefundPercent) / 100) : cost;
}

function practiceOf(n: number): Practice {
  return {
    timeZone: zones[n % zones.length] ?? 'UTC',
    prices: [{ sessionType, durationMinutes, credits: 8 + n }],
    availability: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '08:00', end: '20:00' })),
    extraWindows: [],
    timeOff: [],
    bufferMinutes: (n % 3) * 15,
    minimumNoticeMinutes: 60,
    bookingHorizonDays: null,
    sessionsPerDayMax: null,
    cancellationPolicy:
      n % 4 === 3
        ? { freeUntilHours: lateForever, lateRefundPercent: 50 }
        : { freeUntilHours: 24, lateRefundPercent: 0 },
  };
}

function creditsOf(practice: Practice | undefined): number {
  return practice?.prices[0]?.credits ?? 0;
}

function nameOf(n: number): string {
  const name = clientNames[n % clientNames.length] ?? '';
  return `${name} ${Math.floor(n / clientNames.length) + 1}`;
}

async function client(sign: Sign, name: string, credits: number): Promise<Person> {
  const id = randomUUID();
  return { id, name, token: await sign(id, 'client'), roles: ['client'], practice: null, credits };
}

async function owner(sign: Sign, name: string): Promise<Person> {
  const id = randomUUID();
  return { id, name, token: await sign(id, 'vendor'), roles: ['vendor'], practice: null, credits: 0 };
}

async function practitioner(sign: Sign, name: string, practice: Practice): Promise<Practitioner> {
  const id = randomUUID();
  const token = await sign(id, 'practitioner', 'client');
  return { id, name, token, roles: ['practitioner', 'client'], practice, credits: plenty };
}
