import { describe, expect, it } from 'vitest';
import { subjectOf } from '../../shared/contract/notification-subjects.ts';
import { type NotificationType, notificationTypes } from '../../shared/contract/notification-types.ts';
import { creditFacts, mailInput, sessionFacts } from '../../tests/support/mails.ts';
import type { MailInput } from './mail-input.ts';
import { type RenderedMail, renderMail } from './render.ts';

const sessionTypes = notificationTypes.filter((type) => /^(peer_)?(booking|credits)_(?!expiring|allocated)/.test(type));
const roles = ['client', 'practitioner'] as const;
const typesAndRoles = sessionTypes.flatMap((type) => roles.map((role) => [type, role] as const));

/** What a reader of the HTML sees. */
function seen({ html }: RenderedMail): string {
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  const body = html.slice(html.indexOf('<body'));
  return body.replace(/<[^>]*>/g, ' ').replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '');
}

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');

function textOf(type: NotificationType, facts: Parameters<typeof sessionFacts>[0], input: Partial<MailInput> = {}) {
  return renderMail(mailInput({ type, session: sessionFacts(facts), ...input })).text;
}

describe('every mail about a session', () => {
  it('has a template', () => {
    expect(sessionTypes.length).toBe(10);
  });

  it.each(typesAndRoles)('%s says the same to the %s in both bodies', (type, role) => {
    const session = sessionFacts({
      role,
      peer: type.startsWith('peer_'),
      otherName: `Bob "B" <O'Baker> & Co`,
      cancelledBy: 'client',
      refundedCredits: 4,
      reason: 'ill,\nsorry',
      notes: 'left <knee>\nsince May',
      roomUrl: 'https://rooms.test/counterfoil-1?a=1&b=2',
    });
    const mail = renderMail(mailInput({ type, session }));
    expect(words(seen(mail))).toEqual(words(mail.text));
    expect(mail.text).toContain('Hello Ann,');
    expect(mail.text).toContain('When: Friday, 27 November 2026, 14:00 to 14:50 (Europe/Berlin, UTC+01:00)');
    expect(mail.text).toContain(`Bob "B" <O'Baker> & Co`);
    expect(mail.subject).toBe(`${subjectOf(type)}: Bob "B" <O'Baker> & Co, 27 November 2026, 14:00`);
  });

  it('is worded for its side, and differently between colleagues (001-37)', () => {
    const texts = typesAndRoles.map(([type, role]) => textOf(type, { role, peer: type.startsWith('peer_') }));
    // The types that say their side in their name are written to that side only.
    const sided = /_(client|practitioner)$|^peer_credits_/;
    const openings = typesAndRoles.flatMap(([type], n) => (sided.test(type) && n % 2 === 1 ? [] : [texts[n] ?? '']));
    expect(new Set(openings).size).toBe(openings.length);
    for (const type of ['booking_cancelled', 'booking_rescheduled', 'booking_reminder'] as const) {
      expect(textOf(type, { role: 'client' })).not.toBe(textOf(type, { role: 'practitioner' }));
      expect(textOf(type, { peer: true })).toMatch(/peer session/);
      expect(textOf(type, { peer: false })).not.toMatch(/peer|colleague/i);
    }
  });

  it.each(sessionTypes)('%s cannot be written without its session', (type) => {
    expect(() => renderMail(mailInput({ type, session: null }))).toThrow(`a mail of ${type} needs its session`);
  });

  it('carries a calendar entry when it changes the calendar, and no other does', () => {
    const methods = sessionTypes.map((type) => [type, renderMail(mailInput({ type })).calendar?.method ?? null]);
    expect(Object.fromEntries(methods)).toEqual({
      booking_confirmed_client: 'REQUEST',
      booking_confirmed_practitioner: 'REQUEST',
      booking_cancelled: 'CANCEL',
      booking_rescheduled: 'REQUEST',
      booking_reminder: null,
      peer_booking_confirmed_client: 'REQUEST',
      peer_booking_confirmed_practitioner: 'REQUEST',
      peer_credits_deducted: null,
      peer_credits_earned: null,
      peer_booking_cancelled_refunded: 'CANCEL',
    });
  });
});

