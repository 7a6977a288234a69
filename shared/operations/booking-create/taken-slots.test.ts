import { describe, expect, it } from 'vitest';
import {
  aBooking,
  aSlotHold,
  clara,
  codeOf,
  eleven,
  eve,
  hourMs,
  idOf,
  minuteMs,
  now,
  ten,
  theo,
} from '../../../tests/support/builders.ts';
import { answer, withPractice } from '../../../tests/support/massage.ts';
import type { Rows } from '../../../tests/support/world.ts';
import type { Booking, SlotHold } from '../../domain/state.ts';

describe('collisions', () => {
  /** Eve's hour with Theo that ends `gap` minutes before ten; its own buffer is 20 minutes. */
  const earlier = (gap: number, changes: Partial<Booking> = {}) => {
    const endsAt = ten - gap * minuteMs;
    const times = { startsAt: endsAt - hourMs, endsAt, bufferedUntil: endsAt + 20 * minuteMs };
    return { bookings: [aBooking({ id: idOf('other'), clientId: eve, ...times, ...changes })] };
  };

  it.each([
    [0, 20, 'applied'],
    [0, 19, 'slot_taken'],
    [30, 30, 'applied'],
    [30, 29, 'slot_taken'],
  ])('with a buffer of %i and %i minutes between the sessions: %s', (bufferMinutes, gap, code) => {
    expect(codeOf(answer({ ...withPractice({ bufferMinutes }), ...earlier(gap) }))).toBe(code);
  });

  it('a session in which the practitioner is the client takes the slot, without a buffer', () => {
    const asClient = { clientId: theo, practitionerId: eve };
    expect(codeOf(answer({ ...withPractice({ bufferMinutes: 30 }), ...earlier(0, asClient) }))).toBe('applied');
    expect(codeOf(answer({ ...withPractice({ bufferMinutes: 30 }), ...earlier(-1, asClient) }))).toBe('slot_taken');
  });

  it('a session of the client takes the time, in either role and without a buffer', () => {
    const treats = { clientId: eve, practitionerId: clara };
    const isTreated = { clientId: clara, practitionerId: eve };
    expect(codeOf(answer(earlier(0, treats)))).toBe('applied');
    expect(codeOf(answer(earlier(-1, treats)))).toBe('client_busy');
    expect(codeOf(answer(earlier(0, isTreated)))).toBe('applied');
    expect(codeOf(answer(earlier(-1, isTreated)))).toBe('client_busy');
  });

  it('a cancelled session takes nothing', () => {
    expect(codeOf(answer(earlier(-30, { status: 'cancelled' })))).toBe('applied');
  });
});

describe('a slot hold', () => {
  const held = (changes: Partial<SlotHold> = {}) => ({ slotHolds: [aSlotHold(changes)] });
  const endedBy = (rows: Rows) => {
    const decision = answer(rows);
    if (decision.status === 'rejected') throw new Error(decision.rejection.code);
    return decision.effects.flatMap((effect) =>
      effect.type === 'slot-hold-ended' ? [[effect.hold.id, effect.as]] : [],
    );
  };

  it('of somebody else takes the slot, until the very instant of its end', () => {
    expect(codeOf(answer(held()))).toBe('slot_taken');
    expect(codeOf(answer(held(), {}, now + 5 * minuteMs - 1))).toBe('slot_taken');
    expect(codeOf(answer(held(), {}, now + 5 * minuteMs))).toBe('applied');
  });

  it.each([
    [0, 20, 'applied'],
    [0, 19, 'slot_taken'],
    [30, 30, 'applied'],
    [30, 29, 'slot_taken'],
  ])('needs the buffers of a session: with one of %i and %i minutes between them: %s', (bufferMinutes, gap, code) => {
    const endsAt = ten - gap * minuteMs;
    const times = { startsAt: endsAt - hourMs, endsAt, bufferedUntil: endsAt + 20 * minuteMs };
    expect(codeOf(answer({ ...withPractice({ bufferMinutes }), ...held(times) }))).toBe(code);
  });

  it('of the booker is used up by booking any time of it, and only while it lasts', () => {
    const own = { holderId: clara };
    const half = { startsAt: ten - hourMs / 2, endsAt: ten + hourMs / 2 };
    expect(endedBy(held({ ...own }))).toEqual([[idOf('hold'), 'used']]);
    expect(endedBy(held({ ...own, ...half }))).toEqual([[idOf('hold'), 'used']]);
    expect(endedBy(held({ ...own, startsAt: ten - hourMs, endsAt: ten, bufferedUntil: eleven }))).toEqual([]);
    expect(endedBy(held({ ...own, expiresAt: now }))).toEqual([]);
    expect(endedBy(held({ ...own, practitionerId: eve }))).toEqual([]);
  });

  it('that was offered from the waitlist ends the place there', () => {
    const decision = answer(held({ holderId: clara, waitlistEntryId: idOf('entry') }));
    if (decision.status === 'rejected') throw new Error(decision.rejection.code);
    expect(decision.effects.slice(-2)).toMatchObject([
      { type: 'slot-hold-ended', as: 'used' },
      { type: 'waitlist-ended', entryId: idOf('entry'), as: 'fulfilled' },
    ]);
  });

  it('of a practitioner who books elsewhere, or with them, is not in their way as a client', () => {
    expect(codeOf(answer(held({ holderId: theo, practitionerId: eve })))).toBe('applied');
    expect(codeOf(answer(held({ practitionerId: clara })))).toBe('applied');
  });
});
