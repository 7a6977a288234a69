import { operationsPerJobMax } from '../contract/queues.ts';

/**
 * How many jobs of a queue a process has in hand at once: enough for full batches when every job is about one lane, and
 * fewer when jobs are about many, which bounds memory and leaves the others of a backlog to other processes (BullMQ takes
 * all that it may before it begins the first: one of two workers had two thirds of 313 jobs at times, and the other was
 * done early).
 */
export interface JobsAtOnce {
  now(): number;
  /** Notes that a job was taken. */
  took(lanes: number): void;
}

const jobsMax = 256;

/** Eight times what is applied at once, so that what others have just applied of it leaves enough for full batches. */
const lanesMax = 8_192;

/** Of the last jobs, in the average: few, because jobs grow at once when many submit at once. */
const remembered = 16;

export function jobsAtOnce(): JobsAtOnce {
  let lanesPerJob = operationsPerJobMax;
  return {
    now: () => Math.min(jobsMax, Math.round(lanesMax / lanesPerJob)),
    took: (lanes) => {
      lanesPerJob += (lanes - lanesPerJob) / remembered;
    },
  };
}
