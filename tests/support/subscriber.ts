import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

/** An event as a subscriber takes it, with its signature verified. */
export interface Heard {
  /** The `webhook-id`. */
  readonly id: string;
  readonly path: string;
  readonly type: string;
  readonly userId: string;
  readonly sequence: number;
  readonly body: string;
}

/** A status to answer with, or not to answer: hang, or break the connection after having heard. */
export type Reaction = number | 'hang' | 'break';

/** Somebody who hears of events, over real HTTP. */
export interface Subscriber {
  readonly url: string;
  readonly port: number;
  /** Everything that came, in order, also what was not answered well. */
  readonly heard: Heard[];
  /** Requests that nobody has a signature for. */
  readonly unsigned: string[];
  react: (event: Heard) => Reaction;
  headers: Readonly<Record<string, string>>;
  readonly untilHeard: (count: number) => Promise<Heard[]>;
}

export const subscriberSecret = `whsec_${Buffer.from('a secret that the subscriber knows').toString('base64')}`;

const message = z.object({ type: z.string(), data: z.object({ userId: z.string(), sequence: z.number() }) });

/** Listens on `port` until the test ends. */
export async function startSubscriber(port?: number): Promise<Subscriber> {
  const chosen = port ?? (await freePort());
  const subscriber: Subscriber = {
    url: `http://127.0.0.1:${chosen}/hook`,
    port: chosen,
    heard: [],
    unsigned: [],
    react: () => 204,
    headers: {},
    untilHeard: (count) =>
      until(`${count} events are heard`, () => subscriber.heard.length >= count && [...subscriber.heard]),
  };
  const server = createServer((req, res) => {
    void take(req).then((event) => {
      if (event === null) subscriber.unsigned.push(req.url ?? '');
      else subscriber.heard.push(event);
      answer(event === null ? 400 : subscriber.react(event), subscriber.headers, res);
    });
  });
  server.listen(chosen, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return subscriber;
}

async function take(req: IncomingMessage): Promise<Heard | null> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const headers = Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, String(value)]));
  try {
    const { type, data } = message.parse(new Webhook(subscriberSecret).verify(body, headers));
    return { id: String(headers['webhook-id']), path: req.url ?? '', type, ...data, body };
  } catch {
    return null;
  }
}

function answer(reaction: Reaction, headers: Readonly<Record<string, string>>, res: ServerResponse): void {
  if (reaction === 'hang') return;
  if (reaction === 'break') res.destroy();
  else res.writeHead(reaction, headers).end();
}
