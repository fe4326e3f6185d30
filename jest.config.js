const transform = {
  '^.+\\.[tj]s$': [
    '@swc/jest',
    { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, sourceMaps: 'inline' },
  ],
};

module.exports = {
  projects: [
    {
      displayName: 'unit',
      transform,
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [
        '/node_modules/',
        '<rootDir>/test/cluster/',
        '<rootDir>/test/testbed/',
        '<rootDir>/test/simulated/',
        '<rootDir>/test/model/',
      ],
      modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
    },
    // Thousands of random histories: of the pure plan against a simulated cluster, and of retention.
    {
      displayName: 'model',
      transform,
      testMatch: ['<rootDir>/test/model/**/*.test.ts'],
      modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
    },
    // Of the testbed itself: these start, kill and stop it, so nothing else may use it meanwhile.
    {
      displayName: 'testbed',
      transform,
      testMatch: ['<rootDir>/test/testbed/**/*.test.ts'],
      modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
    },
    // The mover against a real S3 system and real mounts: it needs root and the testbed's binaries, and no cluster.
    {
      displayName: 'mover',
      transform,
      testMatch: ['<rootDir>/test/cluster/mover/**/*.test.ts'],
      modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
      globalSetup: '<rootDir>/test/cluster/mover/setup.ts',
    },
    {
      displayName: 'cluster',
      transform,
      testMatch: ['<rootDir>/test/cluster/**/*.test.ts'],
      testPathIgnorePatterns: [
        '/node_modules/',
        '<rootDir>/test/cluster/mover/',
        '<rootDir>/test/cluster/slow/',
      ],
      modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
      globalSetup: '<rootDir>/test/cluster/setup.ts',
      globalTeardown: '<rootDir>/test/cluster/teardown.ts',
    },
    // Crashes of the operator, against a real API server whose nodes and pods are simulated.
    {
      displayName: 'simulated',
      transform,
      testMatch: ['<rootDir>/test/simulated/**/*.test.ts'],
      modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
      globalSetup: '<rootDir>/test/simulated/setup.ts',
      globalTeardown: '<rootDir>/test/simulated/teardown.ts',
    },
    // With the deadlines that users have: minutes of waiting, so not part of `npm test`.
    {
      displayName: 'slow',
      transform,
      testMatch: ['<rootDir>/test/cluster/slow/**/*.test.ts'],
      modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
      globalSetup: '<rootDir>/test/cluster/setup.ts',
      globalTeardown: '<rootDir>/test/cluster/teardown.ts',
    },
  ],
};
