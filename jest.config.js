/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  // Workspaces resolve to their TypeScript sources, so that tests need no build.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'require', 'default'] },
  testMatch: ['**/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/', '/.duka/'],
  transform: {
    '\\.tsx?$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        // Each test file loads its modules anew. These large ones are used by what a test starts, and by few tests.
        module: { type: 'commonjs', lazy: ['axios', 'graphile-worker', 'sequelize', 'umzug'] },
        sourceMaps: 'inline',
      },
    ],
    // It loads node:http by import(), which Jest cannot run in a CommonJS module.
    'otlp-exporter-base/.+\\.js$': ['@swc/jest', { module: { type: 'commonjs' } }],
  },
  transformIgnorePatterns: ['/node_modules/(?!@opentelemetry/otlp-exporter-base/)'],
  globalSetup: './test/global-setup.ts',
  globalTeardown: './test/global-teardown.ts',
  testTimeout: 120_000,
  testSequencer: './test/slowest-first.cjs',
  // Suites that start processes wait for them a good part of their time.
  maxWorkers: 3,
}
