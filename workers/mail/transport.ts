import { createTransport } from 'nodemailer';
import type { Uuid } from '../../shared/domain/ids.ts';
import { credentialsOf, withoutSecrets } from './credentials.ts';
import type { RenderedMail } from './render.ts';

export interface MailTransport {
  /** One attempt; resolves when the server has taken the mail. Whether it has is unknown after some of the errors. */
  send(
    mail: RenderedMail & { readonly id: Uuid; readonly to: { readonly name: string; readonly address: string } },
    signal: AbortSignal,
  ): Promise<void>;
  /** Mails in hand are still sent, or fail by their limits and signals. */
  close(): void;
}

export interface MailTransportOptions {
  readonly smtpUrl: string;
  readonly from: string;
  /** How long the server may be silent, at any point. */
  readonly silenceMaxMs?: number;
}

/** Mail servers limit connections per client; a few carry more mails than bookings make. */
const connectionsMax = 3;

/** Connections are closed by us before a server closes them: it might do so at the moment we write. */
const idleMaxMs = 5_000;

/** A way to the mail server of a URL like `smtp://user:password@host:587`. Opens connections when there is mail. */
export function openMailTransport({ smtpUrl, from, silenceMaxMs = 10_000 }: MailTransportOptions): MailTransport {
  const secrets = credentialsOf(smtpUrl);
  const transporter = createTransport({
    pool: true,
    url: smtpUrl,
    maxConnections: connectionsMax,
    maxMessages: 100,
    idleTimeout: Math.min(idleMaxMs, silenceMaxMs),
    // Who retries is the outbox: it counts its attempts, and waits in between.
    maxRequeues: 0,
    dnsTimeout: silenceMaxMs,
    connectionTimeout: silenceMaxMs,
    greetingTimeout: silenceMaxMs,
    socketTimeout: silenceMaxMs,
    // Mails are text that we have rendered: no part of them names a file or an address to be read.
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  return {
    send: async ({ id, to, subject, text, html, calendar }, signal) => {
      try {
        await transporter.sendMail({
          // The same at every attempt, so that the receiving side can tell a repeat.
          messageId: `<${id}@counterfoil>`,
          from,
          to: { name: to.name, address: to.address },
          subject,
          text,
          html,
          ...(calendar === null ? {} : { icalEvent: { ...calendar, filename: 'invite.ics' } }),
          // Asks not to be answered by machines, such as those of people on holiday (RFC 3834).
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal,
        });
      } catch (error) {
        throw withoutSecrets(error, secrets);
      }
    },
    close: () => transporter.close(),
  };
}
