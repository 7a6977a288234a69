import { bigint, customType, timestamp } from 'drizzle-orm/pg-core';

/* Column types that every table shares. */

export const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 6 });

/** Whole credits or points; safe integers (the contract bounds every amount). */
export const credits = (name: string) => bigint(name, { mode: 'number' });
