import type { RestoreBucketTask } from '../../src/api';
import { Failure } from '../../src/cli/failure';
import { restoreBucketJob } from '../../src/cli/restore-bucket-job';
import { serviceSystem } from '../../src/cli/service-s3';
import type { PodTemplate } from '../../src/kube/objects';
import { keysIn, wikiDeclaration } from './wiki-declaration';

const declaration = wikiDeclaration([{ type: 's3', name: 'wiki-files' }], {
  s3BackupConfig: { s3Host: 's3.example.net', s3Credentials: keysIn('{bucket}-keys') },
  s3ServiceConfig: { s3Host: 'files.example.net/', s3Credentials: keysIn('s3-{bucket}') },
});
const template: PodTemplate = {
  metadata: { name: 'service-backup-bucket', namespace: 'jobs' },
  template: { spec: { containers: [{ name: 'mover' }], volumes: [{ name: 'tmp', emptyDir: {} }] } },
};
const taskTo = (bucket: string): RestoreBucketTask => ({
  version: 1,
  kind: 'restore-bucket',
  repository: declaration.repository,
  item: 's3:wiki-files',
  select: { latest: true },
  to: { ...serviceSystem(declaration.settings).s3, bucket },
  overwrite: false,
  dryRun: false,
  scratch: '/scratch',
});
const jobTo = (bucket: string) =>
  restoreBucketJob(declaration, template, taskTo(bucket), { claimName: 'kept' });

test('the S3 system is that of the services, by default with the bucket in the path', () => {
  expect(taskTo('other').to).toEqual({
    endpoint: 'https://files.example.net',
    region: 'us-east-1',
    addressing: 'path',
    bucket: 'other',
  });
});

test('without s3ServiceConfig there is nowhere to restore to', () => {
  const { s3ServiceConfig: _, ...settings } = declaration.settings;

  expect(() => serviceSystem(settings)).toThrow(
    new Failure("The BackupConfig does not say where the services' buckets are: set s3ServiceConfig in it."),
  );
});

test("the Job has the keys of both S3 systems, from the Secrets of the repository's bucket and of the target", () => {
  const env = jobTo('other').spec?.template.spec.containers[0]?.env ?? [];

  expect(env.flatMap(({ name, valueFrom }) => (valueFrom ? [[name, valueFrom.secretKeyRef]] : []))).toEqual([
    ['AWS_ACCESS_KEY_ID', { name: 'wiki-backup-keys', key: 'id' }],
    ['AWS_SECRET_ACCESS_KEY', { name: 'wiki-backup-keys', key: 'key' }],
    ['RESTIC_PASSWORD', { name: 'restic', key: 'pw' }],
    ['SERVICE_BACKUP_SERVICE_ACCESS_KEY_ID', { name: 's3-other', key: 'id' }],
    ['SERVICE_BACKUP_SERVICE_SECRET_ACCESS_KEY', { name: 's3-other', key: 'key' }],
  ]);
});

test('it has its scratch volume where its task says, beside what the template brings, and is labelled as a restore', () => {
  const { metadata, spec } = jobTo('other');

  expect(spec?.template.spec.volumes).toEqual([
    { name: 'tmp', emptyDir: {} },
    { name: 'scratch', persistentVolumeClaim: { claimName: 'kept' } },
  ]);
  expect(spec?.template.spec.containers[0]?.volumeMounts).toEqual([
    { name: 'scratch', mountPath: '/scratch' },
  ]);
  expect(metadata.labels).toMatchObject({ 'servicebackup.io/task': 'restore' });
  expect(spec).toMatchObject({ backoffLimit: 0, activeDeadlineSeconds: 7200 });
});

test('two restores to one bucket have one name, and others another', () => {
  expect(jobTo('other').metadata.name).toBe(jobTo('other').metadata.name);
  expect(jobTo('another').metadata.name).not.toBe(jobTo('other').metadata.name);
});
