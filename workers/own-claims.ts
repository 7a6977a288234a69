import type { Uuid } from '../shared/domain/ids.ts';

/**
 * What the batches of this process have claimed. PostgreSQL only says that somebody holds a calendar; whether that is
 * another process or the batch beside it makes the difference between a crowd and a worker that meets itself.
 */
export interface OwnClaims {
  /** For one batch, from before it asks until its transaction has ended. */
  begin(): OwnClaim;
}

export interface OwnClaim {
  add(calendars: readonly Uuid[]): void;
  /** How many of these are in no hands of this process. */
  strangersAmong(busy: ReadonlySet<Uuid>): number;
  end(): void;
}

export function ownClaims(): OwnClaims {
  const all = new Set<ReadonlySet<Uuid>>();
  return {
    begin: () => {
      const mine = new Set<Uuid>();
      all.add(mine);
      const isOurs = (id: Uuid) => {
        for (const one of all) if (one !== mine && one.has(id)) return true;
        return false;
      };
      return {
        add: (calendars) => {
          for (const id of calendars) mine.add(id);
        },
        strangersAmong: (busy) => {
          let strangers = 0;
          for (const id of busy) if (!isOurs(id)) strangers += 1;
          return strangers;
        },
        end: () => {
          all.delete(mine);
        },
      };
    },
  };
}
