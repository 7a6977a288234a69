import fc from 'fast-check';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import type { Element } from '../../../db/arrays.ts';
import { withTransaction } from '../../../db/client.ts';
import { type Parameter, sendTogether, statement } from '../../../db/statement.ts';
import { openMarketplace } from '../../support/marketplace.ts';

/* Statements that are sent together: one packet there, one back, and one fate. */

const number = statement<{ n: number }>('test_number', 'select $1::int as n');
const inverse = statement<{ n: number }>('test_inverse', 'select 1 / $1::int as n');
const neverPrepared = statement<{ n: number }>('test_never_prepared', 'select $1::int * 2 as n');
const touch = statement('test_touch', "update low_water set accepted_at = '2001-01-01'");

/** The type's number: it is none of those that the driver has a name for. */
const pgLsn = 3_220;

async function aClient(): Promise<{ client: pg.PoolClient; heard: (message: string) => number; owner: pg.Pool }> {
  const { app, owner } = await openMarketplace();
  const client = await app.connect();
  onTestFinished(() => client.release(true));
  const counts = new Map<string, number>();
  for (const message of ['readyForQuery', 'rowDescription', 'parseComplete']) {
    client.connection.on(message, () => counts.set(message, (counts.get(message) ?? 0) + 1));
  }
  return { client, owner, heard: (message) => counts.get(message) ?? 0 };
}

it('answers each with its own rows, all of them at once', async () => {
  const { client, heard } = await aClient();
  const numbers = await sendTogether(client, () => [number(client, [1]), number(client, [2]), inverse(client, [1])]);
  expect(numbers.map(({ rows, rowCount }) => [rows, rowCount])).toEqual([
    [[{ n: 1 }], 1],
    [[{ n: 2 }], 1],
    [[{ n: 1 }], 1],
  ]);
  expect(heard('readyForQuery')).toBe(1);
});

it('takes those that are begun inside of others along, and sends what comes later by itself', async () => {
  const { client, heard } = await aClient();
  const inner = async () => {
    const [one] = await sendTogether(client, () => [number(client, [1])]);
    expect(heard('readyForQuery')).toBe(1);
    return (one.rows[0]?.n ?? 0) + ((await number(client, [2])).rows[0]?.n ?? 0);
  };
  expect(await sendTogether(client, () => [inner(), number(client, [3])])).toMatchObject([3, { rows: [{ n: 3 }] }]);
  expect(heard('readyForQuery')).toBe(2);
});

it('has a statement parsed and its rows described once for a connection, also when the driver asks, too', async () => {
  const { client, heard } = await aClient();
  for (const n of [1, 2, 3]) expect((await number(client, [n])).rows).toEqual([{ n }]);
  expect(heard('rowDescription')).toBe(1);
  const { rows } = await client.query({ name: 'test_number', text: 'select $1::int as n', values: [4] });
  expect(rows).toEqual([{ n: 4 }]);
  expect(heard('parseComplete')).toBe(1);
});

it('fails as a whole: with the error of the first, nothing behind it executed, nothing before it kept', async () => {
  const { client, owner } = await aClient();
  const before = () => touch(client);
  const all = sendTogether(client, () => [before(), inverse(client, [0]), neverPrepared(client, [1])]);
  await expect(all).rejects.toMatchObject({ code: '22012' });
  expect((await owner.query("select from low_water where accepted_at = '2001-01-01'")).rowCount).toBe(0);
  // What was never reached is not taken for prepared.
  expect((await neverPrepared(client, [2])).rows).toEqual([{ n: 4 }]);
  expect((await inverse(client, [1])).rows).toEqual([{ n: 1 }]);
});

it('sends none when not all could be begun', async () => {
  const { client, heard } = await aClient();
  const begin = () => {
    void touch(client);
    throw new Error('not begun');
  };
  await expect(sendTogether(client, begin)).rejects.toThrow('not begun');
  await number(client, [1]);
  expect(heard('readyForQuery')).toBe(1);
});

it('rolls a transaction back whose statements failed together, and gives back no broken connection', async () => {
  const { app } = await openMarketplace();
  const failing = withTransaction(app, ({ client }) =>
    sendTogether(client, () => [touch(client), inverse(client, [0])]),
  );
  await expect(failing).rejects.toMatchObject({ code: '22012' });
  expect((await app.query("select from low_water where accepted_at = '2001-01-01'")).rowCount).toBe(0);
});

