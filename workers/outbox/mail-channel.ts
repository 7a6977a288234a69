import type pg from 'pg';
import { z } from 'zod';
import { freezeOutgoing, type OutboxRow } from '../../db/outbox.ts';
import { type MailedAbout, type MailedSession, type MailFacts, readMailFacts } from '../../db/queries/mail-facts.ts';
import { isNotificationType } from '../../shared/contract/notification-types.ts';
import { type RenderedMail, renderMail, type SessionFacts } from '../mail/render.ts';
import type { MailTransport } from '../mail/transport.ts';
import type { Channel, Delivered } from './deliverer.ts';

export interface MailChannelOptions {
  readonly pool: pg.Pool;
  readonly transport: MailTransport;
  readonly from: string;
  /** Whether sessions get video rooms: then a confirmation waits a little for its room. */
  readonly hasRooms: boolean;
}

/** How long a mail waits for the room that it should name: rooms are made in the same moment, or not soon. */
const roomPatienceMs = 10_000;
const roomPauseMs = 1_000;

/** What the outbox says about a session, as it was when that was decided. */
const sessionData = z.object({
  startsAt: z.number(),
  endsAt: z.number(),
  creditCost: z.number(),
  refundedCredits: z.number(),
  revision: z.number(),
  cancelledBy: z.enum(['client', 'practitioner', 'ops']).nullable(),
  reason: z.string().nullable(),
});

const creditData = z.object({
  amount: z.number(),
  source: z.string(),
  note: z.string().nullable(),
  expiresAt: z.number().optional(),
});

const typesAboutCredits: readonly string[] = ['credits_allocated', 'credits_expiring', 'partner_credits_assigned'];

const orderData = z.object({
  orderNumber: z.string(),
  totalMinor: z.number(),
  currency: z.string(),
  pointsRedeemed: z.number(),
  pointsEarned: z.number(),
});

const offerData = z.object({
  practitionerId: z.guid(),
  startsAt: z.number(),
  endsAt: z.number(),
  sessionType: z.string(),
  expiresAt: z.number(),
});

const rendered: z.ZodType<RenderedMail> = z.object({
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  calendar: z.object({ method: z.enum(['REQUEST', 'CANCEL']), content: z.string() }).nullable(),
});

/** Mails notifications: written once, and from then on sent as written. */
export function mailChannel({ pool, transport, from, hasRooms }: MailChannelOptions): Channel {
  return {
    kind: 'mail',
    deliver: async (entry, { signal }): Promise<Delivered> => {
      const facts = entry.user_id === null ? null : await readMailFacts(pool, entry.user_id, aboutOf(entry));
      if (facts === null) return { status: 'skipped', why: 'there is no such person' };
      const why = whyNot(entry, facts, Date.now());
      if (why !== null) return { status: 'skipped', why };
      if (hasRooms && isWaitingForRoom(entry, facts)) return { status: 'later', inMs: roomPauseMs };

      const mail = entry.rendered === null ? write(entry, facts, from) : rendered.parse(entry.rendered);
      if (entry.rendered === null) await freezeOutgoing(pool, entry.id, mail);
      const { firstName, lastName, email: address } = facts.recipient;
      await transport.send({ ...mail, id: entry.id, to: { name: `${firstName} ${lastName}`, address } }, signal);
      return { status: 'sent' };
    },
  };
}

function aboutOf({ type, subject_id: bookingId, data }: OutboxRow): MailedAbout {
  return { bookingId, offeredBy: type === 'waitlist_offered' ? offerData.parse(data).practitionerId : null };
}

/** Why there is nothing to mail any more; `now` in epoch ms. */
function whyNot({ type, data }: OutboxRow, { recipient, session }: MailFacts, now: number): string | null {
  if (recipient.isDeleted) return 'the recipient was deleted';
  if (recipient.muted.includes(type)) return 'the recipient does not want it';
  if (type === 'waitlist_offered' && offerData.parse(data).expiresAt <= now) return 'the offer has run out';
  if (type === 'credits_expiring' && (creditData.parse(data).expiresAt ?? 0) <= now) return 'the credits are gone';
  if (type !== 'booking_reminder') return null;
  if (session?.booking.status !== 'booked') return 'the session is cancelled, or over';
  if (session.booking.revision !== sessionData.parse(data).revision) return 'the session was moved';
  return session.booking.startsAt <= now ? 'the session has begun' : null;
}

function isWaitingForRoom({ type, created_ms: createdMs }: OutboxRow, { session }: MailFacts): boolean {
  const namesRoom = type.includes('booking_confirmed') && session?.booking.status === 'booked';
  return namesRoom && session.roomUrl === null && Date.now() - createdMs < roomPatienceMs;
}

function write({ type, user_id: userId, data }: OutboxRow, facts: MailFacts, from: string): RenderedMail {
  if (!isNotificationType(type)) throw new Error(`no notification is called ${type}`);
  const { recipient, session } = facts;
  return renderMail({
    type,
    recipient,
    from,
    at: Date.now(),
    session: session === null ? null : sessionFacts(session, userId, sessionData.parse(data)),
    credits: typesAboutCredits.includes(type) ? creditData.parse(data) : null,
    order: isAboutOrder(type, data) ? orderData.parse(data) : null,
    offer: type === 'waitlist_offered' ? { ...offerData.parse(data), practitionerName: facts.offeredBy ?? '' } : null,
  });
}

/** A payment that failed may also have been an invoice's. */
function isAboutOrder(type: string, data: OutboxRow['data']): boolean {
  return type === 'order_paid' || (type === 'payment_failed' && data.orderNumber !== undefined);
}

function sessionFacts(
  { booking, otherName, roomUrl }: MailedSession,
  userId: string | null,
  decided: z.infer<typeof sessionData>,
): SessionFacts {
  const { id, clientId, peer, sessionType, settlement, notes } = booking;
  const role = userId === clientId ? 'client' : 'practitioner';
  return { bookingId: id, role, otherName, peer, sessionType, settlement, notes, roomUrl, ...decided };
}
