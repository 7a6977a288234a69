import { describe, expect, it } from 'vitest';
import {
  aBooking,
  aCommand,
  aFreedSlot,
  aPractice,
  aPractitioner,
  aSlotHold,
  aWaitlistEntry,
  clara,
  eleven,
  eve,
  hourMs,
  idOf,
  minuteMs,
  now,
  ten,
  theo,
} from '../../../tests/support/builders.ts';
import { aState, type Rows } from '../../../tests/support/world.ts';
import { timekeeper } from '../../domain/timekeeper.ts';
import { decide, footprint, waitlistOffer } from './waitlist-offer.ts';

const freedSlotId = idOf('freed');

const payload = {
  freedSlotId,
  turn: 0,
  practitionerId: theo,
  startsAt: new Date(ten).toISOString(),
  endsAt: new Date(eleven).toISOString(),
};

const rows: Rows = { people: [aPractitioner()], waitlistEntries: [aWaitlistEntry()], freedSlots: [aFreedSlot()] };

/** What becomes of Theo's hour at ten. */
function answer(changes: Rows = {}, wanted: Partial<typeof payload> = {}, at = now) {
  const command = aCommand({ ...payload, ...wanted }, { caller: timekeeper, at });
  return decide(aState({ ...rows, ...changes }, footprint(command)), command);
}

const nothing = { status: 'applied', outcome: { freedSlotId, entryId: null, holdId: null } };
const closed = { ...nothing, effects: [{ type: 'freed-slot-closed' }] };

it('keeps the slot for whoever waits, as long as the house says', () => {
  const entryId = idOf('entry');
  expect(answer({ people: [aPractitioner({ practice: aPractice({ bufferMinutes: 15 }) })] })).toEqual({
    status: 'applied',
    outcome: { freedSlotId, entryId, holdId: idOf('operation') },
    effects: [
      {
        type: 'waitlist-offered',
        slot: aFreedSlot(),
        entryId,
        hold: {
          id: idOf('operation'),
          holderId: clara,
          practitionerId: theo,
          status: 'live',
          startsAt: ten,
          endsAt: eleven,
          bufferedUntil: eleven + 15 * minuteMs,
          sessionType: 'massage',
          expiresAt: now + 30 * minuteMs,
          waitlistEntryId: entryId,
        },
      },
    ],
  });
});

it('keeps it no longer than it can be booked', () => {
  expect(answer({}, {}, ten - 10 * minuteMs)).toMatchObject({ effects: [{ hold: { expiresAt: ten } }] });
  const people = [aPractitioner({ practice: aPractice({ minimumNoticeMinutes: 100 }) })];
  expect(answer({ people })).toMatchObject({ effects: [{ hold: { expiresAt: ten - 100 * minuteMs } }] });
});

describe('whose turn it is', () => {
  const [first, second] = [
    aWaitlistEntry({ id: idOf('first'), joinedAt: now - 2 * hourMs }),
    aWaitlistEntry({ id: idOf('second'), clientId: eve }),
  ];

  it('is the first who asked', () => {
    expect(answer({ waitlistEntries: [second, first] })).toMatchObject({ outcome: { entryId: first.id } });
  });

  it.each([
    ['range begins later', { from: ten + 1 }],
    ['range ends earlier', { to: eleven - 1 }],
    ['session is longer than what is free', { durationMinutes: 90 }],
    ['kind of session is not offered', { sessionType: 'reading' }],
    ['account is not active', { isClientActive: false }],
    ['place has ended', { status: 'left' }],
    ['practitioner is another one', { practitionerId: eve }],
  ] as const)('is not theirs whose %s', (_why, changes) => {
    const passedOver = { ...first, ...changes };
    expect(answer({ waitlistEntries: [passedOver, second] })).toMatchObject({ outcome: { entryId: second.id } });
    expect(answer({ waitlistEntries: [passedOver] })).toMatchObject(closed);
  });

  it('is not theirs who had it, nor theirs who is being offered something else', () => {
    const freedSlots = [aFreedSlot({ offeredTo: [first.id], holdId: idOf('hold') })];
    const waitlistEntries = [first, second];
    expect(answer({ waitlistEntries, freedSlots }, { turn: 1 })).toMatchObject({ outcome: { entryId: second.id } });

    const elsewhere = { startsAt: ten + 4 * hourMs, endsAt: eleven + 4 * hourMs };
    const offer = aSlotHold({ ...elsewhere, holderId: clara, waitlistEntryId: first.id });
    expect(answer({ waitlistEntries, slotHolds: [offer] })).toMatchObject({ outcome: { entryId: second.id } });
    const elsewhereAltogether = { ...offer, practitionerId: eve };
    const unread = answer({ waitlistEntries, slotHolds: [elsewhereAltogether] });
    expect(unread).toMatchObject({ outcome: { entryId: first.id } });
    const over = { ...offer, expiresAt: now };
    expect(answer({ waitlistEntries, slotHolds: [over] })).toMatchObject({ outcome: { entryId: first.id } });
  });

  it('is also theirs who wants a shorter session', () => {
    const people = [
      aPractitioner({ practice: aPractice({ prices: [{ sessionType: 'talk', durationMinutes: 30, credits: 1 }] }) }),
    ];
    const waitlistEntries = [{ ...first, durationMinutes: 30, sessionType: 'talk' }];
    expect(answer({ people, waitlistEntries })).toMatchObject({
      effects: [{ hold: { startsAt: ten, endsAt: ten + 30 * minuteMs } }],
    });
  });
});

describe('a slot is closed', () => {
  it.each<[string, Rows, number]>([
    ['nobody waits', { waitlistEntries: [] }, now],
    ['it is booked', { bookings: [aBooking({ clientId: eve })] }, now],
    ['somebody else holds it', { slotHolds: [aSlotHold()] }, now],
    ['its time has come', {}, ten + 1],
    ['the practitioner is gone', { people: [] }, now],
    ['the practitioner is deleted', { people: [aPractitioner({ deleted: true })] }, now],
    ['the practitioner is not active', { people: [aPractitioner({ active: false })] }, now],
    ['they do not work then', { people: [aPractitioner({ practice: aPractice({ availability: [] }) })] }, now],
  ])('when %s', (_why, changes, at) => {
    expect(answer(changes, {}, at)).toMatchObject(closed);
  });
});

it.each<[string, Rows, Partial<typeof payload>]>([
  ['there is no such slot', { freedSlots: [] }, {}],
  ['it is closed', { freedSlots: [aFreedSlot({ status: 'closed' })] }, {}],
  ['the turn was taken', { freedSlots: [aFreedSlot({ offeredTo: [idOf('first')], holdId: idOf('hold') })] }, {}],
  ['it is at another time', {}, { startsAt: new Date(ten + minuteMs).toISOString() }],
])('changes nothing when %s', (_why, changes, wanted) => {
  expect(answer(changes, wanted)).toEqual({ ...nothing, effects: [] });
});

it('runs in the lane of the practitioner, and nobody can submit it', () => {
  expect(waitlistOffer.submit(timekeeper, payload)).toEqual({ payload, lane: theo, isAllowed: true });
  expect(waitlistOffer.path).toBe(null);
});
