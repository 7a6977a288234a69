import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

/** The right to decide when the embedded server ends. */
export interface Claim {
  readonly release: () => Promise<void>;
}

/** Any number, as long as it is always the same. */
const claimLock = 726_173_115;

const reclaimMs = 500;

/**
 * Claims the embedded server for this process; null when another process has it. The claim is a lock in the server
 * itself: it ends with the process that holds it, however that ends, so that none is ever left behind.
 */
export async function claimEmbedded(url: string): Promise<Claim | null> {
  const released = new AbortController();
  let client = await tryClaim(url);
  if (client === null) return null;

  // A connection may be cut and the server restarted under us; until we have it again, nobody else asks, as a rule.
  const keep = (held: pg.Client) => {
    held.once('end', async () => {
      client = null;
      while (!released.signal.aborted && client === null) {
        await pause(reclaimMs, undefined, { ref: false });
        client = await tryClaim(url).catch(() => null);
      }
      if (client !== null) keep(client);
    });
  };
  keep(client);
  return {
    release: async () => {
      released.abort();
      await client?.end();
    },
  };
}

async function tryClaim(url: string): Promise<pg.Client | null> {
  const client = new pg.Client({ connectionString: url, application_name: 'counterfoil-owner', keepAlive: true });
  client.on('error', () => {}); // 'end' follows
  await client.connect();
  const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [claimLock]);
  if (rows[0]?.mine === true) return client;
  await client.end();
  return null;
}
