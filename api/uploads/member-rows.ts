import { isUtf8 } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';
import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TextDecoder } from 'node:util';
import { CsvError, type Info, parse } from 'csv-parse';
import type { UploadRow } from '../../shared/domain/upload.ts';
import { Problem } from '../http/problem.ts';

/*
 * A file of members, row by row, in bounded memory: nothing of it is kept but the row at hand and the run that is being
 * written. What a row says is judged later, by the decider; here a file is refused that is none.
 */

export interface FileLimits {
  readonly bytesMax: number;
  readonly rowsMax: number;
  readonly rowBytesMax: number;
  readonly columnsMax: number;
}

/** Contract §8. */
export const fileLimits: FileLimits = { bytesMax: 20_000_000, rowsMax: 100_000, rowBytesMax: 10_000, columnsMax: 50 };

/** Rows that are written at once. */
const rowsPerRun = 1_000;

const header = ['email', 'first_name', 'credits'];

export interface FileRead {
  readonly rows: number;
  /** SHA-256 of its bytes. */
  readonly digest: string;
}

/** Reads the file and gives its rows to `write`, run by run. Throws 400 `invalid_file` with the row, 413 over a limit. */
export async function readMemberRows(
  file: Readable,
  write: (rows: readonly UploadRow[]) => Promise<void>,
  limits: FileLimits = fileLimits,
): Promise<FileRead> {
  const digest = createHash('sha256');
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: limits.rowBytesMax,
  });
  let rows = 0;
  try {
    await pipeline(file, checkedText(digest, limits), parser, async (records: AsyncIterable<ParsedRecord>) => {
      rows = await writeRuns(records, write, limits);
    });
  } catch (error) {
    throw problemOfFile(error, limits);
  }
  return { rows, digest: digest.digest('hex') };
}

interface ParsedRecord {
  readonly record: readonly string[];
  readonly info: Info;
}

async function writeRuns(
  records: AsyncIterable<ParsedRecord>,
  write: (rows: readonly UploadRow[]) => Promise<void>,
  { rowsMax, columnsMax }: FileLimits,
): Promise<number> {
  let run: UploadRow[] = [];
  let position = -1;
  for await (const { record, info } of records) {
    // The line in which the record begins; the parser knows the one in which it ends.
    const line = info.lines - record.join('').split('\n').length + 1;
    if (record.length > columnsMax) throw tooLarge(`Row ${line} has more than ${columnsMax} columns.`);
    if (position === -1) assertHeader(record, line);
    else run.push(rowOf(record, { position, line }));
    position += 1;
    if (position > rowsMax) throw tooLarge(`A file may have ${rowsMax} rows.`);
    if (run.length < rowsPerRun) continue;
    await write(run);
    run = [];
  }
  if (position === -1) throw invalidFile(1, 'the header is missing');
  if (run.length > 0) await write(run);
  return position;
}

function assertHeader(record: readonly string[], line: number): void {
  const names = record.map((name) => name.trim().toLowerCase());
  if (names.length !== header.length || names.some((name, column) => name !== header[column]))
    throw invalidFile(line, `the header must be ${header.join(',')}`);
}

function rowOf(record: readonly string[], { position, line }: Pick<UploadRow, 'position' | 'line'>): UploadRow {
  const [email, firstName, credits] = record.map((field) => field.trim());
  if (record.length !== header.length || email === undefined || firstName === undefined || credits === undefined)
    throw invalidFile(line, `has ${record.length} columns, not ${header.length}`);
  return { position, line, email, firstName, credits };
}

/** Counts and hashes the bytes, and lets nothing through but UTF-8 that can be stored. */
function checkedText(digest: Hash, { bytesMax }: FileLimits): Transform {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let bytes = 0;
  let line = 1;
  const decode = (chunk: Buffer | undefined, done: TransformCallback): void => {
    const text = decodeOrNull(decoder, chunk);
    if (text === null) {
      done(invalidFile(line + validLinesOf(chunk), 'is not UTF-8'));
      return;
    }
    const nul = text.indexOf('\0');
    line += linesIn(nul === -1 ? text : text.slice(0, nul));
    if (nul === -1) done(null, text);
    else done(invalidFile(line, 'contains NUL'));
  };
  return new Transform({
    decodeStrings: true,
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length;
      digest.update(chunk);
      if (bytes > bytesMax) done(tooLarge(`A file may have ${bytesMax / 1_000_000} MB.`));
      else decode(chunk, done);
    },
    flush: (done) => decode(undefined, done),
  });
}

function decodeOrNull(decoder: TextDecoder, chunk: Buffer | undefined): string | null {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    return null;
  }
}

/** How many lines end before the first byte that is not UTF-8, by halving: a prefix is, as long as that byte is behind it. */
function validLinesOf(chunk: Buffer | undefined): number {
  if (chunk === undefined) return 0;
  const ends: number[] = [];
  for (let at = chunk.indexOf('\n'); at !== -1; at = chunk.indexOf('\n', at + 1)) ends.push(at);
  // A chunk may begin in the middle of a character: what belongs to it is at most three bytes.
  const begin = [0, 1, 2, 3].find((byte) => ((chunk[byte] ?? 0) & 0b1100_0000) !== 0b1000_0000) ?? 0;
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isUtf8(chunk.subarray(begin, ends[middle - 1]))) low = middle;
    else high = middle - 1;
  }
  return low;
}

function linesIn(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

function problemOfFile(error: unknown, { rowBytesMax }: FileLimits): unknown {
  if (!(error instanceof CsvError)) return error;
  const line: unknown = error.lines;
  const row = typeof line === 'number' ? line : 1;
  if (error.code === 'CSV_MAX_RECORD_SIZE') return tooLarge(`Row ${row} has more than ${rowBytesMax} bytes.`);
  return invalidFile(row, 'has quotes that do not match');
}

function invalidFile(row: number, what: string): Problem {
  const errors = [{ path: `row ${row}`, message: what }];
  return new Problem('invalid_file', `Row ${row}: ${what}.`, { errors, members: { row } });
}

function tooLarge(what: string): Problem {
  return new Problem('too_large', what);
}
