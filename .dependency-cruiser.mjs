/** Which way imports may point. `npm test` fails on any that points elsewhere. */
const only = (name, comment, path, owner) => ({
  name,
  comment,
  severity: 'error',
  from: { path: '^(services|packages|scripts)/', pathNot: owner },
  to: { path },
})

export default {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'Data flows one way.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      comment: 'An import that resolves to nothing is checked by nothing.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'domain-stands-alone',
      severity: 'error',
      comment: 'The vocabulary has no I/O and depends on no other part.',
      from: { path: '^packages/domain/src' },
      to: { path: '^(packages/(?!domain)|services|scripts)' },
    },
    {
      name: 'libraries-below-services',
      severity: 'error',
      comment: 'services → libraries → domain.',
      from: { path: '^packages/' },
      to: { path: '^services/' },
    },
    {
      name: 'services-apart',
      severity: 'error',
      comment: 'Services speak over HTTP and queues, never by import.',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'products-stand-alone',
      severity: 'error',
      comment:
        'The SDK, and what is built on it, are published: they know the API, and nothing of what serves it.',
      from: { path: '^packages/(sdk|cli)/src' },
      to: { path: '^(packages/(?!sdk/|cli/)|services|scripts)' },
    },
    {
      name: 'no-node-in-the-sdk',
      severity: 'error',
      comment: 'It runs in browsers.',
      from: { path: '^packages/sdk/src/', pathNot: '^packages/sdk/src/node\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'sdk-below-products',
      severity: 'error',
      comment: 'console, cli → sdk.',
      from: { path: '^packages/sdk/src' },
      to: { path: '^packages/cli' },
    },
    {
      name: 'no-test-code-at-run-time',
      severity: 'error',
      comment: 'What runs in production imports neither testkit nor the launcher.',
      from: {
        path: '^(services|packages/(?!testkit))[^/]*/.*src/|^(services|packages/(?!testkit)[^/]+)/src/',
      },
      to: { path: '^(packages/testkit|scripts)/' },
    },
    {
      name: 'console-over-the-sdk',
      severity: 'error',
      comment:
        'A page reaches the product over HTTP, by its client library. What it knows beside it is vocabulary.',
      from: { path: '^packages/console/src' },
      to: { path: '^(packages/(?!console/|sdk/|domain/src/tiers\\.ts)|services|scripts)' },
    },
    {
      name: 'pages-on-demand',
      severity: 'error',
      comment: 'The administration is loaded when somebody goes there.',
      from: { path: '^packages/console/src', pathNot: '^packages/console/src/admin/' },
      to: { path: '^packages/console/src/admin/', dependencyTypesNot: ['dynamic-import'] },
    },
    only(
      'sharp-in-the-worker',
      'Pixels are decoded in the worker alone.',
      'node_modules/sharp/',
      '^(services/worker|packages/testkit|scripts/bench)/',
    ),
    only(
      'bullmq-in-jobs',
      'Queues are reached through packages/jobs.',
      'node_modules/bullmq/',
      '^packages/jobs/',
    ),
    only(
      'sql-in-database',
      'Every query is a verb of packages/database.',
      'node_modules/(drizzle-orm|postgres)/',
      '^(packages/(database|testkit|console/test)|services/[^/]+/test|scripts)/',
    ),
    only(
      's3-in-object-store',
      'The store is reached through packages/object-store.',
      'node_modules/@aws-sdk/',
      '^(packages/(object-store|testkit)|scripts/bench)/',
    ),
  ],
  options: {
    parser: 'tsc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.tap|\\.tintype)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'default', 'node'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json', '.css'],
    },
  },
}
