import type { ServiceBackup, ServiceBackupSettings } from '../../src/api';
import type { BucketRequest } from '../../src/cli/restore-plan';
import { scratchFor } from '../../src/cli/scratch';

const GIB = 1024 ** 3;
const service: Pick<ServiceBackup, 'status'> = {
  status: {
    items: [
      {
        type: 's3',
        name: 's3:files',
        state: 'Success',
        snapshot: '4be77d1012345678',
        bytes: 20 * GIB,
        files: 1000,
      },
    ],
  },
};
const volume = (request: Partial<BucketRequest> = {}, scratchVol: ServiceBackupSettings['scratchVol'] = {}) =>
  scratchFor('s3:files', { select: { latest: true }, dryRun: false, ...request }, service, { scratchVol });
test.each<[string, Partial<BucketRequest>, string | undefined]>([
  ['the newest snapshot, which status knows', {}, '23Gi'],
  ['the same, named', { select: { snapshot: '4be77d10' } }, '23Gi'],
  ['another snapshot, whose size nobody knows yet', { select: { snapshot: 'ffff0000' } }, undefined],
  ['one of an earlier day', { select: { asOf: '2026-11-19T00:00:00Z' } }, undefined],
  ['what a flag says', { size: '7Gi' }, '7Gi'],
  ['a dry run, which fetches only the manifest', { dryRun: true }, '1Gi'],
])('scratch has room for %s (else what the config says)', (_, request, size) => {
  expect(volume(request)).toEqual(size ? { size } : {});
});

test('size and class that nothing else tells are those of the config', () => {
  const scratchVol = { size: '50Gi', storageClassName: 'slow' };

  expect(volume({ select: { snapshot: 'ffff0000' } }, scratchVol)).toEqual(scratchVol);
  expect(volume({ storageClass: 'fast' }, scratchVol)).toEqual({ size: '23Gi', storageClassName: 'fast' });
});

test('a scratch claim is used, unless a flag asks for a volume', () => {
  const claim = { claimName: 'scratch' };

  expect(volume({}, claim)).toEqual(claim);
  expect(volume({ size: '7Gi' }, claim)).toEqual({ size: '7Gi' });
});
