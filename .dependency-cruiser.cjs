// The arrows of the design: api and workers → db → shared; shared/operations → shared/domain; nothing back, no cycles.

const typescript = require('typescript');

// With a TypeScript that it cannot use, the tool finds no modules, and so nothing wrong.
if (typeof typescript.transpileModule !== 'function') {
  throw new Error(
    `dependency-cruiser cannot read TypeScript with version ${typescript.version}: it needs the API of 6`,
  );
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files that need each other are one file, or want a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'shared-knows-nobody',
      comment: 'What everybody may use uses nobody.',
      severity: 'error',
      from: { path: '^shared/', pathNot: '[.]test[.]ts$' },
      to: { path: '^(api|workers|db|bin|bench|tests)/' },
    },
    {
      name: 'db-knows-only-shared',
      severity: 'error',
      from: { path: '^db/', pathNot: '[.]test[.]ts$' },
      to: { path: '^(api|workers|bin|bench|tests)/' },
    },
    {
      name: 'api-and-workers-apart',
      comment: 'They meet in the database and in the queue.',
      severity: 'error',
      from: { path: '^(api|workers)/' },
      to: { path: '^(api|workers|bin|bench)/', pathNot: '^$1/' },
    },
    {
      name: 'domain-is-the-bottom',
      severity: 'error',
      from: { path: '^shared/domain/', pathNot: '[.]test[.]ts$' },
      to: { path: '^shared/(operations|runtime)/' },
    },
    {
      name: 'rules-are-pure',
      comment: 'No clock, sockets or files in what decides: a decision depends on its arguments alone.',
      severity: 'error',
      from: { path: '^shared/(domain|operations|contract)/', pathNot: '[.]test[.]ts$' },
      to: {
        path: '^(shared/runtime/|(node:)?(fs|net|http|https|dns|os|child_process|cluster|worker_threads|timers|tls|dgram)(/|$)|node_modules/(pg|bullmq|ioredis|drizzle-orm|express|pino)/)',
      },
    },
    {
      name: 'no-tests-in-programs',
      severity: 'error',
      from: { path: '^(api|workers|db|shared|bin)/', pathNot: '[.]test[.]ts$' },
      to: { path: '(^tests/|[.]test[.]ts$)' },
    },
    {
      name: 'only-installed-packages',
      severity: 'error',
      from: { path: '^(api|workers|db|shared|bin)/', pathNot: '[.]test[.]ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  },
};
