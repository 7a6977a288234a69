/** Chance that can be repeated: the same seed gives the same numbers. */
export interface Chance {
  /** From `min` to `max`, both included. */
  readonly whole: (min: number, max: number) => number;
  readonly oneOf: <Thing>(things: readonly Thing[]) => Thing | undefined;
}

/** Mulberry32. */
export function chanceOf(seed: number): Chance {
  let state = seed | 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (min: number, max: number) => min + Math.floor(fraction() * (max - min + 1));
  return { whole, oneOf: (things) => things[whole(0, things.length - 1)] };
}

/** CHAOS_SEED, to repeat a run, or a new one; printed, because whoever sees a failure needs it. */
export function printedSeed(): number {
  const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000_007);
  console.log(`CHAOS_SEED=${seed}`);
  return seed;
}
