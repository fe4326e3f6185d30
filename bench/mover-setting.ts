import { type ChildProcess, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackupTask, decodeOutcome, type TaskItem } from '../src/api';
import { backupArguments } from '../src/mover/backup';
import { retryLock } from '../src/mover/restic';
import { readRoot, rootTag } from '../src/mover/root-directory';
import { binary, build } from '../testbed/build/binaries';
import { type Command, peakMemory, timed } from './measured';
import type { Cost } from './pairs';
import { bundleMover, startS3 } from './programs';

export interface DataSet {
  name: string;
  files: number;
  bytesPerFile: number;
}

const KEYS = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench-secret', RESTIC_PASSWORD: 'bench' };
const BUCKET = 'bench';
const OWNER = { cluster: 'c', namespace: 'n', name: 'b', uid: 'u' };

/** An S3 store on loopback and a volume, both in memory, so that neither disk nor network is measured. */
export class Setting {
  readonly #directory = mkdtempSync(join(tmpdir(), 'bench-mover-'));
  #mounts: string[] = [];
  #s3: ChildProcess | undefined;
  #endpoint = '';
  readonly volume = join(this.#directory, 'volume');
  readonly #seen = join(this.#directory, 'volumes-0');
  readonly #store = join(this.#directory, 's3');

  async start(): Promise<void> {
    await build();
    for (const path of [this.volume, this.#store]) {
      mkdirSync(path);
      this.#mount(path, '-t', 'tmpfs', '-o', 'size=12g', 'tmpfs', path);
    }
    mkdirSync(this.#seen);
    this.#mount(this.#seen, '--bind', '-o', 'ro', this.volume, this.#seen);
    bundleMover(join(this.#directory, 'mover.js'));
    const [accessKeyId, secretAccessKey] = [KEYS.AWS_ACCESS_KEY_ID, KEYS.AWS_SECRET_ACCESS_KEY];
    ({ endpoint: this.#endpoint, s3: this.#s3 } = await startS3(this.#store, {
      accessKeyId,
      secretAccessKey,
    }));
    // A repository that the mover made, and that holds nothing to speak of: both begin from the same one.
    mkdirSync(join(this.#store, BUCKET));
    writeFileSync(join(this.volume, 'seed'), 'seed');
    await this.mover('seed');
    rmSync(join(this.volume, 'seed'));
    cpSync(join(this.#store, BUCKET), join(this.#directory, 'template'), { recursive: true });
  }

  stop(): void {
    this.#s3?.kill();
    for (const mount of this.#mounts.reverse()) execFileSync('umount', ['-l', mount]);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #mount(point: string, ...args: string[]): void {
    execFileSync('mount', args);
    this.#mounts.push(point);
  }

  /** Random bytes: nothing to compress, nothing that is there twice. */
  fill(set: DataSet): void {
    for (const entry of execFileSync('ls', ['-A', this.volume], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean)) {
      rmSync(join(this.volume, entry), { recursive: true });
    }
    const piece = 1_000_000;
    for (let i = 0; i < set.files; i++) {
      const directory = join(this.volume, `d${Math.floor(i / 500)}`);
      if (i % 500 === 0) mkdirSync(directory);
      const file = openSync(join(directory, `f${i}`), 'w');
      for (let left = set.bytesPerFile; left > 0; left -= piece)
        writeSync(file, randomBytes(Math.min(left, piece)));
      closeSync(file);
    }
  }

  /** Back to the empty repository, and no cache. */
  reset(): void {
    rmSync(join(this.#store, BUCKET), { recursive: true });
    cpSync(join(this.#directory, 'template'), join(this.#store, BUCKET), { recursive: true });
    rmSync(join(this.#directory, 'cache'), { recursive: true, force: true });
  }

  #task(item: string): BackupTask {
    const path = this.#seen;
    const items: TaskItem[] = [
      { type: 'pvc', name: item, path, exclude: [], allowEmpty: false, onUnreadable: 'Warn' },
    ];
    const region = 'us-east-1';
    const repository = { endpoint: this.#endpoint, region, bucket: BUCKET, owner: OWNER, stallSeconds: 200 };
    return { version: 1, kind: 'backup', run: 'r', repository, items };
  }

  #env(item: string): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: this.#directory,
      ...KEYS,
      AWS_DEFAULT_REGION: 'us-east-1',
      RESTIC_REPOSITORY: `s3:${this.#endpoint}/${BUCKET}`,
      RESTIC_CACHE_DIR: join(this.#directory, 'cache'),
      RESTIC_PROGRESS_FPS: '0.2',
      RESTIC_BINARY: binary('restic'),
      SERVICE_BACKUP_TASK: JSON.stringify(this.#task(item)),
      SERVICE_BACKUP_OUTCOME_FILE: join(this.#directory, 'outcome'),
    };
  }

  #moverCommand(item: string): Command {
    const command = [process.execPath, join(this.#directory, 'mover.js')];
    return { command, cwd: this.#directory, env: this.#env(item) };
  }

  async mover(item: string): Promise<Cost> {
    const cost = await timed(this.#moverCommand(item));
    const outcome = decodeOutcome(readFileSync(join(this.#directory, 'outcome'), 'utf8'));
    if (outcome?.items[0]?.state !== 'Success')
      throw new Error(`The mover failed: ${JSON.stringify(outcome)}`);
    return cost;
  }

  /** restic alone, with the very flags that the mover gives it. */
  async restic(item: string): Promise<Cost> {
    const task = this.#task(item);
    const args = backupArguments(task, task.items[0]!, [rootTag(await readRoot(this.#seen))]);
    const patience = retryLock(task.repository.stallSeconds);
    const command = [binary('restic'), '--json', ...args, ...patience];
    return timed({ command, cwd: this.#seen, env: this.#env(item) });
  }

  /** The largest resident memory of the mover's own process, in MB, restic not counted. */
  moverMemory(item: string): Promise<number> {
    return peakMemory(this.#moverCommand(item));
  }
}
