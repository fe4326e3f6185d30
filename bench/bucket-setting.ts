import { type ChildProcess, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BackupBucketsTask,
  type BucketItem,
  bucketItem,
  CREDENTIAL_VARIABLES,
  decodeOutcome,
  SERVICE_CREDENTIAL_VARIABLES,
} from '../src/api';
import { binary, build } from '../testbed/build/binaries';
import { tool } from '../testbed/build/tool';
import { type Objects, put, putObjects } from './bucket-objects';
import { type Command, peakMemory, timed } from './measured';
import type { Cost } from './pairs';
import { bundleMover, startS3 } from './programs';

const KEYS = { accessKeyId: 'bench', secretAccessKey: 'bench-secret' };
const REGION = 'us-east-1';
const REPOSITORY = 'repository';
const OWNER = { cluster: 'c', namespace: 'n', name: 'b', uid: 'u' };

/** One S3 system on loopback with the service's buckets and the repository, and a scratch volume: all in memory. */
export class Setting {
  readonly #directory = mkdtempSync(join(tmpdir(), 'bench-buckets-'));
  readonly #store = join(this.#directory, 's3');
  readonly #scratch = join(this.#directory, 'scratch');
  readonly #copy = join(this.#directory, 'copy-by-hand');
  readonly #cache = join(this.#directory, 'cache');
  #s3: ChildProcess | undefined;
  #endpoint = '';
  #previous: BucketItem['previous'];
  #rclone = '';

  async start(): Promise<void> {
    await build();
    this.#rclone = await tool('rclone', (what) => console.log(what));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12g', 'tmpfs', this.#directory]);
    for (const path of [this.#store, this.#scratch]) mkdirSync(path);
    bundleMover(join(this.#directory, 'mover.js'));
    ({ endpoint: this.#endpoint, s3: this.#s3 } = await startS3(this.#store, KEYS));
    // A repository that the mover made, and that holds nothing to speak of: both begin from the same one.
    mkdirSync(join(this.#store, REPOSITORY));
    await this.fill('seed', { small: { count: 1, from: 1, to: 1 } });
    await this.mover('seed', 1);
    cpSync(join(this.#store, REPOSITORY), join(this.#directory, 'template'), { recursive: true });
  }

  stop(): void {
    this.#s3?.kill('SIGKILL');
    // The mount is not there if the start ended before it.
    execFileSync('sh', ['-c', '! mountpoint -q "$0" || umount -l "$0"', this.#directory]);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async fill(bucket: string, objects: Record<string, Objects>): Promise<void> {
    const place = { ...KEYS, endpoint: this.#endpoint, bucket };
    await put('', Buffer.alloc(0), place);
    for (const [prefix, some] of Object.entries(objects)) await putObjects(prefix, some, place);
  }

  /** Back to the empty repository: no copies, no cache. */
  reset(): void {
    this.#previous = undefined;
    rmSync(join(this.#store, REPOSITORY), { recursive: true });
    cpSync(join(this.#directory, 'template'), join(this.#store, REPOSITORY), { recursive: true });
    for (const path of [this.#scratch, this.#copy, this.#cache]) {
      rmSync(path, { recursive: true, force: true });
      mkdirSync(path);
    }
  }

  /** The mover as its Job runs it, and what it must have saved. */
  async mover(bucket: string, objects: number): Promise<Cost> {
    const cost = await timed(this.#moverOn(bucket));
    this.#expectSaved(objects);
    return cost;
  }

  /** The largest resident memory of the mover's own process, in MB, restic not counted. */
  async moverMemory(bucket: string, objects: number): Promise<number> {
    const memory = await peakMemory(this.#moverOn(bucket));
    this.#expectSaved(objects);
    return memory;
  }

  /** What a person would do: both with their defaults. */
  async byHand(bucket: string, ...flags: string[]): Promise<{ rclone: Cost; restic: Cost }> {
    const [cwd, env] = [this.#copy, this.#env];
    const rclone = [this.#rclone, 'sync', `service:${bucket}`, this.#copy, ...flags];
    return {
      rclone: await timed({ command: rclone, cwd, env }),
      restic: await timed({ command: [binary('restic'), 'backup', '.'], cwd, env }),
    };
  }

  get #env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: this.#directory,
      [CREDENTIAL_VARIABLES.accessKeyId]: KEYS.accessKeyId,
      [CREDENTIAL_VARIABLES.secretAccessKey]: KEYS.secretAccessKey,
      [CREDENTIAL_VARIABLES.password]: 'bench',
      AWS_DEFAULT_REGION: REGION,
      RESTIC_REPOSITORY: `s3:${this.#endpoint}/${REPOSITORY}`,
      RESTIC_CACHE_DIR: this.#cache,
      RESTIC_PROGRESS_FPS: '0.2',
      RCLONE_CONFIG_SERVICE_TYPE: 's3',
      RCLONE_CONFIG_SERVICE_PROVIDER: 'Other',
      RCLONE_CONFIG_SERVICE_ENDPOINT: this.#endpoint,
      RCLONE_CONFIG_SERVICE_REGION: REGION,
      RCLONE_CONFIG_SERVICE_ACCESS_KEY_ID: KEYS.accessKeyId,
      RCLONE_CONFIG_SERVICE_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    };
  }

  #moverOn(bucket: string): Command {
    const [endpoint, region] = [this.#endpoint, REGION];
    const task: BackupBucketsTask = {
      version: 1,
      kind: 'backup-buckets',
      run: 'r',
      repository: { endpoint, region, bucket: REPOSITORY, owner: OWNER, stallSeconds: 200 },
      source: { endpoint, region, addressing: 'path', scratch: this.#scratch, fullPassRuns: 10_000 },
      items: [
        {
          type: 's3',
          name: bucketItem(bucket),
          bucket,
          exclude: [],
          allowEmpty: false,
          onUnreadable: 'Warn',
          ...(this.#previous && { previous: this.#previous }),
        },
      ],
    };
    const env = {
      ...this.#env,
      [SERVICE_CREDENTIAL_VARIABLES.accessKeyId]: KEYS.accessKeyId,
      [SERVICE_CREDENTIAL_VARIABLES.secretAccessKey]: KEYS.secretAccessKey,
      RESTIC_BINARY: binary('restic'),
      SERVICE_BACKUP_TASK: JSON.stringify(task),
      SERVICE_BACKUP_OUTCOME_FILE: join(this.#directory, 'outcome'),
    };
    // The flag is that of the PodTemplate.
    const command = [process.execPath, '--max-semi-space-size=2', join(this.#directory, 'mover.js')];
    return { command, cwd: this.#directory, env };
  }

  #expectSaved(objects: number): void {
    const outcome = decodeOutcome(readFileSync(join(this.#directory, 'outcome'), 'utf8'));
    const [item] = outcome?.items ?? [];
    if (item?.state !== 'Success' || item.files !== objects)
      throw new Error(`The mover did not save ${objects} objects: ${JSON.stringify(outcome)}`);
    this.#previous = { bytes: item.bytes ?? 0, files: objects };
  }
}
