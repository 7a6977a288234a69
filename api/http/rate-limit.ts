import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Uuid } from '../../shared/domain/ids.ts';
import { Problem } from './problem.ts';

/**
 * How much one caller may ask for. Counted in each process: with n of them a caller gets up to n times as much, which
 * is what more processes are there for.
 */
export interface RateLimits {
  /** Throws 429 when the caller has used up this minute's requests. */
  readonly countRequest: (callerId: Uuid) => Promise<void> | void;
  /** Counts a request without a valid token; throws 429 when too many have come from the address. */
  readonly countFailure: (address: string | undefined) => Promise<void> | void;
}

const windowSeconds = 60;

/** `perMinute` of 0 lifts every limit. */
export function createRateLimits(perMinute: number): RateLimits {
  if (perMinute === 0) {
    return { countRequest: () => undefined, countFailure: () => undefined };
  }
  const requests = new RateLimiterMemory({ points: perMinute, duration: windowSeconds });
  const failures = new RateLimiterMemory({ points: perMinute, duration: windowSeconds });
  return {
    countRequest: async (callerId) => {
      await requests.consume(callerId).catch(refuse);
    },
    countFailure: async (address) => {
      await failures.consume(networkOf(address)).catch(refuse);
    },
  };
}

/** 429 with the time until it is worth trying again. */
export function rateLimited(detail: string, retryAfterSeconds: number): Problem {
  return new Problem('rate_limited', detail, { headers: { 'Retry-After': String(retryAfterSeconds) } });
}

function refuse(refusal: unknown): never {
  if (!(refusal instanceof RateLimiterRes)) throw refusal;
  throw rateLimited(
    'You have sent too many requests this minute.',
    Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000)),
  );
}

/** Whoever has one IPv6 address has a whole /64 of them. */
function networkOf(address = 'unknown'): string {
  return isIPv6(address) && !address.startsWith('::ffff:') ? address.split(':').slice(0, 4).join(':') : address;
}
