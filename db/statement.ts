import type pg from 'pg';
import { type ArrayEncoder, arrayEncoders, type Element } from './arrays.ts';
import { type Asked, type Result, RoundTrip, type Value } from './round-trip.ts';

/** Something that can run a query: a pool (its own transaction) or a client inside one. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(config: pg.QueryConfig): Promise<Result<Row>>;
}

/** Round trips that are being put together, by the client on which they will be sent. */
const opened = new WeakMap<Queryable, Asked[]>();

/**
 * Sends the statements that `begin` begins, none of which needs another's answer, in their order and as one packet, and
 * waits for all: one round trip. They must be of `statement`, and `on` a client of `createPool`'s, in a transaction: when
 * one fails, those after it are not executed, and all that were begun fail with its error. (On a pool each goes its own way.)
 * When `begin` throws, none is sent; one whose values are refused fails without being sent, and so do all of them.
 */
export async function sendTogether<const Results extends readonly Promise<unknown>[]>(
  on: Queryable,
  begin: () => Results,
): Promise<{ -readonly [Index in keyof Results]: Awaited<Results[Index]> }> {
  const begun = isClient(on) && !opened.has(on) ? inOneRoundTrip(on, begin) : begin();
  const failure = (await Promise.allSettled(begun)).find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
  return Promise.all(begun);
}

function inOneRoundTrip<Results>(on: pg.ClientBase, begin: () => Results): Results {
  const asked: Asked[] = [];
  opened.set(on, asked);
  let begun: Results;
  try {
    begun = begin();
  } finally {
    opened.delete(on);
  }
  if (asked.length > 0) on.query(new RoundTrip(asked));
  return begun;
}

/**
 * A statement of a hot path: parsed and planned once per connection, then only bound. The text is fixed and every
 * value a parameter; many rows travel as parallel arrays (`unnest`), one statement per table and batch. What an array is
 * of is said in the text: `$1::uuid[]`.
 */
export function statement<Row extends pg.QueryResultRow>(name: string, text: string) {
  const encoders = encodersOf(text);
  const travelling = (value: Parameter, position: number): Value => {
    if (isScalar(value)) return scalar(value);
    const encode = encoders.get(position);
    if (encode === undefined) throw new TypeError(`${name} does not say what $${position + 1} is an array of`);
    return encode(value);
  };
  return async (on: Queryable, parameters: readonly Parameter[] = []): Promise<Result<Row>> => {
    const values = parameters.map(travelling);
    if (!isClient(on)) return on.query<Row>({ name, text, values });
    const asked = opened.get(on);
    return new Promise<Result<Row>>((done, failed) => {
      const mine: Asked<Row> = { name, text, values, done, failed };
      if (asked === undefined) on.query(new RoundTrip([mine]));
      else asked.push(mine);
    });
  };
}

/** What a statement takes. */
export type Parameter = Scalar | readonly Element[];

type Scalar = string | number | bigint | boolean | Date | Buffer | null;

function isScalar(value: Parameter): value is Scalar {
  return !Array.isArray(value);
}

function scalar(value: Scalar): Value {
  if (value === null || typeof value === 'string' || Buffer.isBuffer(value)) return value;
  return value instanceof Date ? value.toISOString() : String(value);
}

/** By position from 0, as parameters are given. */
function encodersOf(text: string): ReadonlyMap<number, ArrayEncoder> {
  const encoders = new Map<number, ArrayEncoder>();
  for (const [, position, type] of text.matchAll(/\$(\d+)::(\w+)\[\]/g)) {
    const encode = arrayEncoders.get(type ?? '');
    if (encode !== undefined) encoders.set(Number(position) - 1, encode);
  }
  return encoders;
}

/** A client of the driver's, which takes queries of our own. */
function isClient(on: Queryable): on is Queryable & pg.ClientBase {
  return 'connection' in on;
}
