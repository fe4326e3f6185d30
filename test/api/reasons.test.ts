import { isReason, REASON_GROUPS, REASONS } from '../../src/api';

test.each(Object.entries(REASONS))(
  '%s is a word for machines, and has sentences for people: what it means, how to mend it',
  (reason, { means, mend }) => {
    expect(reason).toMatch(/^([A-Z][a-z]+|S3)+$/);
    // Kubernetes takes reasons of events up to 128 characters; ours fit in a column.
    expect(reason.length).toBeLessThanOrEqual(32);
    expect(means).toMatch(/^([A-Z]|restic ).*\.$/);
    expect(mend).toMatch(/^([A-Z]|`service-backup ).*\.$/);
  },
);

test('no reason stands in two groups, and no two mean the same', () => {
  const names = REASON_GROUPS.flatMap(({ reasons }) => Object.keys(reasons));
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(Object.values(REASONS).map(({ means }) => means)).size).toBe(names.length);
});

test.each(['', 'toString', 'constructor', 'backupFailed', 1, null, undefined, {}])(
  '%p is no reason',
  (word) => {
    expect(isReason(word)).toBe(false);
  },
);

test('a reason is one', () => {
  expect(isReason('VolumeNotAttached')).toBe(true);
});
