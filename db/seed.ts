import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { operationIdOf, type Uuid } from '../shared/domain/ids.ts';
import { creditsAllocate } from '../shared/operations/credits-allocate/credits-allocate.ts';
import type { Caller } from '../shared/operations/define.ts';
import { pointsAdjust } from '../shared/operations/points-adjust/points-adjust.ts';
import { acceptOperations, type Submission } from './accept.ts';
import { createPool } from './client.ts';
import { type DemoPerson, demoDirectory, demoIds } from './demo-directory.ts';
import { type DemoPoints, demoOwners, demoPoints, demoShops } from './demo-shops.ts';
import { putPractitioner, putUser } from './directory.ts';
import { seeds } from './schema.ts';
import { putProduct, putVendor } from './shops.ts';

/** Part of the demo data. Another name puts it in once more, over what people made of it. */
interface Seed {
  readonly name: string;
  /** Safe to repeat; answers with what it has put in. */
  readonly put: (pool: pg.Pool) => Promise<string>;
}

const demoSeeds: readonly Seed[] = [
  { name: 'demo-1', put: (pool) => putPeople(pool, 'demo-1') },
  { name: 'demo-shops-1', put: (pool) => putShops(pool, 'demo-shops-1') },
];

/** Any number, as long as it is always the same. */
const seedLock = 726_173_114;

const admin: Caller = { id: demoIds.admin, roles: ['admin'] };

/**
 * Puts the demo's people and shops in, once per database, and gives people credits and points the way everybody gets
 * them: as operations, which the workers apply as soon as they run. Killed half-way it starts again where it was, and
 * everything that it does can be repeated: people and shops by their ids, credits and points under the same operations.
 */
export async function seedDemo(databaseUrl: string, log: (line: string) => void): Promise<void> {
  const report = (error: Error) => log(`seeding: ${error.message}`);
  const pool = createPool(databaseUrl, { role: 'app', name: 'counterfoil-seed', max: 4, log: report });
  try {
    await withSeedLock(pool, async () => {
      const db = drizzle({ client: pool });
      for (const { name, put } of demoSeeds) {
        const done = await db.select().from(seeds).where(eq(seeds.name, name));
        if (done.length > 0) continue;
        const what = await put(pool);
        await db.insert(seeds).values({ name });
        log(`demo data are in: ${what}`);
      }
    });
  } finally {
    await pool.end();
  }
}

async function putPeople(pool: pg.Pool, seedName: string): Promise<string> {
  const people = demoDirectory();
  for (const person of people) await putPerson(pool, person);
  const gifts = people.filter(({ credits }) => credits > 0);
  await give(
    pool,
    gifts.map(({ id, credits }) => creditGift(seedName, id, credits)),
  );
  return `${people.length} people`;
}

async function putShops(pool: pg.Pool, seedName: string): Promise<string> {
  for (const owner of demoOwners()) await putPerson(pool, owner);
  const shops = demoShops();
  for (const { id, entry, products } of shops) {
    await putVendor(pool, id, entry);
    for (const product of products) await putProduct(pool, product.id, product.entry);
  }
  await give(
    pool,
    demoPoints().map((points) => pointGift(seedName, points)),
  );
  return `${shops.length} shops`;
}

async function putPerson(pool: pg.Pool, { id, entry, practice }: DemoPerson): Promise<void> {
  await putUser(pool, id, entry);
  if (practice !== null) await putPractitioner(pool, id, practice);
}

async function give(pool: pg.Pool, gifts: readonly Submission[]): Promise<void> {
  await acceptOperations(pool, gifts, Number.MAX_SAFE_INTEGER);
}

const note = 'Welcome to the demo';

function creditGift(seedName: string, userId: Uuid, amount: number): Submission {
  const submitted = creditsAllocate.submit(admin, { userId, amount, source: 'bonus', note });
  return submissionOf(`${seedName}/${userId}`, { kind: creditsAllocate.kind, ...submitted });
}

function pointGift(seedName: string, { customerId: userId, vendorId, amount }: DemoPoints): Submission {
  const submitted = pointsAdjust.submit(admin, { userId, vendorId, amount, note });
  return submissionOf(`${seedName}/${userId}`, { kind: pointsAdjust.kind, ...submitted });
}

type Gift = Pick<Submission, 'kind' | 'lane' | 'payload'>;

function submissionOf(key: string, { kind, lane, payload }: Gift): Submission {
  return {
    id: operationIdOf(admin.id, key),
    kind,
    lane,
    callerId: admin.id,
    callerRoles: admin.roles,
    fingerprint: createHash('sha256').update(JSON.stringify(payload)).digest(),
    payload,
  };
}

/** Of two that seed at once the second waits, and finds it done. */
async function withSeedLock(pool: pg.Pool, work: () => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('set statement_timeout = 0');
    await client.query('set lock_timeout = 0');
    await client.query('select pg_advisory_lock($1)', [seedLock]);
    await work();
  } finally {
    client.release(true); // closing the connection releases the lock
  }
}