it('tells everybody when the connection is lost on the way', async () => {
  const { client, owner } = await aClient();
  const pid = statement<{ pid: number }>('test_pid', 'select pg_backend_pid() as pid');
  const sleep = statement('test_sleep', 'select pg_sleep(60)');
  const [own] = (await pid(client)).rows;
  const both = Promise.allSettled([
    sendTogether(client, () => [sleep(client), number(client, [1])]),
    number(client, [2]),
  ]);
  const isAsleep = () =>
    owner.query("select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'", [own?.pid]);
  await expect.poll(async () => (await isAsleep()).rowCount).toBe(1);
  await owner.query('select pg_terminate_backend($1)', [own?.pid]);
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

it('fails with what cannot be read, and leaves the connection as good as it was', async () => {
  const { client } = await aClient();
  const unreadable = statement('test_unreadable', "select '0/0'::pg_lsn as place from generate_series(1, 2)");
  pg.types.setTypeParser(pgLsn, () => {
    throw new Error('not to be read');
  });
  onTestFinished(() => pg.types.setTypeParser(pgLsn, String));
  await expect(sendTogether(client, () => [number(client, [1]), unreadable(client)])).rejects.toThrow('not to be read');
  expect((await number(client, [2])).rows).toEqual([{ n: 2 }]);
});

const uuid = '8d6e0b1e-3f5c-4c6f-9f0e-0d9f6f1f2a3b';

it.each<[string, Parameter, unknown]>([
  ['text', 'a "quoted" \\ one', 'a "quoted" \\ one'],
  ['int', 7, 7],
  ['bigint', 9_007_199_254_740_993n, '9007199254740993'],
  ['boolean', false, false],
  ['timestamptz', new Date('2026-03-29T01:30:00.123Z'), new Date('2026-03-29T01:30:00.123Z')],
  ['bytea', Buffer.from([0, 1, 255]), Buffer.from([0, 1, 255])],
  ['uuid[]', [uuid], [uuid]],
  ['uuid[]', [], []],
  ['text[]', ['{}'], ['{}']],
  ['text[]', [], []],
  ['jsonb', '{"a":[1,null]}', { a: [1, null] }],
  ['jsonb', '{}', {}],
  ['date', null, null],
])('takes %s there and back', async (type, given, expected) => {
  const { client } = await aClient();
  const [row] = (await statement(`test_${type}`, `select $1::${type} as value`)(client, [given])).rows;
  expect(row).toEqual({ value: expected });
});

const years = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z') };
const strange = fc.constantFrom('', 'NULL', '{"k":"v\\n"}', 'a,b', '}', '\\');
const text = fc.oneof(fc.string({ unit: 'grapheme' }), strange).filter((value) => !value.includes('\0'));
const iso = `coalesce(to_char(nullif(v, 'infinity') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), v::text)`;

it.each<[string, fc.Arbitrary<Element>, string, (shown: string) => Element]>([
  ['boolean', fc.boolean(), 'v::text', (shown) => shown === 'true'],
  ['bytea', fc.uint8Array().map((bytes) => Buffer.from(bytes)), "encode(v, 'hex')", (hex) => Buffer.from(hex, 'hex')],
  ['int', fc.integer(), 'v::text', Number],
  ['bigint', fc.maxSafeInteger(), 'v::text', Number],
  ['float8', fc.double({ noNaN: true }), 'v::text', Number],
  ['text', text, 'v', String],
  ['timestamptz', fc.date({ noInvalidDate: true, ...years }), iso, (shown) => new Date(shown)],
  ['timestamptz', fc.constant(Number.POSITIVE_INFINITY), iso, (shown) => (shown === 'infinity' ? Infinity : shown)],
  ['uuid', fc.uuid({ version: [4, 5, 7] }), 'v::text', String],
])('takes any array of %s there', async (type, element, asText, readAs) => {
  const { client } = await aClient();
  const read = statement<{ shown: (string | null)[] }>(
    `test_array_${type}`,
    `select array(select ${asText} from unnest($1::${type}[]) with ordinality as u (v, n) order by n) as shown`,
  );
  const array = fc.array(fc.option(element, { freq: 8 }));
  await fc.assert(
    fc.asyncProperty(array, async (values) => {
      const [row] = (await read(client, [values])).rows;
      expect(row?.shown.map((shown) => (shown === null ? null : readAs(shown)))).toEqual(values);
    }),
    { numRuns: 200 },
  );
});
