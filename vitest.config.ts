import { defineConfig } from 'vitest/config';

const compiled = ['dist/**', 'node_modules/**'];

/** Container tests pull images and need an engine: they run only when somebody names them. */
const containersAreNamed = process.argv.some((argument) => /\bcontainers\b/.test(argument));

interface Suite {
  readonly name: string;
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  /** Suites with the same number run side by side; a higher number waits for the lower ones. */
  readonly group: number;
  readonly timeoutMs: number;
  /** Whether it needs the PostgreSQL and the Redis that the run brings. */
  readonly needsStores: boolean;
}

const suites: readonly Suite[] = [
  {
    name: 'unit',
    include: ['{api,bench,bin,db,shared,workers}/**/*.test.ts'],
    exclude: ['db/embedded/**'],
    group: 0,
    timeoutMs: 10_000,
    needsStores: false,
  },
  {
    name: 'property',
    include: ['tests/property/**/*.test.ts'],
    group: 0,
    timeoutMs: 120_000,
    needsStores: false,
  },
  {
    name: 'integration',
    include: ['tests/integration/**/*.test.ts', 'db/embedded/**/*.test.ts'],
    group: 0,
    timeoutMs: 60_000,
    needsStores: true,
  },
  { name: 'e2e', include: ['tests/e2e/**/*.test.ts'], group: 1, timeoutMs: 120_000, needsStores: true },
  // Faults are timed: nothing else may take the processors meanwhile.
  { name: 'chaos', include: ['tests/chaos/**/*.test.ts'], group: 2, timeoutMs: 300_000, needsStores: true },
];

const containers: Suite = {
  name: 'containers',
  include: ['tests/containers/**/*.test.ts'],
  group: 3,
  timeoutMs: 600_000,
  needsStores: false,
};

function projectOf({ name, include, exclude = [], group, timeoutMs, needsStores }: Suite) {
  return {
    extends: true as const,
    test: {
      name,
      include: [...include],
      exclude: [...compiled, ...exclude],
      testTimeout: timeoutMs,
      hookTimeout: 120_000,
      maxWorkers: group === 0 ? 2 : 1,
      sequence: { groupOrder: group },
      globalSetup: needsStores ? ['tests/support/global-setup.ts'] : [],
    },
  };
}

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: [...suites, ...(containersAreNamed ? [containers] : [])].map(projectOf),
  },
});
