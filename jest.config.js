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
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/cluster/', '<rootDir>/test/testbed/'],
      modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
    },
    // Of the testbed itself: these start, kill and stop it, so nothing else may use it meanwhile.
    {
      displayName: 'testbed',
      transform,
      testMatch: ['<rootDir>/test/testbed/**/*.test.ts'],
      modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
    },
    {
      displayName: 'cluster',
      transform,
      testMatch: ['<rootDir>/test/cluster/**/*.test.ts'],
      modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
      globalSetup: '<rootDir>/test/cluster/setup.ts',
      globalTeardown: '<rootDir>/test/cluster/teardown.ts',
    },
  ],
};
