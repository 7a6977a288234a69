import { json, type Request, type Response } from 'express';
import { invalid, Problem } from './problem.ts';

/** Contract §8: 100 kB and 32 levels. */
const bytesMax = 100_000;
const levelsMax = 32;

const parse = json({ limit: bytesMax, strict: false, type: 'application/json' });

/**
 * The parsed JSON body, `{}` when there is none. Throws 415 for anything but JSON, 413 above 100 kB, 400 for what is
 * not JSON or nested too deeply. `__proto__` stays an own member here: only what a schema lets through may be used.
 */
export async function readJsonBody(req: Request, res: Response): Promise<unknown> {
  if (!hasBody(req)) return {};
  if (req.headers['content-type'] !== 'application/json' && req.is('application/json') === false) {
    throw new Problem('unsupported_media_type', 'Send the body as application/json.');
  }
  await new Promise<void>((resolve, reject) => {
    parse(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  });
  const body: unknown = req.body;
  if (levelsOf(body, 0) > levelsMax) throw invalid('body', `is nested more than ${levelsMax} levels deep`);
  return body === undefined ? {} : body;
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** How deep arrays and objects are nested; stops counting one level above the maximum. */
function levelsOf(value: unknown, above: number): number {
  if (typeof value !== 'object' || value === null || above > levelsMax) return above;
  let deepest = above + 1;
  for (const member of Object.values(value)) deepest = Math.max(deepest, levelsOf(member, above + 1));
  return deepest;
}
