import { describe, expect, it } from 'vitest';
import { propertyOf, unescaped, unfolded } from '../../tests/support/calendar.ts';
import { mailInput, sessionFacts } from '../../tests/support/mails.ts';
import { calendarEntryOf } from './calendar.ts';
import type { MailInput } from './mail-input.ts';
import { renderMail } from './render.ts';

function contentOf(input: Partial<MailInput> = {}): string {
  return renderMail(mailInput(input)).calendar?.content ?? '';
}

describe('a session in the calendar', () => {
  it('is created, moved and removed under the same name, each time with a higher number', () => {
    const steps = [
      renderMail(mailInput()),
      renderMail(mailInput({ type: 'booking_rescheduled', session: sessionFacts({ revision: 1 }) })),
      renderMail(mailInput({ type: 'booking_cancelled', session: sessionFacts({ revision: 1 }) })),
    ].map(({ calendar }) => calendar);

    const told = steps.map((entry) => {
      const content = entry?.content ?? '';
      const [method, uid, sequence, status] = ['METHOD', 'UID', 'SEQUENCE', 'STATUS'].map((n) =>
        propertyOf(content, n),
      );
      return { of: entry?.method, method, uid, sequence, status };
    });
    const uid = `${sessionFacts().bookingId}@counterfoil`;
    expect(told).toEqual([
      { of: 'REQUEST', method: 'REQUEST', uid, sequence: '0', status: 'CONFIRMED' },
      { of: 'REQUEST', method: 'REQUEST', uid, sequence: '1', status: 'CONFIRMED' },
      { of: 'CANCEL', method: 'CANCEL', uid, sequence: '2', status: 'CANCELLED' },
    ]);
  });

  it('has its times in UTC, whatever the zone of the recipient', () => {
    const content = contentOf({
      recipient: { firstName: 'Ann', lastName: 'Ames', email: 'ann@example.test', timeZone: 'Asia/Kathmandu' },
      session: sessionFacts({
        startsAt: Date.parse('2026-10-25T00:30:00Z'),
        endsAt: Date.parse('2026-10-25T01:20:00Z'),
      }),
    });
    expect(propertyOf(content, 'DTSTART')).toBe('20261025T003000Z');
    expect(propertyOf(content, 'DTEND')).toBe('20261025T012000Z');
    expect(propertyOf(content, 'DTSTAMP')).toBe('20261120T080000Z');
    expect(content).not.toMatch(/TZID|VTIMEZONE/);
  });

  it('names the organiser and the recipient, and where to meet', () => {
    const content = contentOf({ session: sessionFacts({ roomUrl: 'https://rooms.test/a?b=1,2;c' }) });
    expect(propertyOf(content, 'ORGANIZER')).toBe('CN="Counterfoil":mailto:no-reply@counterfoil.test');
    expect(propertyOf(content, 'ATTENDEE')).toMatch(/;CN="Ann Ames":mailto:ann@example\.test$/i);
    expect(unescaped(propertyOf(content, 'LOCATION') ?? '')).toBe('https://rooms.test/a?b=1,2;c');
  });

  it('takes a bare address as organiser, and no mail without one', () => {
    expect(propertyOf(contentOf({ from: 'no-reply@counterfoil.test' }), 'ORGANIZER')).toBe(
      'CN="no-reply@counterfoil.test":mailto:no-reply@counterfoil.test',
    );
    expect(() => calendarEntryOf('REQUEST', sessionFacts(), mailInput({ from: '' }), '')).toThrow('no address');
  });

  it('folds long lines at 75 octets and between characters', () => {
    const notes = 'Grüße, 東京; 😀\\'.repeat(100);
    const content = contentOf({ session: sessionFacts({ notes, otherName: 'é😀'.repeat(100) }) });
    const physical = content.split('\r\n');
    expect(Math.max(...physical.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75);
    expect(physical.filter((line) => /\p{Cs}/u.test(line))).toEqual([]);
    expect(unescaped(propertyOf(content, 'DESCRIPTION') ?? '')).toContain(`Notes: ${notes}`);
    expect(unescaped(propertyOf(content, 'SUMMARY') ?? '')).toBe(`Session with ${'é😀'.repeat(100)}`);
  });

  it('is not changed by what people write', () => {
    const hostile = '"\\;,:\r\nEND:VEVENT\rBEGIN:VALARM\u2028X\nSTATUS:CANCELLED\u0000';
    const names = { firstName: hostile, lastName: hostile, email: 'ann@example.test', timeZone: 'UTC' };
    const clean = unfolded(contentOf({ session: sessionFacts({ notes: 'n', roomUrl: 'https://r.test/' }) }));
    const content = contentOf({
      recipient: names,
      session: sessionFacts({ otherName: hostile, notes: hostile, sessionType: hostile, roomUrl: hostile }),
    });
    const namesOf = (lines: readonly string[]) => lines.map((line) => /^[A-Z-]*/.exec(line)?.[0]);
    expect(namesOf(unfolded(content))).toEqual(namesOf(clean));
    expect(content.replaceAll('\r\n', '')).not.toMatch(/\p{Cc}/u);
    // A quoted parameter knows no escapes: a quote inside would end it.
    const cn = /;CN="([^"]*)":mailto:ann@example\.test$/i.exec(propertyOf(content, 'ATTENDEE') ?? '')?.[1];
    expect(cn).toMatch(/END:VEVENT/);
  });
});
