import { UsageError } from '../../src/cli/failure';
import { isClaimName, parseServiceReference } from '../../src/cli/service-reference';

test('NAMESPACE/NAME names a ServiceBackup', () => {
  expect(parseServiceReference('nextcloud/backup')).toEqual({ namespace: 'nextcloud', name: 'backup' });
});

test.each(['backup', 'a/b/c', '/b', 'a/', 'A/b', 'a b/c', ''])('%p does not', (text) => {
  expect(() => parseServiceReference(text)).toThrow(
    new UsageError(
      `'${text}' does not name a ServiceBackup: write NAMESPACE/NAME, as 'kubectl get servicebackups -A' shows them, e.g. nextcloud/backup.`,
    ),
  );
});

test.each([
  ['data-restored', true],
  ['data.2', true],
  ['Data', false],
  ['-data', false],
  ['', false],
])('%p can name a claim: %p', (text, expected) => {
  expect(isClaimName(text)).toBe(expected);
});