describe('confirmations', () => {
  it.each(['booking_confirmed_client', 'peer_booking_confirmed_client', 'booking_reminder'] as const)(
    '%s links to the room where there is one',
    (type) => {
      const mail = renderMail(mailInput({ type, session: sessionFacts({ roomUrl: 'https://rooms.test/1' }) }));
      expect(mail.html).toContain('<a href="https://rooms.test/1">');
      expect(mail.text).toContain('Video room: https://rooms.test/1');
      expect(renderMail(mailInput({ type })).text).not.toContain('Video room');
    },
  );

  it('say the cost, and where it is between colleagues (001-32, 001-33)', () => {
    expect(textOf('booking_confirmed_client', {})).toContain('Cost: 10 credits');
    const peer = { peer: true, creditCost: 1 };
    expect(textOf('peer_booking_confirmed_client', peer)).toContain('Its cost has gone to Bob Baker.');
    expect(textOf('peer_booking_confirmed_client', { ...peer, settlement: 'on_completion' })).toContain('set aside');
    const earner = { ...peer, role: 'practitioner' } as const;
    expect(textOf('peer_booking_confirmed_practitioner', earner)).toContain('Price: 1 credit\n');
    expect(textOf('peer_booking_confirmed_practitioner', earner)).toContain('in your balance');
    expect(textOf('peer_booking_confirmed_practitioner', { ...earner, settlement: 'on_completion' })).toContain(
      'until the session is over',
    );
  });
});

describe('credits between colleagues (001-34, 001-35)', () => {
  const held = { peer: true, settlement: 'on_completion' } as const;
  const over = { at: sessionFacts().endsAt };

  it('are taken at once, or set aside until the session', () => {
    expect(textOf('peer_credits_deducted', { peer: true })).toContain('10 credits were taken from your balance');
    expect(textOf('peer_credits_deducted', held)).toContain('10 credits of your balance were set aside');
    expect(textOf('peer_credits_deducted', held, over)).toContain('10 credits were taken from your balance');
    expect(textOf('peer_credits_deducted', { peer: true, creditCost: 1 })).toContain('1 credit was taken');
  });

  it('are earned at once, or once the session is over', () => {
    expect(textOf('peer_credits_earned', { peer: true })).toContain('You have earned 10 credits');
    expect(textOf('peer_credits_earned', held)).toContain('You earn 10 credits');
    expect(textOf('peer_credits_earned', held, over)).toContain('You have earned 10 credits');
  });
});

describe('cancellations', () => {
  it.each([
    ['client', 'client', 'You have cancelled your session with Bob Baker.'],
    ['client', 'practitioner', 'Bob Baker has cancelled your session.'],
    ['client', 'ops', 'Our team has cancelled your session with Bob Baker.'],
    ['client', null, 'Your session with Bob Baker is cancelled.'],
    ['practitioner', 'practitioner', 'You have cancelled your session with Bob Baker.'],
    ['practitioner', 'client', 'Bob Baker has cancelled your session.'],
  ] as const)('tell the %s who did it: %s', (role, cancelledBy, said) => {
    expect(textOf('booking_cancelled', { role, cancelledBy })).toContain(said);
  });

  it('say the refund to both sides', () => {
    expect(textOf('booking_cancelled', { refundedCredits: 5 })).toContain('Refund: 5 credits of 10 credits');
    expect(textOf('booking_cancelled', { refundedCredits: 0 })).toContain('Refund: none');
    expect(textOf('booking_cancelled', { role: 'practitioner', refundedCredits: 5 })).toContain(
      'Refund to the client: 5 credits of 10 credits',
    );
  });

  it('say between colleagues who has which credits now (001-36)', () => {
    const type = 'peer_booking_cancelled_refunded';
    expect(textOf(type, { refundedCredits: 10 })).toContain('10 credits went back to your balance.');
    expect(textOf(type, { refundedCredits: 4 })).toContain('Bob Baker keeps 6 credits.');
    expect(textOf(type, { role: 'practitioner', refundedCredits: 4 })).toContain(
      '4 credits went back to Bob Baker, you keep 6 credits.',
    );
  });

  it('give the reason, if there is one', () => {
    expect(textOf('booking_cancelled', { reason: 'ill\r\nsorry' })).toContain('Reason: ill\n  sorry');
    expect(textOf('booking_cancelled', { reason: ' ' })).not.toContain('Reason');
  });
});

