import type { Claimed, LiveEndpoint, Wish } from '../../db/events/claim.ts';
import type { Uuid } from '../../shared/domain/ids.ts';

/** Deliveries under way at a time, for all endpoints and for one: one that hangs leaves room for the others. */
const inFlightMax = 32;
const inFlightPerEndpointMax = 8;

/** With so many users' events failing and none accepted, it is the endpoint that fails and not the events. */
const failingLanesMax = 10;

/** An endpoint that fails is tried with one more user's event so often, besides with those that are due again. */
const probeEveryMs = 60_000;

const firstLane: Uuid = '00000000-0000-0000-0000-000000000000';

/** What one process remembers of the lines at endpoints between two looks at them. */
export interface Lines {
  /**
   * What to take of each line now; nothing of those that have enough under way. Whoever finds no room is first next time.
   * `endpoints` are in the order of their ids.
   */
  readonly wishes: (endpoints: readonly LiveEndpoint[], nowMs: number) => Wish[];
  /** Notes what was taken. True when a line whose end was reached has more at its beginning. */
  readonly taken: (wishes: readonly Wish[], claimed: readonly Claimed[]) => boolean;
  readonly finished: (endpointId: Uuid) => void;
}

export function isDown({ failingLanes }: LiveEndpoint): boolean {
  return failingLanes >= failingLanesMax;
}

export function createLines(): Lines {
  const underWay = new Map<Uuid, number>();
  const nextLanes = new Map<Uuid, Uuid>();
  const probedAt = new Map<Uuid, number>();
  /** Whose turn was the last. */
  let last: Uuid = firstLane;
  const inFlight = () => [...underWay.values()].reduce((sum, count) => sum + count, 0);

  const freshMaxOf = (endpoint: LiveEndpoint, room: number, nowMs: number): number => {
    if (!isDown(endpoint)) return room;
    if (nowMs - (probedAt.get(endpoint.id) ?? Number.NEGATIVE_INFINITY) < probeEveryMs) return 0;
    probedAt.set(endpoint.id, nowMs);
    return Math.min(room, 1);
  };
  return {
    wishes: (endpoints, nowMs) => {
      let roomInAll = inFlightMax - inFlight();
      const wishes: Wish[] = [];
      const inTurn = [...endpoints.filter(({ id }) => id > last), ...endpoints.filter(({ id }) => id <= last)];
      for (const endpoint of inTurn) {
        const room = Math.min(roomInAll, inFlightPerEndpointMax - (underWay.get(endpoint.id) ?? 0));
        if (room <= 0) continue;
        roomInAll -= room;
        const fromLane = nextLanes.get(endpoint.id) ?? firstLane;
        wishes.push({
          endpointId: endpoint.id,
          fromLane,
          freshMax: freshMaxOf(endpoint, room, nowMs),
          retriesMax: room,
        });
      }
      last = wishes.at(-1)?.endpointId ?? last;
      return wishes;
    },
    taken: (wishes, claimed) => {
      let isMore = false;
      for (const { endpointId } of claimed) underWay.set(endpointId, (underWay.get(endpointId) ?? 0) + 1);
      for (const { endpointId, fromLane, freshMax } of wishes) {
        const fresh = claimed.filter((delivery) => delivery.endpointId === endpointId && delivery.failures === 0);
        const lastLane =
          fresh
            .map(({ lane }) => lane)
            .sort()
            .at(-1) ?? fromLane;
        const isAtEnd = fresh.length < freshMax;
        nextLanes.set(endpointId, isAtEnd ? firstLane : lastLane);
        isMore ||= isAtEnd && fromLane !== firstLane;
      }
      return isMore;
    },
    finished: (endpointId) => {
      const left = (underWay.get(endpointId) ?? 1) - 1;
      if (left === 0) underWay.delete(endpointId);
      else underWay.set(endpointId, left);
    },
  };
}
