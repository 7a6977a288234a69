import { z } from 'zod';
import { id, instant } from '../../shared/contract/wire.ts';

/** The parameter of `/…/:id`. */
export const idParameter = z.object({ id });

/**
 * An instant in a query. There "+" means a space, and clients forget to write %2B before an offset: what looks like
 * one is taken for one.
 */
export const instantParameter = z.preprocess(
  (value) => (typeof value === 'string' ? value.replace(/ (?=\d\d:\d\d$)/, '+') : value),
  instant,
);
