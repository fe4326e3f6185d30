import { isReason, REASONS } from '../../src/api';

test.each(Object.entries(REASONS))(
  '%s is a word for machines, and has a sentence for people',
  (reason, sentence) => {
    expect(reason).toMatch(/^([A-Z][a-z]+)+$/);
    // Kubernetes takes reasons of events up to 128 characters; ours fit in a column.
    expect(reason.length).toBeLessThanOrEqual(32);
    expect(sentence).toMatch(/^([A-Z]|restic ).*\.$/);
  },
);

test('no two reasons mean the same', () => {
  expect(new Set(Object.values(REASONS)).size).toBe(Object.keys(REASONS).length);
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
