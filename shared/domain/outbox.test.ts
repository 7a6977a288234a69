import { describe, expect, it } from 'vitest';
import { aBooking, aMember, aPartner, clara, plainSettings, theo } from '../../tests/support/builders.ts';
import { house } from './accounts.ts';
import { type BookingChange, outgoingOf, outgoingOfAssignment, outgoingOfTransfer } from './outbox.ts';
import type { Booking, Settings } from './state.ts';

const peer = { peer: true, creditCost: 10 };
const held = { ...peer, settlement: 'on_completion' } as const;
const refund = {
  status: 'cancelled',
  refundedCredits: 4,
  cancellation: { by: 'client', reason: 'ill', at: 1 },
} as const;

/** Who is told what, as "client: type". */
function told(change: BookingChange, booking: Partial<Booking> = {}, settings: Partial<Settings> = {}): string[] {
  const names: Record<string, string> = { [clara]: 'client', [theo]: 'practitioner' };
  return outgoingOf(change, aBooking(booking), { ...plainSettings, ...settings }).map(({ type, userId }) =>
    userId === null ? type : `${names[userId]}: ${type}`,
  );
}

describe('what people hear of a booking', () => {
  it.each<[string, BookingChange, Partial<Booking>, string[]]>([
    [
      'an ordinary one',
      'created',
      {},
      ['client: booking_confirmed_client', 'practitioner: booking_confirmed_practitioner'],
    ],
    [
      'a peer one that is paid at once (001-32 to 001-35)',
      'created',
      peer,
      [
        'client: peer_booking_confirmed_client',
        'practitioner: peer_booking_confirmed_practitioner',
        'client: peer_credits_deducted',
        'practitioner: peer_credits_earned',
      ],
    ],
    [
      'a peer one that is paid when it is over',
      'created',
      held,
      [
        'client: peer_booking_confirmed_client',
        'practitioner: peer_booking_confirmed_practitioner',
        'client: peer_credits_deducted',
      ],
    ],
    [
      'a free peer one',
      'created',
      { peer: true, creditCost: 0 },
      ['client: peer_booking_confirmed_client', 'practitioner: peer_booking_confirmed_practitioner'],
    ],
    ['a move', 'rescheduled', peer, ['client: booking_rescheduled', 'practitioner: booking_rescheduled']],
    ['a cancellation', 'cancelled', refund, ['client: booking_cancelled', 'practitioner: booking_cancelled']],
    [
      'that of a peer one (001-36)',
      'cancelled',
      { ...peer, ...refund },
      ['client: peer_booking_cancelled_refunded', 'practitioner: peer_booking_cancelled_refunded'],
    ],
    ['its end', 'completed', {}, []],
    ['that of a peer one, paid already', 'completed', peer, []],
    ['that of a peer one, paid now', 'completed', held, ['practitioner: peer_credits_earned']],
    ['a client who did not come', 'missed', { ...held, noShow: 'client' }, ['practitioner: peer_credits_earned']],
    ['a practitioner who did not', 'missed', { ...held, noShow: 'practitioner' }, []],
  ])('%s', (_name, change, booking, expected) => {
    expect(told(change, booking)).toEqual(expected);
  });

  it('speaks of the facts as they were decided', () => {
    expect(outgoingOf('cancelled', aBooking({ ...refund, revision: 2 }), plainSettings)[0]?.data).toMatchObject({
      revision: 2,
      refundedCredits: 4,
      cancelledBy: 'client',
      reason: 'ill',
    });
  });

  it.each<[BookingChange, string[]]>([
    ['created', ['room.create']],
    ['rescheduled', ['room.create']],
    ['cancelled', ['room.remove']],
    ['completed', []],
  ])('%s: rooms, where there are any (002-17)', (change, expected) => {
    const rooms = (settings: Partial<Settings>) => told(change, {}, settings).filter((type) => type.startsWith('room'));
    expect([rooms({ hasRooms: true }), rooms({})]).toEqual([expected, []]);
  });
});

describe('what members hear of credits that a partner assigns', () => {
  const expiresAt = Date.UTC(2027, 0, 1, 12);

  it('the partner, the amount and the end', () => {
    expect(outgoingOfAssignment(aMember({ userId: clara }), aPartner(), { amount: 5, expiresAt })).toEqual([
      {
        kind: 'mail',
        type: 'partner_credits_assigned',
        userId: clara,
        subjectId: null,
        data: { amount: 5, source: 'Acme', note: 'To be used before 2027-01-01 (UTC).' },
      },
    ]);
  });

  it('nothing without an account, or without credits', () => {
    expect(outgoingOfAssignment(aMember(), aPartner(), { amount: 5, expiresAt })).toEqual([]);
    expect(outgoingOfAssignment(aMember({ userId: clara }), aPartner(), { amount: 0, expiresAt: null })).toEqual([]);
  });
});

describe('what people hear of transfers', () => {
  const given = {
    debit: house.issued,
    credit: clara,
    amount: 5,
    debitType: 'bonus',
    creditType: 'bonus',
    source: 'bonus',
    reference: null,
    description: 'welcome',
    debtor: null,
  } as const;

  it('of credits that the house gives them', () => {
    expect(outgoingOfTransfer(given)).toEqual([
      {
        kind: 'mail',
        type: 'credits_allocated',
        userId: clara,
        subjectId: null,
        data: { amount: 5, source: 'bonus', note: 'welcome' },
      },
    ]);
  });

  it('not of what goes into a pool', () => {
    expect(outgoingOfTransfer({ ...given, creditType: 'partner_funding' })).toEqual([]);
  });

  it('not of what moves between people, or back', () => {
    expect(outgoingOfTransfer({ ...given, debit: theo })).toEqual([]);
    expect(outgoingOfTransfer({ ...given, debit: clara, credit: house.issued })).toEqual([]);
  });
});
