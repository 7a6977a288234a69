import { describe, expect, it, onTestFinished } from 'vitest';
import { renderMail } from '../../../workers/mail/render.ts';
import { openMailTransport } from '../../../workers/mail/transport.ts';
import { idOf } from '../../support/builders.ts';
import { mailInput, sessionFacts } from '../../support/mails.ts';
import { headerOf, leavesOf } from '../../support/mime.ts';
import { type SmtpCatcher, type SmtpFault, startSmtpCatcher } from '../../support/smtp.ts';
import { until } from '../../support/until.ts';

const from = 'Counterfoil <no-reply@counterfoil.test>';
/** A signal of its own for each mail, as they have it in production. */
const never = () => new AbortController().signal;
const to = { name: 'Ann Ames', address: 'ann@example.test' };

async function aServer(): Promise<SmtpCatcher> {
  const smtp = await startSmtpCatcher();
  onTestFinished(smtp.close);
  return smtp;
}

function aTransport(smtpUrl: string, silenceMaxMs?: number) {
  const transport = openMailTransport({ smtpUrl, from, ...(silenceMaxMs === undefined ? {} : { silenceMaxMs }) });
  onTestFinished(() => transport.close());
  return transport;
}

function aMail(name: string, type: Parameters<typeof mailInput>[0] = {}) {
  return { ...renderMail(mailInput(type)), id: idOf(name), to };
}

const messageIdOf = (name: string) => `<${idOf(name)}@counterfoil>`;

describe('a mail', () => {
  it('arrives with both bodies and the invitation, from and to whom it should', async () => {
    const smtp = await aServer();
    const session = sessionFacts({ notes: 'Grüße 😀\n.\nend', otherName: 'Zoë "Z" O’Brien' });
    const mail = aMail('whole', { session });
    await aTransport(smtp.url()).send(mail, never());

    const [caught] = smtp.inbox();
    expect(caught).toMatchObject({
      id: messageIdOf('whole'),
      from: 'no-reply@counterfoil.test',
      to: ['ann@example.test'],
    });
    const raw = caught?.raw ?? '';
    expect(headerOf(raw, 'From')).toBe(from);
    expect(headerOf(raw, 'To')).toBe('Ann Ames <ann@example.test>');
    expect(headerOf(raw, 'Auto-Submitted')).toBe('auto-generated');
    const [text, html, calendar, attachment, ...more] = leavesOf(raw);
    expect(more).toEqual([]);
    expect(text).toMatchObject({ type: 'text/plain; charset=utf-8' });
    expect(text?.content.replaceAll('\r\n', '\n').trim()).toBe(mail.text.trim());
    expect(html).toMatchObject({ type: 'text/html; charset=utf-8' });
    expect(html?.content.replaceAll('\r\n', '\n').trim()).toBe(mail.html.trim());
    expect(calendar?.type).toMatch(/^text\/calendar; charset=utf-8; method=REQUEST$/);
    expect(calendar?.content.trim()).toBe(mail.calendar?.content.trim());
    expect(attachment?.headers).toMatch(/attachment/);
    expect(attachment?.type).toMatch(/name=invite\.ics/);
    expect(attachment?.content.trim()).toBe(mail.calendar?.content.trim());
  });

  it('cancels the invitation when the session is cancelled, and carries none when it does not matter', async () => {
    const smtp = await aServer();
    const transport = aTransport(smtp.url());
    await transport.send(aMail('cancelled', { type: 'booking_cancelled' }), never());
    await transport.send(aMail('reminder', { type: 'booking_reminder' }), never());
    const types = smtp.inbox().map(({ raw }) => leavesOf(raw).map(({ type }) => type));
    expect(types[0]?.[2]).toBe('text/calendar; charset=utf-8; method=CANCEL');
    expect(types[1]?.length).toBe(2);
  });

  it('goes to one person, whatever names and addresses hold', async () => {
    const smtp = await aServer();
    const transport = aTransport(smtp.url());
    const evil = 'Ann\r\nBcc: eve@example.test\r\n\r\n<eve@example.test>, eve@example.test';
    const mail = {
      ...aMail('evil'),
      subject: 'Hello\r\nBcc: eve@example.test',
      to: { name: evil, address: to.address },
    };
    await transport.send(mail, never());
    const [caught] = smtp.inbox();
    expect(caught?.to).toEqual(['ann@example.test']);
    expect(headerOf(caught?.raw ?? '', 'Bcc')).toBeNull();

    const two = { name: 'Ann', address: 'ann@example.test>, <eve@example.test' };
    await transport.send({ ...aMail('two'), to: two }, never()).catch(() => {});
    expect(smtp.inbox().flatMap((received) => received.to)).not.toContain('eve@example.test');
  });

  it('shares a few connections with many others', async () => {
    const smtp = await aServer();
    const transport = aTransport(smtp.url());
    await Promise.all(Array.from({ length: 30 }, (_, n) => transport.send(aMail(`many/${n}`), never())));
    expect(smtp.inbox().length).toBe(30);
    expect(smtp.connections()).toBeLessThanOrEqual(3);
  });
});

