/**
 * Every table and the constraints that a table definition can hold. What the definition language lacks (exclusion
 * constraints, privileges, row-level security, storage settings) is in the migrations called `…_rules`.
 *
 * A constraint that fires means that a decider has a bug: deciders are the first judge, the database is the second.
 */
export * from './schema/bookings.ts';
export * from './schema/directory.ts';
export * from './schema/events.ts';
export * from './schema/housekeeping.ts';
export * from './schema/ledger.ts';
export * from './schema/lots.ts';
export * from './schema/operations.ts';
export * from './schema/operators.ts';
export * from './schema/outbox.ts';
export * from './schema/partners.ts';
export * from './schema/shop.ts';
export * from './schema/slot-holds.ts';
export * from './schema/stripe.ts';
export * from './schema/tallies.ts';
export * from './schema/vendors.ts';
export * from './schema/waitlist.ts';
