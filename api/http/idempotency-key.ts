import type { Request } from 'express';
import { invalid, Problem } from './problem.ts';

const lengthMax = 255;

/** The key of a write: 1 to 255 printable ASCII characters. Throws 400 with the code that says what is wrong with it. */
export function idempotencyKeyOf(req: Request): string {
  const key = req.headers['idempotency-key'];
  if (key === undefined || key === '') {
    throw new Problem('idempotency_key_missing', 'Send an Idempotency-Key header: any text of your own, one per deed.');
  }
  if (typeof key !== 'string' || key.length > lengthMax || !/^[\x20-\x7e]+$/.test(key)) {
    throw invalid('Idempotency-Key', `must be 1 to ${lengthMax} printable ASCII characters`);
  }
  return key;
}
