import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { operationIdOf } from '../shared/domain/ids.ts';
import { creditsAllocate } from '../shared/operations/credits-allocate/credits-allocate.ts';
import type { Caller } from '../shared/operations/define.ts';
import { acceptOperations, type Submission } from './accept.ts';
import { createPool } from './client.ts';
import { type DemoPerson, demoDirectory, demoIds } from './demo-directory.ts';
import { putPractitioner, putUser } from './directory.ts';
import { seeds } from './schema.ts';

/** Changing it puts the demo data in once more, over what people made of them. */
const seedName = 'demo-1';

/** Any number, as long as it is always the same. */
const seedLock = 726_173_114;

const admin: Caller = { id: demoIds.admin, roles: ['admin'] };

/**
 * Puts the demo's people in, once per database, and gives them credits the way everybody gets them: as operations,
 * which the workers apply as soon as they run. Killed half-way it starts again from the beginning, and everything
 * that it does can be repeated: people by their ids, credits under the same operations.
 */
export async function seedDemo(databaseUrl: string, log: (line: string) => void): Promise<void> {
  const report = (error: Error) => log(`seeding: ${error.message}`);
  const pool = createPool(databaseUrl, { role: 'app', name: 'counterfoil-seed', max: 4, log: report });
  try {
    await withSeedLock(pool, async () => {
      const db = drizzle({ client: pool });
      const done = await db.select().from(seeds).where(eq(seeds.name, seedName));
      if (done.length > 0) return;

      const people = demoDirectory();
      for (const person of people) await putPerson(pool, person);
      await giveCredits(pool, people);
      await db.insert(seeds).values({ name: seedName });
      log(`demo data are in: ${people.length} people`);
    });
  } finally {
    await pool.end();
  }
}

async function putPerson(pool: pg.Pool, { id, entry, practice }: DemoPerson): Promise<void> {
  await putUser(pool, id, entry);
  if (practice !== null) await putPractitioner(pool, id, practice);
}

async function giveCredits(pool: pg.Pool, people: readonly DemoPerson[]): Promise<void> {
  const gifts = people.filter(({ credits }) => credits > 0).map(giftOf);
  await acceptOperations(pool, gifts, Number.MAX_SAFE_INTEGER);
}

function giftOf({ id, credits }: DemoPerson): Submission {
  const { payload, lane } = creditsAllocate.submit(admin, {
    userId: id,
    amount: credits,
    source: 'bonus',
    note: 'Welcome to the demo',
  });
  return {
    id: operationIdOf(admin.id, `${seedName}/${id}`),
    kind: creditsAllocate.kind,
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
