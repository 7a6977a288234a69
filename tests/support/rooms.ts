import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

/** What the provider does wrong with requests of one method. */
export interface RoomsFault {
  readonly on: 'POST' | 'GET' | 'DELETE';
  /** A status, nothing at all, the deed but not the answer, or the deed and an answer of another kind. */
  readonly answer: number | 'none' | 'lost' | ((response: ServerResponse) => void);
}

export interface FakeRoom {
  readonly name: string;
  readonly url: string;
  readonly privacy: string;
  readonly config: { readonly nbf?: number | undefined; readonly exp?: number | undefined };
}

/** A provider of video rooms over real HTTP, that remembers its rooms and breaks as it is told. */
export interface FakeRooms {
  readonly base: string;
  readonly key: string;
  readonly rooms: () => FakeRoom[];
  /** "POST /rooms" and the like, of all requests so far. */
  readonly requests: () => string[];
  /** How many rooms of that name there have been, one after the other. */
  readonly timesMade: (name: string) => number;
  /** Requests that it keeps waiting. */
  readonly kept: () => number;
  /** Null: it is well again. */
  readonly breakAs: (fault: RoomsFault | null) => void;
  /** Ends all connections and refuses new ones until `listen`. */
  readonly refuse: () => Promise<void>;
  readonly listen: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const properties = z.object({ nbf: z.int().optional(), exp: z.int().optional() }).default({});
const roomWanted = z.object({ name: z.string(), privacy: z.string().default('public'), properties });

/** `takenStatus` is how it says that a name is taken: providers differ. */
export async function startFakeRooms(takenStatus: 400 | 409 = 400): Promise<FakeRooms> {
  const key = 'rooms-key-0123456789';
  const rooms = new Map<string, FakeRoom>();
  const made = new Map<string, number>();
  const requests: string[] = [];
  let fault: RoomsFault | null = null;
  let keptWaiting = 0;
  let port = 0;

  const create = (body: unknown): readonly [number, unknown] => {
    const { name, privacy, properties: config } = roomWanted.parse(body);
    if (rooms.has(name))
      return [takenStatus, { error: 'invalid-request-error', info: `a room ${name} already exists` }];
    const room = { name, privacy, config, url: `https://rooms.test/${name}` };
    rooms.set(name, room);
    made.set(name, (made.get(name) ?? 0) + 1);
    return [200, room];
  };

  const serve = (method: string, name: string, body: unknown): readonly [number, unknown] => {
    if (method === 'POST' && name === '') return create(body);
    const room = rooms.get(name);
    if (room === undefined) return [404, { error: 'not-found' }];
    if (method === 'DELETE') rooms.delete(name);
    if (method !== 'POST') return [200, method === 'DELETE' ? { deleted: true, name } : room];
    const changed = { ...room, config: z.object({ properties }).parse(body).properties };
    rooms.set(name, changed);
    return [200, changed];
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    requests.push(`${method} ${url}`);
    const body: unknown = JSON.parse((await text(request)) || 'null');
    const broken = fault?.on === method ? fault.answer : null;
    if (broken === 'none') {
      keptWaiting += 1;
      return;
    }
    const [status, said] =
      headers.authorization !== `Bearer ${key}`
        ? [401, { error: 'authentication-error', info: headers.authorization }]
        : typeof broken === 'number'
          ? [broken, { error: 'as told' }]
          : serve(method, url.replace(/^\/v1\/rooms\/?/, ''), body);
    if (broken === 'lost') response.destroy();
    else if (typeof broken === 'function') broken(response);
    else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said));
  };

  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  const listen = async (): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  await listen();
  const address: AddressInfo | string | null = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    base: `http://127.0.0.1:${port}/v1`,
    key,
    rooms: () => [...rooms.values()],
    requests: () => [...requests],
    timesMade: (name) => made.get(name) ?? 0,
    kept: () => keptWaiting,
    breakAs: (next) => {
      fault = next;
    },
    refuse: stop,
    listen,
    close: stop,
  };
}
