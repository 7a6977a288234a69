import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Express } from 'express';
import { ConfigError } from '../../shared/runtime/config.ts';
import { messagesOf } from './messages.ts';

export interface Listener {
  /** No slash at the end. */
  readonly url: string;
  /** Takes no connection and no request any more; resolves when what was being answered is answered. */
  readonly close: () => Promise<void>;
}

export interface Address {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Longer than the proxies in front of us keep theirs, so that it is never we who close one that is being used. */
const keepAliveMs = 65_000;

/** For the whole of a request to arrive. */
const requestTimeoutMs = 30_000;

/** For answers that are on their way when the end begins; less than a process has for its whole shutdown. */
const answerTimeoutMs = 12_000;

/** Serves HTTP/1.1. Rejects with a ConfigError when the address cannot be listened on. */
export async function listen(app: Express, address: Address): Promise<Listener> {
  let inFlight = 0;
  let isClosing = false;
  let idle: () => void = () => undefined;

  const server = createServer(
    {
      ...messagesOf(app),
      keepAliveTimeout: keepAliveMs,
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
    },
    (req, res) => {
      inFlight += 1;
      res.once('close', () => {
        inFlight -= 1;
        if (inFlight === 0) idle();
      });
      if (isClosing) res.shouldKeepAlive = false;
      app(req, res);
    },
  );
  await startListening(server, address);

  return {
    url: urlOf(server, address.host),
    close: async () => {
      isClosing = true;
      const closed = once(server, 'close');
      server.close();
      if (inFlight > 0) {
        await new Promise<void>((resolve) => {
          idle = resolve;
          setTimeout(resolve, answerTimeoutMs).unref();
        });
      }
      // Also those on which nothing was ever asked: Node counts them as busy.
      server.closeAllConnections();
      await closed;
    },
  };
}

async function startListening(server: Server, { host, port }: Address): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`PORT ${port} on HOST ${host} cannot be listened on: ${why}`, { cause: error });
  }
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server listens on no port');
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}
