import * as pulumi from '@pulumi/pulumi';
import { BackupConsent } from 'service-backup/pulumi';
import { deploy } from './engine';

const soon = <T>(value: T) => pulumi.output(Promise.resolve(value));

test('a consent is a component with two children: the right to read, and the annotation of the namespace', async () => {
  const { resources, errors, outputsOf } = await deploy(
    () => new BackupConsent('files', { namespace: soon('files'), to: ['nextcloud', soon('wiki')] }),
  );
  expect(errors).toEqual([]);
  expect(resources.map(({ type, name, parent }) => [type, name, parent])).toEqual([
    ['service-backup:index:BackupConsent', 'files', ''],
    ['kubernetes:rbac.authorization.k8s.io/v1:RoleBinding', 'files', 'files'],
    ['kubernetes:core/v1:NamespacePatch', 'files/namespace', 'files'],
  ]);
  expect(resources[1]!.inputs).toMatchObject({
    metadata: { name: 'service-backup-consent', namespace: 'files' },
    subjects: [{ name: 'service-backup', namespace: 'service-backup' }],
  });
  expect(resources[2]!.inputs.metadata).toEqual({
    name: 'files',
    annotations: { 'servicebackup.io/allow-backups-from': 'nextcloud,wiki' },
  });
  expect(outputsOf('files')).toEqual({ namespace: 'files' });
});

test('its mistakes are said before anything is deployed, whether they were known or not', async () => {
  const { resources, errors } = await deploy(
    () => new BackupConsent('files', { namespace: 'files', to: [soon('files')] }),
  );
  expect(errors).toEqual([
    "files: to[0] is 'files' itself, whose ServiceBackups need no consent: remove it.",
  ]);
  expect(resources.map(({ name }) => name)).toEqual(['files']);
});
