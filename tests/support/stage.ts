import { expect } from 'vitest';
import type { Backend } from './backends.ts';
import { idOf } from './builders.ts';
import { type Chance, chanceOf, printedSeed } from './chance.ts';
import { type Crew, hireCrew } from './crew.ts';
import type { TestDatabase } from './database.ts';
import { freePort } from './free-port.ts';
import { type Acknowledged, type Load, startLoad } from './load.ts';
import {
  addPeople,
  addPractitioners,
  giveCredits,
  type Marketplace,
  openMarketplace,
  settled,
  violations,
} from './marketplace.ts';
import { type RunningProcess, startProcess } from './processes.ts';
import { until } from './until.ts';

/** The whole system in processes of its own, with people who use it, for a test that breaks something. */
export interface Stage {
  readonly marketplace: Marketplace;
  readonly chance: Chance;
  readonly load: Load;
  readonly crew: Crew;
  /** The API, started again on its port whenever it dies. */
  readonly api: () => RunningProcess;
  /**
   * After the faults: everybody finishes, everything settles, and what was acknowledged is what has happened.
   * `deaths`: how many processes the test has killed; no other may have died.
   */
  readonly judge: (deaths?: { readonly workers?: number; readonly api?: number }) => Promise<void>;
}

export interface StageOptions {
  readonly backend: Backend;
  readonly database?: TestDatabase;
  readonly workers?: number;
  /** See `LoadOptions`. */
  readonly pauseMaxMs?: number;
}

const jwtSecret = 'a secret of the chaos tests, long enough for HS256';

const people = Array.from({ length: 14 }, (_, n) => idOf(`person ${n}`));
const practitioners = Array.from({ length: 4 }, (_, n) => idOf(`practitioner ${n}`));

export async function openStage({ backend, database, workers = 2, pauseMaxMs = 40 }: StageOptions): Promise<Stage> {
  const chance = chanceOf(printedSeed());
  const marketplace = await openMarketplace({ backend, ...(database === undefined ? {} : { database }) });
  await addPeople(marketplace, people);
  await addPractitioners(marketplace, practitioners);
  const crew = hireCrew(marketplace, workers);
  const api = await keepApi(marketplace);
  const everybody = [...people, ...practitioners];
  await giveCredits(marketplace, everybody, 300);
  const load = startLoad({ url: api.url, jwtSecret, people: everybody, practitioners, chance, pauseMaxMs });
  await until('the load is on', () => load.count() > 100);

  const judge: Stage['judge'] = async ({ workers: workersKilled = 0, api: apiKilled = 0 } = {}) => {
    const history = await load.stop();
    await settled(
      marketplace,
      history.map(({ id }) => id),
      60_000,
    );
    await expectKept(marketplace, history);
    expect(await violations(marketplace)).toEqual({});
    expect(crew.deaths().length, crew.deaths().join('\n')).toBe(workersKilled);
    expect(api.deaths().length, api.deaths().join('\n')).toBe(apiKilled);
    const exits = [...(await crew.dismiss()), await api.stop()];
    // Who was started again a moment ago is ended by the signal itself, before it listens: it has nothing in hand yet.
    for (const { code, signal } of exits) expect([0, 'SIGTERM']).toContain(code ?? signal);
  };
  return { marketplace, chance, load, crew, api: api.current, judge };
}

/** Every operation that was acknowledged has one outcome, and each user's have happened in the order they were told. */
async function expectKept({ owner }: Marketplace, history: readonly Acknowledged[]): Promise<void> {
  const { rows } = await owner.query<{
    id: string;
    lane: string;
    status: string;
    seq: number;
    answers: number;
    error: string | null;
  }>(
    `select id, lane, status, lane_seq::int as seq, num_nonnulls(outcome, rejection) as answers, kind, attempts, crashes,
            last_error as error
     from operations where id = any($1)`,
    [history.map(({ id }) => id)],
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  const unanswered = history.filter(({ id }) => found.get(id)?.answers !== 1);
  expect(unanswered.map(({ id }) => found.get(id) ?? id)).toEqual([]);

  const lastSeq = new Map<string, number>();
  for (const { id, userId } of history) {
    const row = found.get(id);
    expect(row?.lane).toBe(userId);
    expect(row?.seq).toBeGreaterThan(lastSeq.get(userId) ?? 0);
    lastSeq.set(userId, row?.seq ?? 0);
  }
}

async function keepApi({ databaseUrl, redisUrl }: Marketplace) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const deaths: string[] = [];
  let isStopped = false;
  const start = (): RunningProcess => {
    const started = startProcess('api/main.js', {
      DATABASE_URL: databaseUrl,
      ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
      PORT: String(port),
      JWT_SECRET: jwtSecret,
      RATE_LIMIT_PER_MINUTE: '0',
      LOG_LEVEL: 'warn',
    });
    void started.ended.then(() => {
      if (isStopped) return;
      deaths.push(started.output().slice(-2_000));
      current = start();
    });
    return started;
  };
  let current = start();
  await until('the API answers', () =>
    fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return {
    url,
    current: () => current,
    deaths: () => deaths,
    stop: () => {
      isStopped = true;
      return current.stop();
    },
  };
}
