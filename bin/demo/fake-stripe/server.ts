import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Book } from './book.ts';
import { type Faults, idempotent, noFaults, type Reply } from './replies.ts';
import { answerOf } from './routes.ts';

/** The fake over real HTTP, as the stripe package speaks to it. */
export interface FakeStripe {
  readonly url: string;
  readonly book: Book;
  /** Every call so far: method, path without query. */
  readonly calls: readonly string[];
  /** What goes wrong from now on. */
  readonly faults: Faults;
  readonly close: () => Promise<void>;
}

const secretKey = /^Bearer (sk|rk)_test_\w+$/;

/** `port`: any that is free unless it is given. */
export async function startFakeStripe(book: Book, port = 0): Promise<FakeStripe> {
  const calls: string[] = [];
  const faults = noFaults();
  const once = idempotent();
  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(req.url ?? '/', 'http://stripe');
    const method = req.method ?? 'GET';
    const form = new URLSearchParams(await bodyOf(req));
    calls.push(`${method} ${pathname}`);
    if (!secretKey.test(req.headers.authorization ?? '')) {
      send(res, { status: 401, body: { error: { type: 'invalid_request_error', message: 'Invalid API Key' } } });
      return;
    }
    const answer = () => answerOf(book, { method, path: pathname, query: searchParams, form });
    const key = req.headers['idempotency-key'];
    const fault = faults.next(pathname);
    if (fault === 'rate_limited') {
      send(res, { status: 429, body: { error: { type: 'rate_limit_error', message: 'Too many requests' } } });
      return;
    }
    const failing = (): Reply => ({ status: 500, body: { error: { type: 'api_error', message: 'Stored' } } });
    const given = fault === 'stored_500' ? failing : answer;
    const reply = method === 'POST' && typeof key === 'string' ? once(key, `${pathname}?${form}`, given) : given();
    if (fault === 'lost') {
      req.socket.destroy();
      return;
    }
    if (fault === 'slow') await faults.released();
    send(res, reply);
  };
  const server = createServer((req, res) => {
    handle(req, res).catch(() => req.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  const listening = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${listening}`,
    book,
    calls,
    faults,
    close: async () => {
      faults.release();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(res: ServerResponse, { status, body, replayed = false }: Reply): void {
  res.writeHead(status, {
    'Content-Type': 'application/json',
    'Request-Id': 'req_fake',
    ...(replayed ? { 'Idempotent-Replayed': 'true' } : {}),
    // Otherwise the package pauses half a second before it tries again.
    ...(status === 429 ? { 'Retry-After': '0' } : {}),
  });
  res.end(JSON.stringify(body));
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
