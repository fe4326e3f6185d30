import { REASONS, type ServiceBackup, type ServiceBackupStatus } from '../../src/api';
import { Failure } from '../../src/cli/failure';
import { approvableOf, heldOf } from '../../src/cli/held-retention';
import { acknowledged, isApprovable } from '../../src/operator/acknowledgement';

type HeldStatus = ServiceBackupStatus['heldRetention'];

const service = (heldRetention?: HeldStatus, annotations?: Record<string, string>): ServiceBackup => ({
  apiVersion: 'servicebackup.io/v1alpha1',
  kind: 'ServiceBackup',
  metadata: { name: 'backup', namespace: 'wiki', uid: 'u', resourceVersion: '1', annotations },
  spec: { backupBucketName: 'wiki', backups: [{ type: 'pvc', name: 'data' }] },
  status: { heldRetention },
});
const typo = {
  run: 'r7',
  reason: 'AcknowledgementNeeded',
  message: 'last: 1 would forget 29 of 30 snapshots of data.',
  policy: 'last 1',
};

test.each(['AcknowledgementNeeded', 'SuspiciousShrink'])('%s can be acknowledged', (reason) => {
  expect(approvableOf(service({ ...typo, reason }))).toEqual({ ...typo, reason, acknowledged: false });
});

test('nothing to acknowledge is told', () => {
  expect(() => approvableOf(service())).toThrow(
    new Failure('Nothing of wiki/backup waits for an acknowledgement.'),
  );
});

test('damage cannot be acknowledged, and the mend is told instead', () => {
  const damage = { run: 'r7', reason: 'RepositoryDamaged', message: 'Pack 3f… is not what it was.' };

  expect(() => approvableOf(service(damage))).toThrow(
    new Failure(
      "What holds the retention of wiki/backup cannot be acknowledged (RepositoryDamaged): Pack 3f… is not what it was. Follow restic's manual on damaged repositories (`restic repair`), on a copy of the bucket.",
    ),
  );
});

test('a reason of a newer operator is not taken for one that a person can approve', () => {
  expect(() => approvableOf(service({ run: 'r7', reason: 'Eclipse', message: 'The moon.' }))).toThrow(
    new Failure('What holds the retention of wiki/backup cannot be acknowledged (Eclipse): The moon.'),
  );
});

test('an acknowledgement is of one run: that of another is none', () => {
  const acknowledged = (run: string) =>
    heldOf(service(typo, { 'servicebackup.io/acknowledge': run }))?.acknowledged;

  expect(acknowledged('r7')).toBe(true);
  expect(acknowledged('r6')).toBe(false);
});

test('a finding without a message is told by what its reason means', () => {
  const { message, ...silent } = typo;

  expect(heldOf(service(silent))?.message).toMatch(/^Retention would forget more of an item's snapshots/);
});

test('what a person may approve here is what the operator goes by, and nothing else', () => {
  const approved = (reason: string) =>
    service({ ...typo, reason }, { 'servicebackup.io/acknowledge': typo.run });
  const reasons = Object.keys(REASONS);

  expect(reasons.filter((reason) => isApprovable(heldOf(approved(reason))!))).toEqual(
    reasons.filter((reason) => acknowledged(approved(reason), { last: 1 })),
  );
});
