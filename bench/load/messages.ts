import { z } from 'zod';

/** What the load generator is told, and what it answers. */

/** One request, made ready in advance. */
export const preparedRequest = z.object({ path: z.string(), token: z.string(), key: z.string(), body: z.string() });

export type PreparedRequest = z.infer<typeof preparedRequest>;

export const loadOrder = z.object({
  origin: z.string(),
  /** A file with one prepared request per line. */
  requestsFile: z.string(),
  expectedStatus: z.int(),
  /** The value of `Prefer`, or null for none. */
  prefer: z.string().nullable(),
  connections: z.int().positive(),
  /** Requests per second, whatever the answers do; null: each connection sends the next as soon as it has an answer. */
  perSecond: z.number().nullable(),
});

export type LoadOrder = z.infer<typeof loadOrder>;

/** Sent when everything is prepared, upon which we say go. */
export const ready = z.object({ ready: z.literal(true) });

export const loadReport = z.object({
  /** Epoch ms at which the first request was sent. */
  startedAt: z.number(),
  /** Times from a request to its whole answer, in ms. */
  p50Ms: z.number(),
  p99Ms: z.number(),
  /** Answers with another status than expected; the first ones in words. */
  unexpected: z.int(),
  examples: z.array(z.string()),
});

export type LoadReport = z.infer<typeof loadReport>;
