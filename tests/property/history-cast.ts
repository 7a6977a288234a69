import fc from 'fast-check';
import { poolOf, unclaimedOf } from '../../shared/domain/accounts.ts';
import type { Member, Partner } from '../../shared/domain/partner.ts';
import type { Person, Practice } from '../../shared/domain/state.ts';
import { aMember, aPartner as aSponsor, idOf } from '../support/builders.ts';

/* Who a history is about: few people, some with a page, and the partners of some. */

/** Everybody starts in the directory but the last two: `late` may be entered, `ghost` never is. */
export const cast = { ann: idOf('ann'), ben: idOf('ben'), cat: idOf('cat'), dan: idOf('dan') };
export const late = idOf('late');
export const ghost = idOf('ghost');
export const everybody = [...Object.values(cast), late, ghost];

/** Cat acts for one partner with a cap, Dan for another without; neither has credits in the beginning. */
export const sponsors: readonly Partner[] = [
  aSponsor({ id: idOf('acme'), ownerId: cast.cat, memberCap: { credits: 5, days: 1 } }),
  aSponsor({ id: idOf('umbrella'), ownerId: cast.dan, onExpiry: 'forfeit' }),
];

/** Three have accounts, three have none yet; two are another partner's. */
export const sponsored: readonly Member[] = [
  aMember({ id: idOf('member/ann'), userId: cast.ann }),
  aMember({ id: idOf('member/ben'), userId: cast.ben }),
  aMember({ id: idOf('member/new') }),
  aMember({ id: idOf('member/newer') }),
  aMember({ id: idOf('member/elsewhere'), partnerId: idOf('umbrella') }),
  aMember({ id: idOf('member/ben elsewhere'), partnerId: idOf('umbrella'), userId: cast.ben }),
];

/** Whose balances are compared. */
export const accountIds = [...everybody, ...sponsors.flatMap(({ id }) => [poolOf(id), unclaimedOf(id)])];

const prices = [
  { sessionType: 'massage', durationMinutes: 60, credits: 7 },
  { sessionType: 'massage', durationMinutes: 30, credits: 4 },
  { sessionType: 'talk', durationMinutes: 30, credits: 0 },
];

/** What they are after a change of the page: sessions that are moved get dearer or cheaper. */
const otherPrices = prices.map((price) => ({ ...price, credits: 11 - price.credits }));

export const practice: fc.Arbitrary<Practice> = fc.record({
  timeZone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'UTC'),
  prices: fc.oneof(
    { weight: 9, arbitrary: fc.constant(prices) },
    { weight: 3, arbitrary: fc.constant(otherPrices) },
    fc.subarray(prices),
  ),
  availability: fc.oneof(
    { weight: 4, arbitrary: fc.constant([6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00' }))) },
    fc.constant([
      { weekday: 7, start: '01:15', end: '02:45' },
      { weekday: 7, start: '02:45', end: '05:00' },
      { weekday: 6, start: '18:00', end: '24:00' },
    ]),
  ),
  timeOff: fc.subarray([{ from: '2026-10-25T02:10:00Z', to: '2026-10-25T02:50:00Z' }], { minLength: 0 }),
  extraWindows: fc.subarray([
    { date: '2026-10-25', start: '00:30', end: '01:15' },
    { date: '2026-10-24', start: '17:00', end: '24:00' },
  ]),
  bufferMinutes: fc.constantFrom(0, 0, 15, 30),
  minimumNoticeMinutes: fc.constantFrom(0, 0, 60),
  // No slot is a day away: the horizon is never met here, but in `slots.test.ts`.
  bookingHorizonDays: fc.constantFrom(null, 1),
  sessionsPerDayMax: fc.constantFrom(null, null, null, 2, 3),
  cancellationPolicy: fc.constantFrom(
    { freeUntilHours: 0, lateRefundPercent: 0 },
    { freeUntilHours: 4, lateRefundPercent: 50 },
    { freeUntilHours: 24, lateRefundPercent: 33 },
  ),
});

export function person(id: string): fc.Arbitrary<Person> {
  return fc.record({
    id: fc.constant(id),
    roles: fc.constantFrom<Person['roles'][]>(['client'], ['practitioner'], ['client', 'practitioner']),
    active: fc.integer({ min: 0, max: 6 }).map((roll) => roll > 0),
    deleted: fc.integer({ min: 0, max: 9 }).map((roll) => roll === 0),
    practice: fc.option(practice, { freq: 5 }),
  });
}

/** Two practitioners, somebody with a page who is none, and a client, all of them fit. */
export const opening: fc.Arbitrary<Person[]> = fc.tuple(practice, practice, practice).map(([first, second, third]) => {
  const fit = { active: true, deleted: false };
  return [
    { id: cast.ann, roles: ['practitioner'], practice: first, ...fit },
    { id: cast.ben, roles: ['client', 'practitioner'], practice: second, ...fit },
    { id: cast.cat, roles: ['client'], practice: third, ...fit },
    { id: cast.dan, roles: ['client'], practice: null, ...fit },
  ];
});
