import type { Marketplace } from './marketplace.ts';
import { startWorkerProcess } from './marketplace.ts';
import type { Exit, RunningProcess } from './processes.ts';

/** Worker processes that are started again when they die, as `npm start` and container engines do. */
export interface Crew {
  /** Those that run now. */
  readonly members: () => readonly RunningProcess[];
  /** The last words of those that have died so far. */
  readonly deaths: () => readonly string[];
  /** Asks all of them to drain; how they ended. */
  readonly dismiss: () => Promise<Exit[]>;
}

export function hireCrew(
  marketplace: Pick<Marketplace, 'databaseUrl' | 'redisUrl'>,
  count: number,
  options: Parameters<typeof startWorkerProcess>[1] = {},
): Crew {
  const members = new Map<number, RunningProcess>();
  const deaths: string[] = [];
  let isDismissed = false;

  const hire = (position: number) => {
    const member = startWorkerProcess(marketplace, options);
    members.set(position, member);
    void member.ended.then(() => {
      if (isDismissed) return;
      deaths.push(member.output().slice(-2_000));
      hire(position);
    });
  };
  for (let position = 0; position < count; position += 1) hire(position);
  return {
    members: () => [...members.values()],
    deaths: () => deaths,
    dismiss: () => {
      isDismissed = true;
      return Promise.all([...members.values()].map((member) => member.stop()));
    },
  };
}
