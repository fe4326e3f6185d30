import { matches } from '../../src/api/patterns';
import { notAllowed } from '../../src/operator/allowed';
import { config } from './fixtures';

type Settings = Parameters<typeof config>[0];
const asked = { namespace: 'wiki', bucket: 'wiki-backup' };
const refusal = (settings: Settings, changes: Partial<typeof asked> = {}) =>
  notAllowed({ ...asked, ...changes }, config(settings));

test.each([
  ['wiki', 'wiki', true],
  ['wiki', 'wiki2', false],
  ['*', 'anything', true],
  ['team-*', 'team-a', true],
  ['team-*', 'steam-a', false],
  ['*-prod', 'shop-prod', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['ab*ba', 'aba', false],
  ['ab*ba', 'abba', true],
  [`${'a*'.repeat(31)}b`, 'a'.repeat(63), false],
])("the pattern '%s' is for '%s': %s", (pattern, text, is) => {
  expect(matches(pattern, text)).toBe(is);
});

test('a config that says nothing is for every namespace and every bucket', () => {
  expect(refusal({})).toBeUndefined();
});

test('a namespace that no pattern of allowedNamespaces is for is refused', () => {
  expect(refusal({ allowedNamespaces: ['team-*', 'wiki'] })).toBeUndefined();
  expect(refusal({ allowedNamespaces: ['team-*'] })).toEqual({
    reason: 'NamespaceNotAllowed',
    message:
      "BackupConfig 'default' is not for ServiceBackups of namespace wiki: let the administrator add it to allowedNamespaces, or name another in spec.backupConfig.",
  });
});

describe('a bucket', () => {
  const buckets: NonNullable<Settings>['buckets'] = [
    { backup: ['{namespace}.*'] },
    { namespaces: ['wiki'], backup: ['old-wiki'] },
  ];

  test('is allowed by any rule for the namespace', () => {
    expect(refusal({ buckets }, { bucket: 'wiki.backup' })).toBeUndefined();
    expect(refusal({ buckets }, { bucket: 'old-wiki' })).toBeUndefined();
  });

  test('that no rule allows is refused, with what would do', () => {
    expect(refusal({ buckets }, { bucket: 'blog.backup' })).toEqual({
      reason: 'BucketNotAllowed',
      message:
        "BackupConfig 'default' does not let namespace wiki use bucket 'blog.backup', but 'wiki.*', 'old-wiki': declare the ServiceBackup with such a bucket, or let the administrator allow it by 'buckets'.",
    });
  });

  test('is refused where no rule is for the namespace', () => {
    expect(
      refusal({ buckets: buckets.slice(1) }, { namespace: 'blog', bucket: 'old-wiki' })?.message,
    ).toMatch(
      "does not let namespace blog use bucket 'old-wiki', nor any other: let the administrator allow it by 'buckets'.",
    );
  });

  test('that is refused is told few of the patterns that would do: an event takes a thousand characters', () => {
    const many = Array.from({ length: 200 }, (_, n) => `${n}-${'x'.repeat(100)}*`);
    const { message } = refusal({ buckets: [{ backup: many }] })!;
    expect(message.length).toBeLessThan(1000);
    expect(message).toMatch(/'4-x+\*', …: declare/);
  });
});
