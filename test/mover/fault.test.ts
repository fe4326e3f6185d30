import { Fault, failureFrom } from '../../src/mover/fault';

test('a fault is told as it is', () => {
  expect(failureFrom(new Fault('NoFiles', 'Nothing.'), 'BackupFailed')).toEqual({
    reason: 'NoFiles',
    message: 'Nothing.',
  });
});

test.each(['ENOSPC', 'EDQUOT'])('no room for what the mover itself writes: %s', (code) => {
  const error = Object.assign(new Error(`${code}: no space left on device, write`), { code });
  expect(failureFrom(error, 'BackupFailed')).toEqual({
    reason: 'DiskFull',
    message: `The disk of the node, on which the mover works, is full: ${code}: no space left on device, write. Free space there; the mover's cache and temporary files lie in its emptyDir volumes.`,
  });
});

test.each<[string, unknown, string]>([
  ['an error', new Error('boom'), 'boom'],
  ['anything else', 'boom', 'boom'],
])('what nobody foresaw is under the reason of whoever was at work: %s', (_, thrown, message) => {
  expect(failureFrom(thrown, 'RestoreFailed')).toEqual({ reason: 'RestoreFailed', message });
});
