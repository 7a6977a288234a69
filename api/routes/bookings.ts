import type pg from 'pg';
import { z } from 'zod';
import { type BookingFilter, listBookings, readBooking, readDomainBooking } from '../../db/queries/bookings.ts';
import { timeKeys } from '../../db/queries/page.ts';
import { readAs } from '../../db/queries/read-as.ts';
import { hasRole } from '../../shared/contract/roles.ts';
import { type CancelledBy, cancellingAs, refundQuote } from '../../shared/domain/cancellation.ts';
import type { Booking } from '../../shared/domain/state.ts';
import type { Caller } from '../../shared/operations/define.ts';
import { decodeCursor, pageFrom, pageOf, pageParameters } from '../http/paging.ts';
import { idParameter, instantParameter } from '../http/parameters.ts';
import { notFound } from '../http/problem.ts';
import { defineRoute, nothing, type Route } from '../http/route.ts';
import { viewerOf } from '../http/viewer.ts';
import { bookingSchema, bookingStatuses, bookingView, quoteSchema } from '../representations/booking.ts';

const listParameters = z.object({
  ...pageParameters,
  as: z.enum(['client', 'practitioner']).optional().meta({ description: 'Your own in this role; absent: in either.' }),
  status: z.enum(bookingStatuses).optional(),
  from: instantParameter.optional().meta({ description: 'Sessions that start at or after it.' }),
  to: instantParameter.optional().meta({ description: 'Sessions that start before it.' }),
});

export function bookingRoutes({ reader }: { readonly reader: pg.Pool }): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/bookings',
      tag: 'Bookings',
      summary: 'List bookings',
      description: 'Your own; with the role `ops` and without `as`, those of everybody.',
      params: nothing,
      query: listParameters,
      body: nothing,
      answers: { 200: { description: 'Newest first.', schema: pageOf(bookingSchema) } },
      handle: async ({ caller, query: { limit, cursor, as, status, from, to } }) => {
        const after = decodeCursor(cursor, timeKeys);
        const filter = { party: partyOf(caller, as), status, from: dateOf(from), to: dateOf(to) };
        const rows = await readAs(reader, viewerOf(caller), (tx) =>
          listBookings(tx, filter, { limit: limit + 1, after }),
        );
        return pageFrom(rows, limit, { item: ({ record }) => bookingView(record), keys: ({ keys }) => keys });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/bookings/:id',
      tag: 'Bookings',
      summary: 'Read a booking',
      description: 'Both parties see it, and `ops`.',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The booking.', schema: bookingSchema } },
      handle: async ({ caller, params: { id } }) => {
        const booking = await readAs(reader, viewerOf(caller), (tx) => readBooking(tx, id));
        if (booking === null) throw notFound('There is no such booking.');
        return bookingView(booking);
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/bookings/:id/cancellation-quote',
      tag: 'Bookings',
      summary: 'Ask what cancelling now would give back',
      description: 'If you cancelled: a practitioner and `ops` always refund in full.',
      params: idParameter,
      query: nothing,
      body: nothing,
      answers: { 200: { description: 'The quote.', schema: quoteSchema } },
      handle: async ({ caller, params: { id } }) => {
        const booking = await readAs(reader, viewerOf(caller), (tx) => readDomainBooking(tx, id));
        const by = booking === null ? null : cancellingAs(booking, caller);
        if (booking === null || by === null) throw notFound('There is no such booking.');
        return quoteOf(booking, by, Date.now());
      },
    }),
  ];
}

function partyOf(caller: Caller, as: 'client' | 'practitioner' | undefined): BookingFilter['party'] {
  if (as === undefined && hasRole(caller.roles, 'ops')) return null;
  return { id: caller.id, as: as ?? 'either' };
}

function dateOf(instant: string | undefined): Date | undefined {
  return instant === undefined ? undefined : new Date(instant);
}

function quoteOf(booking: Booking, by: CancelledBy, at: number): z.infer<typeof quoteSchema> {
  const { refundCredits, percent, freeUntil } = refundQuote(booking, by, at);
  const isOpen = booking.status === 'booked' && (by === 'ops' || at <= booking.startsAt);
  return {
    refundCredits: isOpen ? refundCredits : 0,
    percent: isOpen ? percent : 0,
    freeUntil: new Date(freeUntil).toISOString(),
    policy: { ...booking.cancellationPolicy },
  };
}
