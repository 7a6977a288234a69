import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { UploadRow } from '../../shared/domain/upload.ts';
import { Problem } from '../http/problem.ts';
import { fileLimits, readMemberRows } from './member-rows.ts';

const header = 'email,first_name,credits\n';
const small = { bytesMax: 1_000, rowsMax: 3, rowBytesMax: 100, columnsMax: 5 };

/** Reads bytes that come in chunks of so many. */
async function read(file: string | Buffer, { chunk = 7, limits = fileLimits } = {}) {
  const bytes = Buffer.from(file);
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, n) =>
    bytes.subarray(n * chunk, (n + 1) * chunk),
  );
  const rows: UploadRow[] = [];
  const answer = await readMemberRows(
    Readable.from(chunks, { objectMode: false }),
    async (run) => {
      rows.push(...run);
    },
    limits,
  );
  return {
    ...answer,
    values: rows.map(({ line, email, firstName, credits }) => [line, email, firstName, credits]),
    rows,
  };
}

async function problemOf(file: string | Buffer, options = {}): Promise<unknown> {
  const error: unknown = await read(file, options).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Problem)) return error;
  return [error.code, error.options.members?.row ?? null];
}

describe('a file', () => {
  it.each([1, 2, 7, 1_000])('is read in any chunks: of %i bytes', async (chunk) => {
    const text =
      '\ufeffEmail, first_name ,credits\r\na@b.test,"Ann ""A"", Ä",1\r\n\r\nb@b.test,"B\nob", 2 \r\nc@b.test,,3';
    const { rows, values } = await read(text, { chunk });
    expect(rows.map(({ position }) => position)).toEqual([0, 1, 2]);
    expect(values).toEqual([
      [2, 'a@b.test', 'Ann "A", Ä', '1'],
      [4, 'b@b.test', 'B\nob', '2'],
      [6, 'c@b.test', '', '3'],
    ]);
  });

  it('may have no rows', async () => {
    expect(await read(header)).toMatchObject({ rows: [], digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('has a digest of its bytes', async () => {
    const [one, same, other] = [await read(header), await read(header, { chunk: 3 }), await read(`${header}\n`)];
    expect(same.digest).toBe(one.digest);
    expect(other.digest).not.toBe(one.digest);
  });

  it('is written in runs', async () => {
    const runs: number[] = [];
    const text = header + 'a@b.test,A,1\n'.repeat(2_500);
    await readMemberRows(Readable.from([Buffer.from(text)]), async (run) => {
      runs.push(run.length);
    });
    expect(runs).toEqual([1_000, 1_000, 500]);
  });
});

describe('a file that is none', () => {
  it.each([
    ['nothing', '', 1],
    ['no header', 'a@b.test,Ann,1\n', 1],
    ['another header', 'email,credits,first_name\n', 1],
    ['a row of two columns', `${header}a@b.test,Ann,1\nb@b.test,Bob\n`, 3],
    ['a row of four columns', `${header}a@b.test,Ann,1,2\n`, 2],
    ['a quote that does not end', `${header}a@b.test,"Ann,1\n`, 2],
    ['a quote in the middle', `${header}a@b.test,A"nn",1\n`, 2],
    ['NUL', `${header}a@b.test,Ann,1\nb@b.test,B\0b,1\n`, 3],
    [
      'a byte that is not UTF-8',
      Buffer.concat([Buffer.from(`${header}ä@b.test,Ann,1\nb@b.test,`), Buffer.from([0xff])]),
      3,
    ],
    ['half a character at the end', Buffer.from(`${header}a@b.test,ä`).subarray(0, -1), 2],
  ])('%s', async (_, file, row) => {
    for (const chunk of [1, 5, 1_000]) expect(await problemOf(file, { chunk })).toEqual(['invalid_file', row]);
  });
});

describe('a file over the limits', () => {
  const row = 'a@b.test,A,1\n';

  it('is one with a byte, a row, a column or a byte in a row too many', async () => {
    const limits = small;
    expect(await problemOf(header + row.repeat(3), { limits })).toBe(null);
    expect(await problemOf(header + row.repeat(4), { limits })).toEqual(['too_large', null]);
    expect(await problemOf(header + '\n'.repeat(976), { limits })).toEqual(['too_large', null]);
    expect(await problemOf(`${header}a,b,c,d,e,f\n`, { limits })).toEqual(['too_large', null]);
    expect(await problemOf(`${header}${'a'.repeat(101)},b,c\n`, { limits })).toEqual(['too_large', null]);
  });

  it('is found out before it is read', async () => {
    const endless = Readable.from(
      (function* () {
        yield `${header}"`;
        for (;;) yield 'x'.repeat(1_000);
      })(),
      { objectMode: false },
    );
    await expect(readMemberRows(endless, async () => {})).rejects.toMatchObject({ code: 'too_large' });
    expect(endless.destroyed).toBe(true);
  });
});

it('passes on what writing fails with', async () => {
  const failing = readMemberRows(Readable.from([Buffer.from(`${header}a@b.test,A,1\n`)]), async () => {
    throw new Error('no database');
  });
  await expect(failing).rejects.toThrow('no database');
});
