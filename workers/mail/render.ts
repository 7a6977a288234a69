import { subjectOf } from '../../shared/contract/notification-subjects.ts';
import type { NotificationType } from '../../shared/contract/notification-types.ts';
import { type CalendarEntry, calendarEntryOf } from './calendar.ts';
import { htmlBody, textBody } from './layout.ts';
import type { Letter } from './letter.ts';
import type { CreditFacts, MailInput, SessionFacts } from './mail-input.ts';
import { lines, oneLine, shortened } from './plain-text.ts';
import * as bookings from './templates/bookings.ts';
import { creditsAllocated, creditsExpiring, partnerCreditsAssigned } from './templates/credits.ts';
import { orderNotPaid, orderPaid } from './templates/orders.ts';
import { paymentFailed } from './templates/payments.ts';
import * as peers from './templates/peer-bookings.ts';
import type { SessionTemplate } from './templates/session-facts.ts';
import { waitlistOffered } from './templates/waitlist.ts';
import { creditsWorded, startWorded } from './wording.ts';

export type { MailInput, SessionFacts } from './mail-input.ts';

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly calendar: CalendarEntry | null;
}

interface SessionMail {
  readonly letter: SessionTemplate;
  /** What it does to the recipient's calendar. */
  readonly calendar: CalendarEntry['method'] | null;
}

const sessionMails: Readonly<Partial<Record<NotificationType, SessionMail>>> = {
  booking_confirmed_client: { letter: bookings.bookingConfirmedClient, calendar: 'REQUEST' },
  booking_confirmed_practitioner: { letter: bookings.bookingConfirmedPractitioner, calendar: 'REQUEST' },
  booking_cancelled: { letter: bookings.bookingCancelled, calendar: 'CANCEL' },
  booking_rescheduled: { letter: bookings.bookingRescheduled, calendar: 'REQUEST' },
  booking_reminder: { letter: bookings.bookingReminder, calendar: null },
  peer_booking_confirmed_client: { letter: peers.peerBookingConfirmedClient, calendar: 'REQUEST' },
  peer_booking_confirmed_practitioner: { letter: peers.peerBookingConfirmedPractitioner, calendar: 'REQUEST' },
  peer_credits_deducted: { letter: peers.peerCreditsDeducted, calendar: null },
  peer_credits_earned: { letter: peers.peerCreditsEarned, calendar: null },
  peer_booking_cancelled_refunded: { letter: peers.peerBookingCancelledRefunded, calendar: 'CANCEL' },
};

const creditMails: Readonly<Partial<Record<NotificationType, (credits: CreditFacts, input: MailInput) => Letter>>> = {
  credits_allocated: creditsAllocated,
  credits_expiring: creditsExpiring,
  partner_credits_assigned: partnerCreditsAssigned,
};

/** Subjects are read in lists: a long name must not push the time out of sight. */
const nameInSubjectMax = 60;

/** The mail, a function of its input alone; throws when the type's facts are missing or it has no template. */
export function renderMail(input: MailInput): RenderedMail {
  const { type, credits } = input;
  const sessionMail = sessionMails[type];
  if (sessionMail !== undefined) return renderSessionMail(sessionMail, input);
  if (type === 'waitlist_offered') return renderOffer(input);
  if (type === 'order_paid' || (type === 'payment_failed' && input.order !== null)) return renderOrder(input);
  if (type === 'payment_failed') return { ...laidOut(paymentFailed(), subjectOf(type), input), calendar: null };
  const creditMail = creditMails[type];
  if (creditMail === undefined) throw new Error(`there is no template for ${type}`);
  if (credits === null) throw new Error(`a mail of ${type} needs its credits`);

  const clean = {
    ...credits,
    source: oneLine(credits.source),
    note: credits.note === null ? null : lines(credits.note),
  };
  const sign = type === 'credits_expiring' ? '' : credits.amount < 0 ? '-' : '+';
  const subject = `${subjectOf(type)}: ${sign}${creditsWorded(Math.abs(credits.amount))}`;
  return { ...laidOut(creditMail(clean, input), subject, input), calendar: null };
}

function renderOffer(input: MailInput): RenderedMail {
  const { offer, recipient } = input;
  if (offer === null) throw new Error(`a mail of ${input.type} needs its offer`);
  const practitionerName = oneLine(offer.practitionerName);
  const clean = { ...offer, practitionerName, sessionType: oneLine(offer.sessionType) };
  const about = `${shortened(practitionerName, nameInSubjectMax)}, ${startWorded(offer.startsAt, recipient.timeZone)}`;
  return { ...laidOut(waitlistOffered(clean, input), `${subjectOf(input.type)}: ${about}`, input), calendar: null };
}

function renderOrder(input: MailInput): RenderedMail {
  const { type, order } = input;
  if (order === null) throw new Error(`a mail of ${type} needs its order`);
  const letter = type === 'order_paid' ? orderPaid(order) : orderNotPaid(order);
  return { ...laidOut(letter, `${subjectOf(type)}: order ${order.orderNumber}`, input), calendar: null };
}

function renderSessionMail({ letter, calendar }: SessionMail, input: MailInput): RenderedMail {
  if (input.session === null) throw new Error(`a mail of ${input.type} needs its session`);
  const session = clean(input.session);
  const { startsAt, otherName } = session;
  const written = letter(session, input);
  const about = `${shortened(otherName, nameInSubjectMax)}, ${startWorded(startsAt, input.recipient.timeZone)}`;
  const description = written.facts.map(({ label, value }) => `${label}: ${value}`).join('\n');
  return {
    ...laidOut(written, `${subjectOf(input.type)}: ${about}`, input),
    calendar: calendar === null ? null : calendarEntryOf(calendar, session, input, description),
  };
}

function laidOut(letter: Letter, subject: string, { recipient }: MailInput): Omit<RenderedMail, 'calendar'> {
  const firstName = oneLine(recipient.firstName);
  return { subject, text: textBody(letter, firstName), html: htmlBody(letter, firstName, subject) };
}

/** What people wrote, fit for headers and bodies. */
function clean(session: SessionFacts): SessionFacts {
  return {
    ...session,
    otherName: oneLine(session.otherName),
    sessionType: oneLine(session.sessionType),
    reason: session.reason === null ? null : lines(session.reason),
    notes: session.notes === null ? null : lines(session.notes),
    roomUrl: session.roomUrl === null ? null : oneLine(session.roomUrl),
  };
}