describe('credits_allocated', () => {
  const mailOf = (credits: Parameters<typeof creditFacts>[0]) =>
    renderMail(mailInput({ type: 'credits_allocated', session: null, credits: creditFacts(credits) }));

  it('says how much, whence and why, in both bodies', () => {
    const mail = mailOf({ amount: 1_200, note: 'Thanks & <welcome>' });
    expect(mail.subject).toBe('Your credit balance has changed: +1,200 credits');
    expect(mail.text).toContain('We have added 1,200 credits to your balance.');
    expect(mail.text).toContain('Source: Bonus\nNote: Thanks & <welcome>');
    expect(words(seen(mail))).toEqual(words(mail.text));
    expect(mail.calendar).toBeNull();
  });

  it('says that credits were taken', () => {
    const mail = mailOf({ amount: -1, source: 'adjustment' });
    expect(mail.subject).toBe('Your credit balance has changed: -1 credit');
    expect(mail.text).toContain('We have taken 1 credit from your balance.');
  });

  it('cannot be written without the credits', () => {
    expect(() => renderMail(mailInput({ type: 'credits_allocated' }))).toThrow('needs its credits');
  });
});

it('tells of credits that will expire, in the time of their owner', () => {
  const credits = creditFacts({ amount: 12, expiresAt: Date.parse('2026-11-27T13:00:00Z') });
  const mail = renderMail(mailInput({ type: 'credits_expiring', session: null, credits }));
  expect(mail.subject).toBe('Some of your credits will expire soon: 12 credits');
  expect(mail.text).toContain('12 credits of your balance will expire soon.');
  expect(mail.text).toContain('Usable until: 27 November 2026, 14:00 (Europe/Berlin)');
  expect(words(seen(mail))).toEqual(words(mail.text));
});

it('tells a member who has assigned credits to them', () => {
  const credits = creditFacts({ amount: 12, source: 'Acme & Sons', note: 'To be used before 2027-01-01 (UTC).' });
  const mail = renderMail(mailInput({ type: 'partner_credits_assigned', session: null, credits }));
  expect(mail.subject).toBe('Credits have been assigned to you: +12 credits');
  expect(mail.text).toContain('Acme & Sons has assigned you 12 credits.');
  expect(mail.text).toContain('Note: To be used before 2027-01-01 (UTC).');
  expect(words(seen(mail))).toEqual(words(mail.text));
});

describe('subjects', () => {
  it('are there for every type, by type alone', () => {
    const subjects = notificationTypes.map(subjectOf);
    expect(new Set(subjects).size).toBe(notificationTypes.length);
    expect(subjects.filter((subject) => subject.length > 60)).toEqual([]);
  });

  it('have one line and show the time, whatever people call themselves', () => {
    const otherName = `Eve\r\nBcc: all@example.test\n\n<script>${'e'.repeat(200)}`;
    const { subject } = renderMail(mailInput({ session: sessionFacts({ otherName }) }));
    expect(subject).toMatch(
      /^Your session is booked: Eve Bcc: all@example\.test <script>e+…, 27 November 2026, 14:00$/,
    );
    expect(subject.length).toBeLessThan(130);
  });
});

