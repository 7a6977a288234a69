import { ownRedisDatabase, redisUrl } from './redis.ts';

/** One way to run BullMQ, as the configuration chooses it. */
export interface Backend {
  readonly name: 'redis' | 'postgres';
  readonly redisUrl: string | null;
}

const server = redisUrl();

/**
 * For `describe.each`: every backend that this run has. The Redis database is this test file's alone, as long as the
 * file does not run twice at once.
 */
export const backends: readonly Backend[] = [
  { name: 'postgres', redisUrl: null },
  ...(server === null ? [] : [{ name: 'redis', redisUrl: await ownRedisDatabase(server) } as const]),
];
