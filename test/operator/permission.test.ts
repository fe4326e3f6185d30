import { consents, notConsenting, notPermitted } from '../../src/operator/permission';

const annotated = (value?: string) => ({
  metadata: {
    name: 'blog',
    ...(value !== undefined && { annotations: { 'servicebackup.io/allow-backups-from': value } }),
  },
});

test.each([
  ['wiki', true],
  ['nextcloud, wiki ,shop', true],
  ['nextcloud,wiki2', false],
  ['wik', false],
  ['*', false],
  ['wiki-*', false],
  ['', false],
  [undefined, false],
])("a namespace annotated with '%s' consents to wiki: %s", (value, does) => {
  expect(consents(annotated(value), 'wiki')).toBe(does);
});

test('nothing but a name consents: no ServiceBackup is of the namespace ""', () => {
  expect(consents(annotated('wiki,'), 'nextcloud')).toBe(false);
});

test('who has no consent is told which annotation to ask for', () => {
  expect(notConsenting('blog', 'wiki')).toEqual({
    reason: 'NamespaceNotConsenting',
    message:
      "Namespace blog does not let ServiceBackups of namespace wiki back its claims up: let whoever owns it declare a BackupConsent, or add 'wiki' to its annotation servicebackup.io/allow-backups-from; or take the item out.",
  });
});

test.each([
  ['wiki', 'synthesise the declaration with ServiceBackup, which carries the RoleBinding, or bind'],
  ['blog', 'let whoever owns it declare a BackupConsent, which carries the RoleBinding, or bind'],
])('where the operator is not bound, namespace %s is told how to bind it', (namespace, mend) => {
  expect(notPermitted(namespace, 'wiki')).toEqual({
    reason: 'NotPermitted',
    message: `The operator may not read claims and pods of namespace ${namespace}, so that it cannot find the volumes: ${mend} ClusterRole service-backup-declaration to the operator's ServiceAccount there.`,
  });
});
