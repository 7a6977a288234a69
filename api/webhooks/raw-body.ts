import { type Request, type Response, raw } from 'express';
import { Problem } from '../http/problem.ts';

/** The largest event that Stripe sends is a fraction of it. */
const bytesMax = 1_000_000;

const parse = raw({ limit: bytesMax, type: () => true, inflate: false });

/** The bytes of a body as they were sent, whatever they are: that is what is signed. Throws 413 above 1 MB. */
export async function readRawBody(req: Request, res: Response): Promise<Buffer> {
  await new Promise<void>((resolve, reject) => {
    parse(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(tooLarge(error))));
  });
  const body: unknown = req.body;
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

function tooLarge(error: unknown): unknown {
  const isTooLarge = typeof error === 'object' && error !== null && 'status' in error && error.status === 413;
  return isTooLarge ? new Problem('too_large', 'An event may have 1 MB.') : error;
}
