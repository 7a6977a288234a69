import { type Request, type Response, urlencoded } from 'express';
import type { z } from 'zod';

/** A token has some hundred bytes, a note a few thousand. */
const bytesMax = 20_000;

const parse = urlencoded({ extended: false, limit: bytesMax });

/** The fields of a form as `schema` wants them; throws 400 and 413 as the JSON routes do. */
export async function readForm<Fields>(req: Request, res: Response, schema: z.ZodType<Fields>): Promise<Fields> {
  await new Promise<void>((resolve, reject) => {
    parse(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  });
  const body: unknown = req.body;
  return schema.parse(body ?? {});
}

export function sendPage(res: Response, status: number, text: string): void {
  res.statusCode = status;
  res.setHeader('Content-Type', 'text/html; charset=utf-8');
  res.setHeader('Cache-Control', 'no-store');
  res.end(text);
}

/** After a form: the browser fetches the page anew, so that reloading it does not send the form again. */
export function seeOther(res: Response, path: string): void {
  res.statusCode = 303;
  res.setHeader('Location', path);
  res.setHeader('Cache-Control', 'no-store');
  res.end();
}
