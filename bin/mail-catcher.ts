import { createServer } from 'node:http';
import { SMTPServer } from 'smtp-server';
import { escapeHtml } from '../shared/runtime/html.ts';
import { createLogger } from '../shared/runtime/log.ts';
import { installShutdown } from '../shared/runtime/shutdown.ts';

/*
 * A mail server that delivers nothing: whatever is sent to it can be read on a page. For trying things out, next to
 * the real parts in docker-compose.yml. It keeps the newest mails in memory, and no more than fit.
 */

const mailsMax = 200;
const mailBytesMax = 1024 * 1024;

interface Mail {
  readonly receivedAt: string;
  readonly from: string;
  readonly to: string;
  readonly raw: string;
}

const smtpPort = Number(process.env.SMTP_PORT ?? 1025);
const inboxPort = Number(process.env.INBOX_PORT ?? 8025);
const mails: Mail[] = [];

const log = createLogger('mail', process.env.LOG_LEVEL ?? 'info');
const shutdown = installShutdown({ log });

const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  size: mailBytesMax,
  onData: (stream, { envelope }, done) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      if (stream.sizeExceeded) {
        done(new Error(`mails are limited to ${mailBytesMax} bytes`));
        return;
      }
      mails.unshift({
        receivedAt: new Date().toISOString(),
        from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
        to: envelope.rcptTo.map(({ address }) => address).join(', '),
        raw: Buffer.concat(chunks).toString('utf8'),
      });
      mails.length = Math.min(mails.length, mailsMax);
      done();
    });
  },
});
smtp.on('error', (error) => log.warn({ err: error }, 'smtp'));
smtp.listen(smtpPort, '0.0.0.0');

const inbox = createServer((_, response) => {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  });
  response.end(page());
});
inbox.listen(inboxPort, '0.0.0.0');

shutdown.before('inbox', () => void inbox.close());
shutdown.before('smtp', () => new Promise<void>((done) => smtp.close(done)));
log.info({ smtpPort, inboxPort }, 'catching mail');

function page(): string {
  const items = mails.map(
    ({ receivedAt, from, to, raw }) =>
      `<details><summary>${escapeHtml(`${receivedAt}  ${from} → ${to}`)}</summary><pre>${escapeHtml(raw)}</pre></details>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Mail</title>
<style>body{font:15px system-ui;margin:2rem auto;max-width:60rem}pre{white-space:pre-wrap}</style>
<h1>Mail</h1>${items.length === 0 ? '<p>None yet.</p>' : items.join('\n')}</html>`;
}
