import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from '../api/outcome';
import type { Reason } from '../api/reasons';
import type { ReportLine } from '../api/report';
import {
  type BackupBucketsTask,
  type BackupTask,
  CONTRACT_VERSION,
  CREDENTIAL_VARIABLES,
  type Task,
} from '../api/task';
import { backupItems } from './backup';
import { type BucketMeans, backupBuckets } from './buckets/backup-buckets';
import { restoreBucket } from './buckets/restore-bucket';
import { serviceKeys } from './buckets/service-keys';
import { Fault, failureFrom } from './fault';
import { listSnapshots } from './list';
import { Locks } from './locks';
import { maintain } from './maintain';
import type { Asked } from './ownership';
import { addRecoveryKey, recoveryPassword } from './recovery-key';
import { type Opened, openRepository } from './repository';
import { Restic } from './restic';
import { restoreItem } from './restore';
import { applyRetention, retentionInWords } from './retention';
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
  /** Takes what is known so far, after each step: a mover that is killed has told of those before. */
  tell(soFar: Outcome): void;
  /** A file like /proc/self/mountinfo. */
  mountinfo?: string;
}

/** Enough for restic to take its lock away, and less than the pod's grace period of 90 s. */
const DEFAULT_KILL_SECONDS = 75;

/** What a kind of task may do to the repository before it begins, and the reason of a failure that has no name of its own. */
const KINDS: Record<Task['kind'], { intent: Asked['intent']; otherwise: Reason }> = {
  backup: { intent: 'write', otherwise: 'BackupFailed' },
  'backup-buckets': { intent: 'write', otherwise: 'BackupFailed' },
  maintain: { intent: 'tend', otherwise: 'CheckFailed' },
  'recovery-key': { intent: 'tend', otherwise: 'RecoveryKeyMissing' },
  list: { intent: 'read', otherwise: 'RestoreFailed' },
  restore: { intent: 'read', otherwise: 'RestoreFailed' },
  'restore-bucket': { intent: 'read', otherwise: 'RestoreFailed' },
};

/** What every kind of task works with. */
interface Tools {
  bucket: Bucket;
  restic: Restic;
  locks: Locks;
  tell(): void;
}

/** Does a task, and tells how it ended; throws nothing. */
export async function move(task: Task, world: Surroundings): Promise<Outcome> {
  const outcome: Outcome = { version: CONTRACT_VERSION, items: [] };
  const { intent, otherwise } = KINDS[task.kind];
  let tools: Tools | undefined;
  try {
    tools = connect(task, world, outcome);
    const { bucket, restic, tell } = tools;
    const asked = { ...task.repository, now: new Date(), intent };
    const opened = await openRepository(bucket, restic, asked, otherwise);
    outcome.repository = opened.id;
    outcome.recoveryKey = opened.owner.recoveryKey !== undefined;
    tell();
    await act(task, opened, tools, world, outcome);
  } catch (error) {
    outcome.failure = failureFrom(error, otherwise);
    world.log(`${outcome.failure.reason}: ${outcome.failure.message}`);
    if (task.kind !== 'backup' && task.kind !== 'backup-buckets' && task.kind !== 'maintain')
      world.print({ type: 'result', state: 'Failed', ...outcome.failure });
  } finally {
    tools?.bucket.close();
  }
  return outcome;
}

async function act(
  task: Task,
  opened: Opened,
  tools: Tools,
  world: Surroundings,
  outcome: Outcome,
): Promise<void> {
  const { bucket, restic, locks } = tools;
  const { print, log, env, signal } = world;
  switch (task.kind) {
    case 'backup':
    case 'backup-buckets':
      return backup(task, tools, world, outcome);
    case 'maintain':
      return maintain(task, outcome, { ...tools, opened, log });
    case 'list':
      return listSnapshots(task, restic, print);
    case 'restore': {
      const result = await restoreItem(task, restic, locks, print);
      print(result);
      const { snapshot, files, bytes } = result;
      outcome.items = [{ state: 'Success', snapshot, files, bytes }];
      return;
    }
    case 'restore-bucket': {
      const result = await restoreBucket(task, { restic, locks, keys: serviceKeys(env), signal, print });
      print(result);
      const { state, reason, message, snapshot, files, bytes } = result;
      outcome.items = [{ state, snapshot, files, bytes, ...(reason && { reason, message }) }];
      return;
    }
    case 'recovery-key':
      print(await addRecoveryKey(recoveryPassword(env), opened.owner, bucket, restic, locks));
      outcome.recoveryKey = true;
  }
}

async function backup(
  task: BackupTask | BackupBucketsTask,
  { restic, locks, tell }: Tools,
  { log, mountinfo, env, signal }: Surroundings,
  outcome: Outcome,
): Promise<void> {
  await locks.bury();
  const means: BucketMeans = {
    locks,
    log,
    env,
    signal,
    ...(mountinfo && { mountinfo }),
    settle(item) {
      outcome.items.push(item);
      tell();
    },
  };
  await (task.kind === 'backup' ? backupItems(task, means) : backupBuckets(task, means));
  if (!task.retention || restic.cancelled) return;
  const own = task.items.flatMap(({ name }, at) => {
    const { state, snapshot } = outcome.items[at] ?? {};
    return state === 'Success' && snapshot ? [{ name, snapshot }] : [];
  });
  outcome.retention = await applyRetention(task, [...task.retention.items, ...own], restic, locks);
  log(retentionInWords(outcome.retention));
}

function connect({ repository }: Task, world: Surroundings, outcome: Outcome): Tools {
  const { env, signal } = world;
  for (const name of Object.values(CREDENTIAL_VARIABLES)) {
    if (!env[name])
      throw new Fault(
        'TaskInvalid',
        `The mover was started without ${name}: look at the Secrets of the BackupConfig.`,
      );
  }
  const { endpoint, bucket: name, region, caBundle, stallSeconds } = repository;
  const bucket = new Bucket({
    endpoint,
    bucket: name,
    region,
    accessKeyId: env[CREDENTIAL_VARIABLES.accessKeyId] ?? '',
    secretAccessKey: env[CREDENTIAL_VARIABLES.secretAccessKey] ?? '',
    ...(caBundle && { caBundle }),
    signal,
  });
  const restic = new Restic({
    binary: env.RESTIC_BINARY || 'restic',
    env: {
      ...env,
      RESTIC_REPOSITORY: `s3:${endpoint.replace(/\/$/, '')}/${name}`,
      AWS_DEFAULT_REGION: region,
    },
    flags: caBundle ? ['--cacert', fileWith(caBundle)] : [],
    at: bucket.place,
    signal,
    stallSeconds,
    killSeconds: Number(env.SERVICE_BACKUP_KILL_SECONDS) || DEFAULT_KILL_SECONDS,
  });
  const note = (sentence: string) => {
    outcome.notes = [...(outcome.notes ?? []), sentence];
    world.log(sentence);
  };
  return {
    bucket,
    restic,
    locks: new Locks(bucket, restic, repository, note),
    tell: () => world.tell({ ...outcome, partial: true }),
  };
}

/** restic trusts nothing but this file: the well-known authorities must be in it, too. */
function fileWith(caBundle: string): string {
  const { rootCertificates } = process.getBuiltinModule('node:tls');
  const path = join(mkdtempSync(join(tmpdir(), 'service-backup-')), 'ca.pem');
  writeFileSync(path, [...rootCertificates, caBundle].join('\n'));
  return path;
}
