import { PassThrough, type Readable } from 'node:stream';
import busboy from 'busboy';
import type { Request } from 'express';
import { invalid, Problem } from '../http/problem.ts';

/** The form field that carries the file. */
const fieldName = 'file';

const unsupported = () => new Problem('unsupported_media_type', 'Send text/csv, or a form with the field `file`.');

/**
 * The file that a request brings, as it arrives: the body itself (`text/csv`), or the field `file` of a form. `consume`
 * reads it; resolves with its answer when the whole request is read.
 */
export async function fileOf<Result>(req: Request, consume: (file: Readable) => Promise<Result>): Promise<Result> {
  const type = req.is(['text/csv', 'multipart/form-data']);
  if (type === 'text/csv') return bodyOf(req, consume);
  if (type !== 'multipart/form-data') throw unsupported();
  return new Promise((resolve, reject) => {
    const form = formOf(req);
    let result: Promise<Result> | null = null;
    const fail = (error: unknown) => {
      req.unpipe(form);
      req.resume();
      reject(error);
    };
    form.on('file', (name, file) => {
      if (name !== fieldName || result !== null) {
        file.resume();
        return;
      }
      result = consume(file);
      result.catch(fail);
    });
    form.on('error', () => fail(invalid('body', 'is not a valid form')));
    req.on('aborted', () => fail(invalid('body', 'ended too early')));
    form.on('close', () => (result === null ? fail(invalid(fieldName, 'is missing')) : resolve(result)));
    req.pipe(form);
  });
}

/** Through a stream of its own: who gives up reading ends that one, and can still answer on the request's connection. */
async function bodyOf<Result>(req: Request, consume: (file: Readable) => Promise<Result>): Promise<Result> {
  const body = new PassThrough();
  req.once('aborted', () => body.destroy(invalid('body', 'ended too early')));
  req.pipe(body);
  try {
    return await consume(body);
  } finally {
    req.unpipe(body);
    req.resume();
  }
}

function formOf(req: Request): busboy.Busboy {
  try {
    return busboy({ headers: req.headers, limits: { files: 1, fields: 10, parts: 20 } });
  } catch {
    throw invalid('body', 'is not a valid form');
  }
}
