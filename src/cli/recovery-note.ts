import { DEFAULTS, hostOf, type RepositoryRef } from '../api';
import type { Paint } from './tables';

/** What must be kept outside of the cluster, to get at the backups when it is gone. */
export interface RecoveryNote {
  /** The ServiceBackup, `namespace/name`. */
  service: string;
  /** Id of the key in the repository; absent when the Job's report was lost. */
  key?: string;
  password: string;
  /** As restic wants it: `s3:<endpoint>/<bucket>`. */
  repository: string;
  endpoint: string;
  bucket: string;
  region: string;
  /** PEM certificates, if the S3 system's is not signed by a well-known authority. */
  caBundle?: string;
  /** With which to look what there is, and to restore, without anything of ours. */
  commands: { list: string; restore: string };
}

/** The note for a repository. `items` are those of the ServiceBackup: the command that restores names the first. */
export function recoveryNote(
  repository: Pick<RepositoryRef, 'endpoint' | 'bucket' | 'region' | 'caBundle' | 'owner'>,
  items: readonly string[],
  key: { id?: string; password: string },
): RecoveryNote {
  const { bucket, region, caBundle, owner } = repository;
  const endpoint = repository.endpoint.replace(/\/+$/, '');
  const url = `s3:${endpoint}/${bucket}`;
  const restic = [
    `restic -r ${url}`,
    ...(region === DEFAULTS.region ? [] : [`-o s3.region=${region}`]),
    ...(caBundle ? ['--cacert ca.pem'] : []),
  ].join(' ');
  return {
    service: `${owner.namespace}/${owner.name}`,
    ...(key.id !== undefined && { key: key.id }),
    password: key.password,
    repository: url,
    endpoint,
    bucket,
    region,
    ...(caBundle && { caBundle }),
    commands: {
      list: `${restic} snapshots --no-lock`,
      restore: `${restic} restore latest --no-lock --host ${hostOf(owner, items[0] ?? 'ITEM')} --target /srv/restored`,
    },
  };
}

/** The note as it is printed once, and never again. */
export function tellRecoveryNote(note: RecoveryNote, paint: Paint): string {
  const rows: [string, string | undefined][] = [
    ['password', note.password],
    ['repository', note.repository],
    ['endpoint', note.endpoint],
    ['bucket', note.bucket],
    ['region', note.region],
    ['key id', note.key],
    ['ca.pem', note.caBundle && "the certificates of the BackupConfig's s3BackupConfig.tls.caBundle"],
  ];
  return [
    `${paint.good('recovery key made')} for ${note.service}`,
    '',
    'Keep this outside of the cluster, on paper or in a password manager. It is shown this once:',
    '',
    ...rows.flatMap(([name, value]) => (value ? [`  ${name.padEnd(12)}${value}`] : [])),
    `  ${'S3 keys'.padEnd(12)}an access key that may list and read the bucket`,
    '',
    'With it, restic alone is enough. It asks for the password, and takes the S3 keys from AWS_ACCESS_KEY_ID and',
    'AWS_SECRET_ACCESS_KEY:',
    '',
    `  ${note.commands.list}`,
    `  ${note.commands.restore}`,
    '',
    paint.dim(
      'All of it, step by step: docs/restore-by-hand.md. The hint RecoveryKeyMissing goes with the next run.',
    ),
  ].join('\n');
}
