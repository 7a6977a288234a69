import type { Uuid } from '../../shared/domain/ids.ts';
import type { PeerSettlement, Person } from '../../shared/domain/state.ts';
import type { Command } from '../../shared/operations/define.ts';

/* What a history consists of: operations, and between them changes of the directory and of the settings. */

/** A person as the directory has them from now on. */
export type DirectoryChange = Person;

export interface Directory {
  readonly directory: DirectoryChange;
}

/** How peer sessions are paid that are booked from now on. */
export interface Setting {
  readonly settles: PeerSettlement;
}

/** What happens without being an operation. */
export type Circumstance = Directory | Setting;

export type Step = Circumstance | Operation;

export type Operation =
  | Of<'booking.create', BookingWish>
  | Of<'booking.cancel', { readonly bookingId: Uuid }>
  | Of<'booking.reschedule', { readonly bookingId: Uuid; readonly startsAt: string }>
  | Of<'booking.complete', { readonly bookingId: Uuid }>
  | Of<'booking.no_show', { readonly bookingId: Uuid; readonly party: 'client' | 'practitioner' }>
  | Of<
      'credits.allocate',
      { readonly userId: Uuid; readonly amount: number; readonly source: string; readonly expiresAt?: string }
    >
  | Of<'credits.expire', { readonly accountId: Uuid; readonly lotId: Uuid }>
  | Of<'credits.void', { readonly allocationId: Uuid; readonly userId: Uuid }>
  | Of<'credits.transfer', { readonly toUserId: Uuid; readonly amount: number }>
  | Of<'slot.hold', BookingWish>
  | Of<'slot.release', { readonly holdId: Uuid }>
  | Of<'partner.fund', { readonly partnerId: Uuid; readonly credits: number }>
  | Of<'partner.assign', { readonly memberId: Uuid; readonly credits: number; readonly expiresInDays?: number }>
  | Of<'partner.remove_member', { readonly memberId: Uuid }>
  | Of<'partner.claim', { readonly memberId: Uuid; readonly userId: Uuid }>
  | Of<'partner.expire', { readonly memberId: Uuid; readonly assignmentId: Uuid; readonly accountId: Uuid }>
  | Of<
      'subscription.allocate',
      Payment & {
        readonly type: string;
        readonly part: number;
        readonly description: string;
        readonly pot?: string;
        readonly rolloverMax?: number;
        readonly expiresAt?: string;
      }
    >
  | Of<'payment.clawback', Payment & { readonly because: string; readonly turn: number }>
  | Of<'payment.give_back', Payment & { readonly turn: number }>;

interface Payment {
  readonly userId: Uuid;
  readonly credits: number;
  readonly purchaseId: Uuid;
}

interface Of<Kind, Payload> {
  readonly kind: Kind;
  readonly submitted: Command<Payload>;
}

export interface BookingWish {
  readonly practitionerId: Uuid;
  readonly startsAt: string;
  readonly durationMinutes: number;
  readonly sessionType: string;
}
