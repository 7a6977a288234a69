import { performance } from 'node:perf_hooks';

/*
 * Requests that come one by one make a statement, a job and a batch each, which costs several times what it costs when
 * they share them. While there are processors to spare that is the price of answering at once; when there are none, it
 * makes everybody wait. So the busier this process is, the longer a statement waits for company.
 */

export interface PacingOptions {
  /** Which share (0 to 1) of the time since the last call this process was busy, or waited for a processor. */
  readonly busyShare: () => number;
  readonly now: () => number;
}

/** Up to this share nobody waits for anybody. */
const spareShare = 0.5;

/** Beyond it some 6 ms for every tenth. */
const msPerShare = 60;

/** More company than this brings saves little, and is waited for by everybody. */
const pauseMaxMs = 16;

/** Often enough to follow a rush, and seldom enough to tell one from a burst. */
const measuredEveryMs = 200;

/** How many ms the next statement is to wait for company; 0 while there is time to spare. */
export function createPacing({ busyShare, now }: PacingOptions): () => number {
  let measuredAt = Number.NEGATIVE_INFINITY;
  let pauseMs = 0;
  return () => {
    if (now() - measuredAt >= measuredEveryMs) {
      measuredAt = now();
      pauseMs = pauseFor(busyShare());
    }
    return pauseMs;
  };
}

function pauseFor(share: number): number {
  return Math.min(Math.max(0, Math.round((share - spareShare) * msPerShare)), pauseMaxMs);
}

/** Of this process's event loop: whoever waits for a processor counts as busy, which is what is to be noticed. */
export function eventLoopShare(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const current = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(current, last);
    last = current;
    return utilization;
  };
}
