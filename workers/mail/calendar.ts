import {
  ICalAttendeeRole,
  ICalAttendeeStatus,
  ICalCalendarMethod,
  ICalEventStatus,
  ICalEventTransparency,
  default as ical,
} from 'ical-generator';
import addressparser from 'nodemailer/lib/addressparser';
import type { MailInput, SessionFacts } from './mail-input.ts';
import { oneLine } from './plain-text.ts';

export interface CalendarEntry {
  readonly method: 'REQUEST' | 'CANCEL';
  readonly content: string;
}

/**
 * The session as an entry of the recipient's calendar (RFC 5545, 5546). Every mail about a session names the same UID
 * and a higher sequence number, so that calendars move or remove the entry they have, also when mails overtake each
 * other. A cancellation changes the booking once more, and so counts as one more revision.
 */
export function calendarEntryOf(
  method: CalendarEntry['method'],
  session: SessionFacts,
  { recipient, from, at }: MailInput,
  description: string,
): CalendarEntry {
  const isCancelled = method === 'CANCEL';
  const calendar = ical({
    prodId: { company: 'Counterfoil', product: 'Counterfoil', language: 'EN' },
    method: ICalCalendarMethod[method],
  });
  // Times are given as instants and without a zone: written in UTC, they mean the same to every calendar.
  const event = calendar.createEvent({
    id: `${session.bookingId}@counterfoil`,
    sequence: session.revision + (isCancelled ? 1 : 0),
    stamp: new Date(at),
    start: new Date(session.startsAt),
    end: new Date(session.endsAt),
    summary: `${session.peer ? 'Peer session' : 'Session'} with ${session.otherName}`,
    description,
    organizer: organiserOf(from),
    status: isCancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    transparency: isCancelled ? ICalEventTransparency.TRANSPARENT : ICalEventTransparency.OPAQUE,
  });
  event.createAttendee({
    email: recipient.email,
    name: parameterText(`${recipient.firstName} ${recipient.lastName}`) || recipient.email,
    role: ICalAttendeeRole.REQ,
    status: ICalAttendeeStatus.ACCEPTED,
    rsvp: false,
  });
  if (session.roomUrl !== null && !isCancelled) event.location(session.roomUrl);
  return { method, content: `${calendar.toString().trimEnd()}\r\n` };
}

function organiserOf(from: string): { readonly name: string; readonly email: string } {
  const [sender] = addressparser(from, { flatten: true });
  if (sender === undefined || sender.address === '') throw new Error('the sender of mails has no address');
  return { name: parameterText(sender.name) || sender.address, email: sender.address };
}

/** Quoted values of parameters know no escapes (RFC 5545 §3.2): a quote would end them. */
function parameterText(text: string): string {
  return oneLine(text).replaceAll('"', "'").replaceAll('\\', '/');
}