describe('what people write', () => {
  it('never becomes markup or a link', () => {
    const evil = '<img src=x onerror=alert(1)>"\'&';
    const session = sessionFacts({ otherName: evil, notes: 'https://evil.test/', sessionType: evil });
    const recipient = { ...mailInput().recipient, firstName: evil };
    const { html } = renderMail(mailInput({ session, recipient }));
    expect(html).not.toContain('<img');
    expect(html).not.toContain('<a ');
  });

  it('is no link either when it is where the room should be', () => {
    const session = sessionFacts({ roomUrl: 'javascript:alert(1)' });
    expect(renderMail(mailInput({ session })).html).not.toContain('<a ');
  });

  it('may be empty', () => {
    const recipient = { ...mailInput().recipient, firstName: ' \n', lastName: '' };
    expect(renderMail(mailInput({ recipient })).text.startsWith('Hello,\n')).toBe(true);
  });
});

it('tells of a failed payment in both bodies', () => {
  const mail = renderMail(mailInput({ type: 'payment_failed', session: null }));
  expect(words(seen(mail))).toEqual(words(mail.text));
  expect(mail.subject).toBe('Your payment has failed');
});

describe('orders', () => {
  const order = {
    orderNumber: '7K3M-9QZT-1WXY',
    totalMinor: 125_050,
    currency: 'EUR',
    pointsRedeemed: 1_500,
    pointsEarned: 1,
  };
  const mailOf = (type: NotificationType, changes: Partial<typeof order> = {}) =>
    renderMail(mailInput({ type, session: null, order: { ...order, ...changes } }));

  it('that are paid say what was paid, redeemed and earned, the same in both bodies', () => {
    const mail = mailOf('order_paid');
    expect(words(seen(mail))).toEqual(words(mail.text));
    expect(mail.subject).toBe('Your order is paid: order 7K3M-9QZT-1WXY');
    expect(mail.text).toContain('Order: 7K3M-9QZT-1WXY\nPaid: 1,250.50 EUR\n');
    expect(mail.text).toContain('Points redeemed: 1,500 points\nPoints earned: 1 point\n');
    expect(mailOf('order_paid', { pointsRedeemed: 0, pointsEarned: 0 }).text).not.toContain('Points');
    expect(mail.calendar).toBe(null);
  });

  it('that are not paid say so, and nothing of a subscription', () => {
    const mail = mailOf('payment_failed');
    expect(words(seen(mail))).toEqual(words(mail.text));
    expect(mail.subject).toBe('Your payment has failed: order 7K3M-9QZT-1WXY');
    expect(mail.text).toContain('To pay: 1,250.50 EUR\nPoints back in your balance: 1,500 points\n');
    expect(mail.text).not.toMatch(/subscription|earned/);
  });

  it('need their facts', () => {
    expect(() => renderMail(mailInput({ type: 'order_paid' }))).toThrow('needs its order');
  });
});

it('renders the same input to the same mail', () => {
  expect(renderMail(mailInput())).toEqual(renderMail(mailInput()));
});

describe('offers from a waitlist', () => {
  const offer = {
    practitionerName: 'Theo\r\nBcc: x@example.test',
    sessionType: 'massage',
    startsAt: Date.parse('2026-11-27T13:00:00Z'),
    endsAt: Date.parse('2026-11-27T14:00:00Z'),
    expiresAt: Date.parse('2026-11-26T09:30:00Z'),
  };

  it('say what is free, until when it is kept, and what to do', () => {
    const mail = renderMail(mailInput({ type: 'waitlist_offered', offer }));
    expect(words(seen(mail))).toEqual(words(mail.text));
    expect(mail.text).toContain('When: Friday, 27 November 2026, 14:00 to 15:00 (Europe/Berlin, UTC+01:00)');
    expect(mail.text).toContain('Kept until: 26 November 2026, 10:30');
    expect(mail.subject).toBe('A session that you wait for is free: Theo Bcc: x@example.test, 27 November 2026, 14:00');
    expect(mail.calendar).toBe(null);
  });

  it('need their facts', () => {
    expect(() => renderMail(mailInput({ type: 'waitlist_offered' }))).toThrow('needs its offer');
  });
});
