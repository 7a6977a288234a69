/**
 * What Node runs one of our programs with, by its main file; package.json, Dockerfile and docker-compose.yml say the
 * same.
 *
 * The larger a heap may become, the longer V8 lets it grow between two collections of the old generation: to 1.3 times
 * what lives in it (some 45 MB) below 256 MB, to 1.8 times at 1.5 GB, and to several times from 2 GB on. A worker was
 * collected twice a second at first, which took compiled code along: that of functions inside of functions, none of
 * which lives between two batches. Now drains and checkouts are 7 % faster, and with 100,000 waiting it peaks at 233 MB
 * instead of 216; with 2 GB it would at 354. What one of its batches needs would outlive a smaller young generation.
 * (`npm run bench -- drain memory`)
 */
export function nodeFlagsOf(entry: string): readonly string[] {
  const [youngMb, oldMb] = /\bworkers\/main\.js$/.test(entry) ? [32, 1_536] : [16, 192];
  return ['--enable-source-maps', `--max-semi-space-size=${youngMb}`, `--max-old-space-size=${oldMb}`];
}
