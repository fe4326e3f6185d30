const transform = {
  '^.+\\.[tj]s$': [
    '@swc/jest',
    { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, sourceMaps: 'inline' },
  ],
};

const common = {
  transform,
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
  // As tsconfig.json has it: the package's name means its sources.
  moduleNameMapper: {
    '^service-backup$': '<rootDir>/src/index.ts',
    '^service-backup/pulumi$': '<rootDir>/src/pulumi/index.ts',
  },
};

module.exports = {
  projects: [
    {
      displayName: 'unit',
      ...common,
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [
        '/node_modules/',
        '<rootDir>/test/cluster/',
        '<rootDir>/test/testbed/',
        '<rootDir>/test/simulated/',
        '<rootDir>/test/model/',
        '<rootDir>/test/package/',
        '<rootDir>/test/pulumi/',
      ],
    },
    // Pure, and long: thousands of random histories of the plan against a simulated cluster, of retention, of hostile objects; a year of nights.
    {
      displayName: 'model',
      ...common,
      testMatch: ['<rootDir>/test/model/**/*.test.ts'],
    },
    // The components, by a test engine. Not with the unit tests: Pulumi alone takes seconds to load.
    {
      displayName: 'pulumi',
      ...common,
      testMatch: ['<rootDir>/test/pulumi/**/*.test.ts'],
    },
    // The package as npm packs it, in projects of somebody else's; and the program that this repository is, as Pulumi runs it.
    {
      displayName: 'package',
      ...common,
      testMatch: ['<rootDir>/test/package/**/*.test.ts'],
    },
    // Of the testbed itself: these start, kill and stop it, so nothing else may use it meanwhile.
    {
      displayName: 'testbed',
      ...common,
      testMatch: ['<rootDir>/test/testbed/**/*.test.ts'],
    },
    // The mover against a real S3 system and real mounts: it needs root and the testbed's binaries, and no cluster.
    {
      displayName: 'mover',
      ...common,
      testMatch: ['<rootDir>/test/cluster/mover/**/*.test.ts'],
      globalSetup: '<rootDir>/test/cluster/mover/setup.ts',
      setupFilesAfterEnv: ['<rootDir>/test/cluster/mover/patience.ts'],
    },
    {
      displayName: 'cluster',
      ...common,
      testMatch: ['<rootDir>/test/cluster/**/*.test.ts'],
      testPathIgnorePatterns: [
        '/node_modules/',
        '<rootDir>/test/cluster/mover/',
        '<rootDir>/test/cluster/slow/',
      ],
      globalSetup: '<rootDir>/test/cluster/setup.ts',
      globalTeardown: '<rootDir>/test/cluster/teardown.ts',
    },
    // Crashes of the operator, against a real API server whose nodes and pods are simulated.
    {
      displayName: 'simulated',
      ...common,
      testMatch: ['<rootDir>/test/simulated/**/*.test.ts'],
      globalSetup: '<rootDir>/test/simulated/setup.ts',
      globalTeardown: '<rootDir>/test/simulated/teardown.ts',
    },
    // With the deadlines that users have: minutes of waiting, so not part of `npm test`.
    {
      displayName: 'slow',
      ...common,
      testMatch: ['<rootDir>/test/cluster/slow/**/*.test.ts'],
      globalSetup: '<rootDir>/test/cluster/setup.ts',
      globalTeardown: '<rootDir>/test/cluster/teardown.ts',
    },
  ],
};
