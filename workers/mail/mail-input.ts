import type { NotificationType } from '../../shared/contract/notification-types.ts';
import type { Uuid } from '../../shared/domain/ids.ts';

/** All that a mail says; nothing else is looked up while it is rendered. */
export interface MailInput {
  readonly type: NotificationType;
  readonly recipient: {
    readonly firstName: string;
    readonly lastName: string;
    readonly email: string;
    readonly timeZone: string;
  };
  /** Of every `booking_*` and `peer_*` type. */
  readonly session: SessionFacts | null;
  /** Of `credits_allocated`, `credits_expiring` and `partner_credits_assigned`. */
  readonly credits: CreditFacts | null;
  /** Of `waitlist_offered`. */
  readonly offer: OfferFacts | null;
  /** Of `order_paid`, and of `payment_failed` when it is about an order. */
  readonly order: OrderFacts | null;
  /** `MAIL_FROM`; the organiser of the calendar entry. */
  readonly from: string;
  /** Epoch ms at which the mail is written. */
  readonly at: number;
}

/** A session as one of its two parties is told about it. */
export interface SessionFacts {
  readonly bookingId: Uuid;
  /** The recipient's. */
  readonly role: 'client' | 'practitioner';
  readonly otherName: string;
  readonly peer: boolean;
  /** Epoch ms. */
  readonly startsAt: number;
  readonly endsAt: number;
  readonly sessionType: string;
  readonly creditCost: number;
  readonly refundedCredits: number;
  /** How often the booking has been moved. */
  readonly revision: number;
  readonly settlement: 'at_booking' | 'on_completion';
  readonly cancelledBy: 'client' | 'practitioner' | 'ops' | null;
  readonly reason: string | null;
  readonly notes: string | null;
  readonly roomUrl: string | null;
}

/** A slot that is kept for somebody who waits for it. */
export interface OfferFacts {
  readonly practitionerName: string;
  readonly sessionType: string;
  /** Epoch ms. */
  readonly startsAt: number;
  readonly endsAt: number;
  /** Until when it is kept. */
  readonly expiresAt: number;
}

export interface OrderFacts {
  readonly orderNumber: string;
  /** What was to be paid by card. */
  readonly totalMinor: number;
  /** ISO 4217. */
  readonly currency: string;
  readonly pointsRedeemed: number;
  readonly pointsEarned: number;
}

export interface CreditFacts {
  /** Of `credits_expiring`: epoch ms from which on they cannot be spent. */
  readonly expiresAt?: number | undefined;
  /** Negative when credits were taken away. */
  readonly amount: number;
  readonly source: string;
  readonly note: string | null;
}
