import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from '../api/outcome';
import type { ReportLine, ResultLine } from '../api/report';
import {
  type BackupTask,
  CONTRACT_VERSION,
  CREDENTIAL_VARIABLES,
  type ListTask,
  type RestoreTask,
  type Task,
} from '../api/task';
import { backupItems } from './backup';
import { Fault, failureFrom } from './fault';
import { listSnapshots } from './list';
import { openRepository } from './repository';
import { Restic } from './restic';
import { restoreItem } from './restore';
import { applyRetention } from './retention';
import { Bucket } from './s3';

/** The world as the mover meets it; tests hand in their own. */
export interface Surroundings {
  env: NodeJS.ProcessEnv;
  /** Aborted when the Job is told to stop. */
  signal: AbortSignal;
  /** Lines of JSON, for the command line. */
  print(line: ReportLine): void;
  /** Lines for people who read the pod's log. */
  log(line: string): void;
  /** A file like /proc/self/mountinfo. */
  mountinfo?: string;
}

const DEFAULT_STALL_SECONDS = 300;
/** Enough for restic to take its lock away, and less than the pod's grace period of 90 s. */
const DEFAULT_KILL_SECONDS = 75;

/** Does a task, and tells how it ended; throws nothing. */
export async function move(task: Task, world: Surroundings): Promise<Outcome> {
  const outcome: Outcome = { version: CONTRACT_VERSION, items: [] };
  try {
    const { bucket, restic } = connect(task, world);
    try {
      outcome.repository = await openRepository(bucket, restic, {
        ...task.repository,
        now: new Date(),
        intent: task.kind === 'backup' ? 'write' : 'read',
      });
    } finally {
      bucket.close();
    }
    if (task.kind === 'backup') await backup(task, restic, world, outcome);
    else if (task.kind === 'list') await listSnapshots(task, restic, world.print);
    else await restore(task, restic, world, outcome);
  } catch (error) {
    outcome.items = [];
    outcome.failure = failureFrom(error, task.kind === 'restore' ? 'RestoreFailed' : 'BackupFailed');
    world.log(`${outcome.failure.reason}: ${outcome.failure.message}`);
    if (task.kind !== 'backup') world.print({ type: 'result', state: 'Failed', ...outcome.failure });
  }
  return outcome;
}

async function backup(
  task: BackupTask,
  restic: Restic,
  world: Surroundings,
  outcome: Outcome,
): Promise<void> {
  outcome.items = await backupItems(task, restic, world.log, world.mountinfo);
  if (!task.retention || restic.cancelled) return;
  const good = task.items.filter((_, at) => outcome.items[at]?.state === 'Success').map(({ name }) => name);
  const fresh = outcome.items.flatMap(({ snapshot }) => snapshot ?? []);
  outcome.retention = await applyRetention(
    task,
    [...new Set([...task.retention.items, ...good])],
    fresh,
    restic,
  );
  const { kept, forgotten, failure } = outcome.retention;
  world.log(failure ? `retention: ${failure.message}` : `retention: ${kept} kept, ${forgotten} forgotten`);
}

async function restore(
  task: RestoreTask,
  restic: Restic,
  world: Surroundings,
  outcome: Outcome,
): Promise<void> {
  const result: ResultLine = await restoreItem(task, restic, world.print);
  world.print(result);
  outcome.items = [{ state: 'Success', snapshot: result.snapshot, files: result.files, bytes: result.bytes }];
}

function connect(
  { repository }: BackupTask | ListTask | RestoreTask,
  { env, signal }: Surroundings,
): { bucket: Bucket; restic: Restic } {
  for (const name of Object.values(CREDENTIAL_VARIABLES)) {
    if (!env[name])
      throw new Fault(
        'TaskInvalid',
        `The mover was started without ${name}: look at the Secrets of the BackupConfig.`,
      );
  }
  const { endpoint, bucket, region, caBundle } = repository;
  return {
    bucket: new Bucket({
      endpoint,
      bucket,
      region,
      accessKeyId: env[CREDENTIAL_VARIABLES.accessKeyId] ?? '',
      secretAccessKey: env[CREDENTIAL_VARIABLES.secretAccessKey] ?? '',
      ...(caBundle && { caBundle }),
      signal,
    }),
    restic: new Restic({
      binary: env.RESTIC_BINARY || 'restic',
      env: {
        ...env,
        RESTIC_REPOSITORY: `s3:${endpoint.replace(/\/$/, '')}/${bucket}`,
        AWS_DEFAULT_REGION: region,
      },
      flags: caBundle ? ['--cacert', fileWith(caBundle)] : [],
      signal,
      stallSeconds: Number(env.SERVICE_BACKUP_STALL_SECONDS) || DEFAULT_STALL_SECONDS,
      killSeconds: Number(env.SERVICE_BACKUP_KILL_SECONDS) || DEFAULT_KILL_SECONDS,
    }),
  };
}

/** restic trusts nothing but this file: the well-known authorities must be in it, too. */
function fileWith(caBundle: string): string {
  const { rootCertificates } = process.getBuiltinModule('node:tls');
  const path = join(mkdtempSync(join(tmpdir(), 'service-backup-')), 'ca.pem');
  writeFileSync(path, [...rootCertificates, caBundle].join('\n'));
  return path;
}
