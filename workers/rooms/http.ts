export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One request to the provider; a status that is no success is an answer, too. */
export type RoomsHttp = (method: string, path: string, signal: AbortSignal, body?: unknown) => Promise<Answer>;

/** An answer that is not the expected one. */
export class RoomsError extends Error {
  override readonly name = 'RoomsError';
  readonly status: number;

  constructor(method: string, { status, body }: Answer) {
    super(`the rooms provider answered ${status} to ${method}: ${body.replace(/\s+/g, ' ').slice(0, saidMax)}`);
    this.status = status;
  }
}

/** What of an answer goes into the error: enough to see what is wrong. */
const saidMax = 200;

/** A room is described in a few hundred bytes; the rest of what somebody sends stays unread. */
const answerBytesMax = 64 * 1024;

const json = { 'content-type': 'application/json' };

/** Requests below `base`, in JSON and with the key, each ended after `answerMaxMs`. */
export function roomsHttp(base: string, key: string | null, answerMaxMs: number): RoomsHttp {
  const root = base.replace(/\/+$/, '');
  const authorization = key === null ? {} : { authorization: `Bearer ${key}` };

  return async (method, path, signal, body) => {
    const response = await fetch(`${root}${path}`, {
      method,
      headers: { accept: 'application/json', ...(body === undefined ? {} : json), ...authorization },
      body: body === undefined ? null : JSON.stringify(body),
      // The key is for this provider, not for wherever an answer might point.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMaxMs)]),
    });
    const said = await boundedText(response);
    return { status: response.status, body: key === null ? said : said.replaceAll(key, '[redacted]') };
  };
}

async function boundedText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop ends the connection.
    if (bytes > answerBytesMax) throw new Error(`the rooms provider answered with more than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