describe('a mail server that breaks', () => {
  const refusals: readonly (SmtpFault & { readonly answer: number })[] = [
    { at: 'connect', answer: 421 },
    { at: 'recipient', answer: 451 },
    { at: 'recipient', answer: 550 },
    { at: 'data', answer: 451 },
    { at: 'data', answer: 550 },
  ];

  it.each(refusals)('is heard when it says $answer at $at, and taken when it is well again', async (fault) => {
    const smtp = await aServer();
    const transport = aTransport(smtp.url());
    smtp.breakAs(fault);
    await expect(transport.send(aMail('refused'), never())).rejects.toMatchObject({ responseCode: fault.answer });
    expect(smtp.inbox()).toEqual([]);

    smtp.breakAs(null);
    await transport.send(aMail('refused'), never());
    expect(smtp.arrivals(messageIdOf('refused'))).toBe(1);
  });

  it('is tried once per attempt when it loses the answer, and can tell the repeat by its id', async () => {
    const smtp = await aServer();
    const transport = aTransport(smtp.url());
    smtp.breakAs({ at: 'data', answer: 'lost' });
    await expect(transport.send(aMail('lost'), never())).rejects.toThrow();
    expect(smtp.arrivals(messageIdOf('lost'))).toBe(1);

    smtp.breakAs(null);
    await transport.send(aMail('lost'), never());
    expect(smtp.arrivals(messageIdOf('lost'))).toBe(2);
    expect(smtp.inbox().map(({ id }) => id)).toEqual([messageIdOf('lost')]);
  });

  it('is called once per attempt when it hangs up', async () => {
    const smtp = await aServer();
    smtp.breakAs({ at: 'connect', answer: 'lost' });
    await expect(aTransport(smtp.url()).send(aMail('hung-up'), never())).rejects.toThrow();
    expect(smtp.connections()).toBe(1);
  });

  it('may be away, and come back', async () => {
    const smtp = await aServer();
    const transport = aTransport(smtp.url());
    await transport.send(aMail('before'), never());
    await smtp.refuse();
    await expect(transport.send(aMail('away'), never())).rejects.toThrow();
    await smtp.listen();
    await transport.send(aMail('away'), never());
    expect(smtp.inbox().map(({ id }) => id)).toEqual([messageIdOf('before'), messageIdOf('away')]);
  });

  it.each(['connect', 'data'] as const)('is given up when the signal says so while it is silent at %s', async (at) => {
    const smtp = await aServer();
    const transport = aTransport(smtp.url());
    smtp.breakAs({ at, answer: 'none' });
    const controller = new AbortController();
    const sending = transport.send(aMail('aborted'), controller.signal);
    sending.catch(() => {}); // it may fail before anybody awaits it
    await until('the server hangs', () => smtp.kept() === 1);
    controller.abort();
    await expect(sending).rejects.toMatchObject({ name: 'AbortError' });

    // Others do not wait behind it.
    smtp.breakAs(null);
    await transport.send(aMail('next'), never());
    expect(smtp.inbox().map(({ id }) => id)).toEqual([messageIdOf('next')]);
  });

  it.each(['connect', 'data'] as const)('is given up by itself when it stays silent at %s', async (at) => {
    const smtp = await aServer();
    const transport = aTransport(smtp.url(), 200);
    smtp.breakAs({ at, answer: 'none' });
    await expect(transport.send(aMail('silent'), never())).rejects.toThrow(/tim(e|ed) ?out|never received/i);
    expect(smtp.inbox()).toEqual([]);
  });

  it('is not asked when the signal has already said no', async () => {
    const smtp = await aServer();
    await expect(aTransport(smtp.url()).send(aMail('early'), AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(smtp.connections()).toBe(0);
  });
});

describe('the password', () => {
  it('signs in', async () => {
    const smtp = await aServer();
    await aTransport(smtp.url('ann%40example.test:s3cr%2Ft')).send(aMail('signed-in'), never());
    expect(smtp.inbox().length).toBe(1);
  });

  it('is in no error, also when the server repeats it', async () => {
    const smtp = await aServer();
    smtp.breakAs({ at: 'auth', answer: 535 });
    const error: unknown = await aTransport(smtp.url('ann:s3cr%2Ft'))
      .send(aMail('denied'), never())
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ responseCode: 535, response: expect.stringContaining('[redacted]') });
    const texts = error instanceof Error ? [error.stack, JSON.stringify(error), `${error}`].join(' ') : '';
    expect(texts).not.toMatch(/s3cr/);
    expect(texts).not.toContain(Buffer.from('s3cr/t').toString('base64').replace(/=+$/, ''));
  });
});
