import { describe, expect, it } from 'vitest';
import { aCommand, aSlotHold, clara, codeOf, eve, idOf, minuteMs, now } from '../../../tests/support/builders.ts';
import { aState } from '../../../tests/support/world.ts';
import type { SlotHold } from '../../domain/state.ts';
import { decide, footprint, slotRelease } from './slot-release.ts';

const holdId = idOf('hold');

/** The answer to Eve, who gives back what she holds. */
function answer(hold: Partial<SlotHold> | null, { by = eve, at = now } = {}) {
  const command = aCommand({ holdId }, { caller: { id: by, roles: ['ops'] }, at });
  return decide(aState({ slotHolds: hold === null ? [] : [aSlotHold(hold)] }, footprint(command)), command);
}

it('ends what its holder gives back', () => {
  expect(answer({})).toEqual({
    status: 'applied',
    outcome: { holdId },
    effects: [{ type: 'slot-hold-ended', hold: aSlotHold(), as: 'released' }],
  });
});

describe('hold_not_found', () => {
  it.each([
    ['there is none', answer(null)],
    ['it is somebody else’s, whatever their roles', answer({}, { by: clara })],
    ['it was used', answer({ status: 'used' })],
    ['it was released', answer({ status: 'released' })],
    ['it was replaced', answer({ status: 'replaced' })],
    ['it ends at this very instant', answer({}, { at: now + 5 * minuteMs })],
  ])('%s', (_why, decision) => {
    expect(codeOf(decision)).toBe('hold_not_found');
  });

  it('is not said a moment before its end', () => {
    expect(codeOf(answer({}, { at: now + 5 * minuteMs - 1 }))).toBe('applied');
  });
});

it('runs in the lane of the caller, whose lock is all it needs', () => {
  expect(slotRelease.submit({ id: eve, roles: [] }, { holdId })).toEqual({
    payload: { holdId },
    lane: eve,
    isAllowed: true,
  });
  expect(footprint(aCommand({ holdId }))).toEqual({ slotHolds: [holdId] });
});
