import { Failure } from '../../src/cli/failure';
import { checkNodeVersion } from '../../src/cli/node-version';

test.each(['v22.19.0', 'v22.20.1', 'v24.9.0'])('%s will do', (version) => {
  expect(() => checkNodeVersion(version)).not.toThrow();
});

test.each(['v20.20.2', 'v22.18.0'])('%s is too old, and that is told', (version) => {
  expect(() => checkNodeVersion(version)).toThrow(
    new Failure(
      `service-backup needs Node.js 22.19 or newer, and this is ${version}: start it through npm (npx service-backup), or install a newer one.`,
    ),
  );
});
