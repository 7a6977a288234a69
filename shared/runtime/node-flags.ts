/**
 * What Node runs one of our programs with, by its main file; package.json, Dockerfile and docker-compose.yml say the
 * same. Bounded, the heap is collected before it has grown to a multiple of what lives in it (some 40 MB): measured on a
 * drain of 20,000, a worker peaks at 156 MB instead of 249 MB for the same speed. What a batch of a worker needs would
 * outlive the smaller young generation, and be collected with the old one: twice that size costs it 37 MB, and its drain
 * is a fifth faster (`npm run bench -- drain`).
 */
export function nodeFlagsOf(entry: string): readonly string[] {
  const semiSpaceMb = /\bworkers\/main\.js$/.test(entry) ? 32 : 16;
  return ['--enable-source-maps', `--max-semi-space-size=${semiSpaceMb}`, '--max-old-space-size=192'];
}
