import { retryLock } from '../../src/mover/restic';

test.each([
  [200, '40s'],
  [20, '10s'],
  [2, '1s'],
  [1, '1s'],
])("with %i s of patience, another's lock is waited for %s: waiting is no stall", (stallSeconds, wait) => {
  expect(retryLock(stallSeconds)).toEqual(['--retry-lock', wait]);
});
