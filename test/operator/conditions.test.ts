import type { ServiceBackupStatus } from '../../src/api/service-backup';
import { plan } from '../../src/operator/plan';
import { at, backup, config, observed, written } from './fixtures';

const condition = (
  type: string,
  status: ServiceBackupStatus,
  changes: Parameters<typeof observed>[1] = {},
) => {
  const known = backup(['a'], { status: { scheduledThrough: written('01:30'), ...status } });
  const { conditions } = plan(observed(known, changes), at('12:00')).status;
  return conditions?.find((one) => one.type === type);
};
const repository = { id: 'repo-id' };
const declined = config({ recoveryKey: 'Declined' });

describe('RecoveryKeyMissing', () => {
  test.each([
    ['False', 'NoRepositoryYet', 'there is no repository', {}, {}],
    ['True', 'RecoveryKeyMissing', 'it was neither made nor declined', { repository }, {}],
    ['False', 'RecoveryKeyMade', 'there is one', { repository: { ...repository, recoveryKey: true } }, {}],
    ['False', 'RecoveryKeyDeclined', 'the config declines it', { repository }, { config: declined }],
  ])('is %s, %s, when %s', (status, reason, _, known, changes) => {
    expect(condition('RecoveryKeyMissing', known, changes)).toMatchObject({ status, reason });
  });

  test('says how to mend it', () => {
    expect(condition('RecoveryKeyMissing', { repository })?.message).toBe(
      "Whoever loses the password Secret loses the backups: 'service-backup recovery-key' makes a key to keep elsewhere; 'recoveryKey: Declined' in the BackupConfig declines it.",
    );
  });

  test('stays as it was while the config is away', () => {
    const known = plan(
      observed(backup(['a'], { status: { repository } }), { config: declined }),
      new Date('2026-11-20T12:00:01Z'),
    );
    const away = condition('RecoveryKeyMissing', known.status, { config: undefined });
    expect(away).toMatchObject({ status: 'False', reason: 'RecoveryKeyDeclined' });
  });
});

describe('RetentionHeld', () => {
  test('is what status.heldRetention says', () => {
    const heldRetention = { run: 'r1', reason: 'SuspiciousShrink', message: 'a shrank' };
    expect(condition('RetentionHeld', { heldRetention })).toMatchObject({
      status: 'True',
      reason: 'SuspiciousShrink',
      message: 'a shrank',
    });
  });

  test('is False while nothing is held', () => {
    expect(condition('RetentionHeld', {})).toMatchObject({ status: 'False', reason: 'NothingHeld' });
  });
});

test('the longest time between two runs is told, and kept while the config is away', () => {
  const period = (status: ServiceBackupStatus, changes: Parameters<typeof observed>[1] = {}) =>
    plan(
      observed(backup(['a'], { status: { scheduledThrough: written('01:30'), ...status } }), changes),
      at('12:00'),
    ).status.periodSeconds;
  expect(period({})).toBe(86_400);
  expect(period({ periodSeconds: 7 }, { config: undefined })).toBe(7);
});
