import type { Stage } from './stage.ts';

/** One thing that happens; acts know nothing of each other and run side by side. */
export type Act = (stage: Stage) => Promise<void>;

/** Round and round. */
export function at<Item>(items: readonly Item[], n: number): Item {
  const item = items[n % items.length];
  if (item === undefined) throw new Error('nobody to play with');
  return item;
}

export function times<Item>(count: number, make: (n: number) => Item): Item[] {
  return Array.from({ length: count }, (_, n) => make(n));
}
