import { once } from 'node:events';
import type { Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { headerOf } from './mime.ts';

/** What the server does wrong, and when; `answer` is a reply code that refuses. */
export type SmtpFault =
  | { readonly at: 'connect' | 'auth' | 'recipient' | 'data'; readonly answer: number }
  /** It takes what is sent and says nothing: at once, or when it has the mail. */
  | { readonly at: 'connect' | 'data'; readonly answer: 'none' }
  /** The connection ends before its answer; it keeps the mail if it has it. */
  | { readonly at: 'connect' | 'data'; readonly answer: 'lost' };

export interface CaughtMail {
  /** The Message-ID, with its angle brackets. */
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
}

/** A mail server over real sockets that keeps what it is given, and breaks as it is told. */
export interface SmtpCatcher {
  /** With `user:password@` in it when credentials are given. */
  readonly url: (credentials?: string) => string;
  /** One mail per message id, as a receiver sees them that knows repeats. */
  readonly inbox: () => CaughtMail[];
  /** How often a mail of that id arrived. */
  readonly arrivals: (id: string) => number;
  /** Conversations that the server keeps waiting at this moment. */
  readonly kept: () => number;
  /** Connections there have been. */
  readonly connections: () => number;
  /** Null: it is well again. Holds for what comes; who waits goes on waiting. */
  readonly breakAs: (fault: SmtpFault | null) => void;
  /** Ends all connections and refuses new ones until `listen`. */
  readonly refuse: () => Promise<void>;
  readonly listen: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function startSmtpCatcher(): Promise<SmtpCatcher> {
  const arrived: CaughtMail[] = [];
  const sockets = new Map<number, Socket>();
  let fault: SmtpFault | null = null;
  let keptWaiting = 0;
  let connections = 0;
  let port = 0;

  /** Answers as the fault wants it at this point, or as it should be. */
  const answerAt = (
    point: SmtpFault['at'],
    remotePort: number,
    done: (error?: Error | null) => void,
    said = '',
  ): void => {
    if (fault?.at !== point) done();
    else if (fault.answer === 'none') keptWaiting += 1;
    else if (fault.answer === 'lost') sockets.get(remotePort)?.destroy();
    else done(Object.assign(new Error(`as told ${said}`.trim()), { responseCode: fault.answer }));
  };

  const create = (): SMTPServer => {
    const server = new SMTPServer({
      authOptional: true,
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      disableReverseLookup: true,
      onConnect: ({ remotePort }, done) => answerAt('connect', remotePort, done),
      // Careless servers repeat what they were told.
      onAuth: ({ password }, { remotePort }, done) =>
        answerAt(
          'auth',
          remotePort,
          (error) => (error ? done(error) : done(null, { user: 'anybody' })),
          password ?? '',
        ),
      onRcptTo: (_, { remotePort }, done) => answerAt('recipient', remotePort, done),
      onData: (stream, { envelope, remotePort }, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const raw = Buffer.concat(chunks).toString('utf8');
          const isKept = fault?.at !== 'data' || fault.answer === 'lost';
          if (isKept) {
            arrived.push({
              id: headerOf(raw, 'Message-ID') ?? '',
              from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
              to: envelope.rcptTo.map(({ address }) => address),
              raw,
            });
          }
          answerAt('data', remotePort, done);
        });
      },
    });
    server.on('error', () => {}); // what a client does that goes away
    server.server.on('connection', (socket: Socket) => {
      connections += 1;
      const { remotePort = 0 } = socket;
      sockets.set(remotePort, socket);
      socket.on('close', () => sockets.delete(remotePort));
    });
    return server;
  };

  let server = create();
  const listen = async (): Promise<void> => {
    const listener = server.listen(port, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  };
  const stop = async (): Promise<void> => {
    for (const socket of sockets.values()) socket.destroy();
    await new Promise<void>((done) => server.close(done));
  };
  await listen();

  return {
    url: (credentials) => `smtp://${credentials === undefined ? '' : `${credentials}@`}127.0.0.1:${port}`,
    inbox: () => arrived.filter(({ id }, n) => arrived.findIndex((mail) => mail.id === id) === n),
    arrivals: (id) => arrived.filter((mail) => mail.id === id).length,
    kept: () => keptWaiting,
    connections: () => connections,
    breakAs: (next) => {
      fault = next;
    },
    refuse: async () => {
      await stop();
      server = create();
    },
    listen,
    close: stop,
  };
}
