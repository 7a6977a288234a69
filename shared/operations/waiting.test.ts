import { describe, expect, it } from 'vitest';
import {
  aCommand,
  aSlotHold,
  aWaitlistEntry,
  clara,
  codeOf,
  eve,
  idOf,
  minuteMs,
  now,
} from '../../tests/support/builders.ts';
import { aState, type Rows } from '../../tests/support/world.ts';
import type { SlotHold } from '../domain/state.ts';
import * as declining from './waitlist-decline/waitlist-decline.ts';
import * as leaving from './waitlist-leave/waitlist-leave.ts';

/* What only who waits may do with their place, and what becomes of what is offered to them. */

const entryId = idOf('entry');
const entry = aWaitlistEntry();

const offer = (changes: Partial<SlotHold> = {}) => aSlotHold({ holderId: clara, waitlistEntryId: entryId, ...changes });

const call = { by: clara, at: now };

function leave(rows: Rows, { by, at } = call) {
  const command = aCommand({ entryId }, { caller: { id: by, roles: ['ops'] }, at });
  return leaving.decide(aState(rows, leaving.footprint(command)), command);
}

function decline(rows: Rows, { by, at } = call) {
  const command = aCommand({ entryId }, { caller: { id: by, roles: ['ops'] }, at });
  return declining.decide(aState(rows, declining.footprint(command)), command);
}

describe.each([
  ['leave', leave],
  ['decline', decline],
] as const)('to %s', (_what, attempt) => {
  it.each<[string, Rows, typeof call]>([
    ['that is not there', {}, call],
    ['of somebody else, whatever their roles', { waitlistEntries: [entry] }, { ...call, by: eve }],
    ['that has ended', { waitlistEntries: [{ ...entry, status: 'left' }] }, call],
  ])('a place %s: entry_not_found', (_which, rows, by) => {
    expect(codeOf(attempt({ ...rows, slotHolds: [offer()] }, by))).toBe('entry_not_found');
  });
});

describe('who leaves', () => {
  it('ends their place', () => {
    expect(leave({ waitlistEntries: [entry], slotHolds: [aSlotHold()] })).toEqual({
      status: 'applied',
      outcome: { entryId },
      effects: [{ type: 'waitlist-ended', entryId, as: 'left' }],
    });
  });

  it('gives back whatever is offered to them, in time or not', () => {
    const offers = [offer(), offer({ id: idOf('earlier'), expiresAt: now })];
    expect(leave({ waitlistEntries: [entry], slotHolds: offers })).toMatchObject({
      effects: [
        { type: 'waitlist-ended' },
        ...offers.map((hold) => ({ type: 'slot-hold-ended', hold, as: 'released' })),
      ],
    });
  });
});

describe('who declines', () => {
  it('gives back what is offered, and waits on', () => {
    expect(decline({ waitlistEntries: [entry], slotHolds: [offer()] })).toEqual({
      status: 'applied',
      outcome: { entryId, holdId: idOf('hold') },
      effects: [{ type: 'slot-hold-ended', hold: offer(), as: 'released' }],
    });
  });

  it.each<[string, SlotHold[], number]>([
    ['nothing is offered', [], now],
    ['it was their own hold', [offer({ waitlistEntryId: null })], now],
    ['it was given back', [offer({ status: 'released' })], now],
    ['it ends at this very instant', [offer()], now + 5 * minuteMs],
  ])('hears hold_not_found when %s', (_why, slotHolds, at) => {
    expect(codeOf(decline({ waitlistEntries: [entry], slotHolds }, { by: clara, at }))).toBe('hold_not_found');
  });
});
