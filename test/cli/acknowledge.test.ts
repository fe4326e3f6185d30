import type { ServiceBackup } from '../../src/api';
import { isSame, tellAcknowledged, tellHeld } from '../../src/cli/acknowledge';
import type { Held } from '../../src/cli/held-retention';
import { PLAIN } from '../../src/cli/paint';

const held: Held = {
  run: 'r7',
  reason: 'AcknowledgementNeeded',
  message: 'last: 1 would forget 29 of 30 snapshots of data.',
  policy: 'last 1',
  acknowledged: false,
};
const service = (nextBackup?: string): ServiceBackup => ({
  apiVersion: 'servicebackup.io/v1alpha1',
  kind: 'ServiceBackup',
  metadata: { name: 'backup', namespace: 'wiki', uid: 'u', resourceVersion: '1' },
  spec: { backupBucketName: 'wiki', backups: [{ type: 'pvc', name: 'data' }] },
  status: { nextBackup },
});

test('what is approved is shown before: the finding, its run, and the policy', () => {
  expect(tellHeld(service().metadata, held)).toEqual([
    '  run r7 of wiki/backup found AcknowledgementNeeded: last: 1 would forget 29 of 30 snapshots of data.',
    '  the retention policy that is approved by it: last 1',
  ]);
});

test('when it is done, it is said what does it, and that it approves this policy alone', () => {
  const told = (nextBackup?: string, changes: Partial<Held> = {}) =>
    tellAcknowledged(service(nextBackup), { ...held, ...changes }, { paint: PLAIN, timeZone: 'Etc/UTC' });

  expect(told('2026-11-22T01:30:00Z')).toBe(
    'acknowledged AcknowledgementNeeded of run r7 of wiki/backup. The next run, at 2026-11-22 01:30, goes by it, unless the retention policy is another by then.',
  );
  expect(told(undefined, { policy: undefined })).toBe(
    'acknowledged AcknowledgementNeeded of run r7 of wiki/backup. The next run goes by it. None is scheduled: set a new runNow.',
  );
});

test.each<Partial<Held>>([
  { run: 'r8' },
  { reason: 'SuspiciousShrink' },
  { message: 'last: 1 would forget 30 of 31 snapshots of data.' },
  { policy: 'last 2' },
])('a finding that differs by %j is not the one that was shown', (changes) => {
  expect(isSame(held, { ...held })).toBe(true);
  expect(isSame(held, { ...held, ...changes })).toBe(false);
});
