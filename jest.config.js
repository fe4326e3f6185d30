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
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/cluster/'],
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
