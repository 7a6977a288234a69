import { readFileSync } from 'node:fs';
import pg from 'pg';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWakeQueue } from '../../api/acceptance/wake-queue.ts';
import { runAudit } from '../../db/audit.ts';
import { createPool } from '../../db/client.ts';
import { migrate } from '../../db/migrate.ts';
import { operations } from '../../shared/operations/registry.ts';
import { assertRedisKeepsJobs } from '../../shared/runtime/queue-workers.ts';
import { openProducer } from '../../shared/runtime/queues.ts';
import { startWorker } from '../../workers/worker.ts';
import { idOf } from '../support/builders.ts';
import { addPeople, addPractitioners, settled, silent, submit, testWorkerConfig } from '../support/marketplace.ts';
import { allocation, booking, cancellation } from '../support/requests.ts';
import { until } from '../support/until.ts';

/*
 * The stores as production runs them: the images and settings of docker-compose.yml, through a container engine. Runs
 * where there is one (npm run test:containers); what the embedded PostgreSQL and a local Redis cannot show is shown
 * here: other builds, other versions, settings that are only made there.
 */

const compose = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');

function imageOf(service: string): string {
  const image = new RegExp(`^  ${service}:\\n(?:    .*\\n)*?    image: (\\S+)`, 'm').exec(compose)?.[1];
  if (image === undefined) throw new Error(`docker-compose.yml has no image for ${service}`);
  return image;
}

const password = 'only-for-this-test';

async function startPostgres(): Promise<StartedTestContainer> {
  return new GenericContainer(imageOf('postgres'))
    .withEnvironment({ POSTGRES_USER: 'counterfoil', POSTGRES_PASSWORD: password, POSTGRES_DB: 'counterfoil' })
    .withExposedPorts(5432)
    .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/))
    .start();
}

async function startRedis(): Promise<StartedTestContainer> {
  return new GenericContainer(imageOf('redis'))
    .withCommand(['redis-server', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'])
    .withExposedPorts(6379)
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
    .start();
}

describe('on the images of docker-compose.yml', () => {
  let postgres: StartedTestContainer;
  let redis: StartedTestContainer;
  let databaseUrl: string;
  let redisUrl: string;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    const port = postgres.getMappedPort(5432);
    databaseUrl = `postgres://counterfoil:${password}@${postgres.getHost()}:${port}/counterfoil`;
    redisUrl = `redis://${redis.getHost()}:${redis.getMappedPort(6379)}`;
    // The first start of the image is followed by a second one; only that listens outside.
    await until(
      'PostgreSQL answers',
      () =>
        migrate(databaseUrl).then(
          () => true,
          () => false,
        ),
      60_000,
    );
  });

  afterAll(async () => {
    await Promise.allSettled([postgres?.stop(), redis?.stop()]);
  });

  it('keeps jobs: noeviction and an append-only file', async () => {
    await expect(assertRedisKeepsJobs(redisUrl)).resolves.toBeUndefined();
  });

  it.each(['redis', 'postgres'])('books and cancels with BullMQ on %s, and the ledger agrees', async (backend) => {
    const config = { databaseUrl, redisUrl: backend === 'redis' ? redisUrl : null };
    const owner = new pg.Pool({ connectionString: databaseUrl, max: 2 });
    const app = createPool(databaseUrl, { role: 'app', name: 'containers', max: 4, log: () => undefined });
    const producer = openProducer({ ...config, log: silent });
    const wakes = createWakeQueue({ producer, log: silent });
    const worker = startWorker({
      config: { ...testWorkerConfig, ...config },
      operations,
      log: silent,
    });
    const market = { owner, app, wakes };
    const [client, practitioner] = [idOf(`client of ${backend}`), idOf(`practitioner of ${backend}`)];
    try {
      await addPeople(market, [client]);
      await addPractitioners(market, [practitioner]);
      const [given] = await submit(market, [allocation(client, 50)]);
      const [booked] = await submit(market, [booking(client, practitioner, 10)]);
      const [cancelled] = await submit(market, [cancellation(client, booked ?? '')]);

      const ids = [given, booked, cancelled].map((id) => id ?? '');
      const ended = await settled(market, ids);
      expect(ended.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
      expect((await runAudit(owner)).ok).toBe(true);
    } finally {
      await worker.close();
      await wakes.drained();
      await producer.close();
      await Promise.all([owner.end(), app.end()]);
    }
  });
});
