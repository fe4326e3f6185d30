import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import {
  type BackupTask,
  decodeOutcome,
  decodeReportLine,
  type MaintainTask,
  type Outcome,
  type ReportLine,
  type RepositoryRef,
  type Task,
  type TaskItem,
} from '../../../src/api';
import { commandOf } from '../../../src/constructs/bundle';
import type { StoreOptions } from '../../../src/mover/objects/object-store';
import { digestOf } from '../../../src/mover/owner';
import { Bucket } from '../../../src/mover/s3';
import type { ResticSnapshot } from '../../../src/mover/snapshots';
import { binary } from '../../../testbed/build/binaries';
import { freePort } from './free-port';
import type { System } from './hostile-keys';
import { startMoto } from './moto';
import { proxyTo, type Rule } from './proxy';
import { REPOSITORY_ID, readyRepository } from './ready-repository';
import { Users } from './users';

const ROOT = join(__dirname, '../../..');
const KEYS = { accessKeyId: 'mover-test', secretAccessKey: 'mover-test-secret', region: 'us-east-1' };
export const PASSWORD = 'a password';
/** Exactly what the pod of a backup Job may do. */
export const BACKUP_CAPABILITIES = ['dac_read_search'];

export interface Started {
  child: ChildProcess;
  /** What stands in the outcome file at this moment. */
  told(): Outcome | undefined;
  ended: Promise<Run>;
}

export interface Run {
  code: number | null;
  outcome: Outcome | undefined;
  lines: ReportLine[];
  stderr: string;
}

/** How a mover is started. */
export interface Start {
  /** Those of a backup Job, if not said otherwise. */
  capabilities?: string[];
  env?: NodeJS.ProcessEnv;
  /** Its host name, as a pod has it: killing it kills restic, too, as a container's end does. */
  pod?: string;
}

/** Host name and processes of their own. */
const asPod = (name: string) => [
  ...['unshare', '--uts', '--pid', '--fork', '--kill-child'],
  ...['sh', '-ec', 'hostname "$0"; exec "$@"', name],
];

/** The mover as it runs in a pod (bundled, few capabilities, a task in its environment), an S3 store, and volumes. */
export class Bench {
  readonly directory = mkdtempSync(join(tmpdir(), 'service-backup-mover-'));
  readonly restic = binary('restic');
  endpoint = '';
  /** As in the PodTemplate: the program travels as data. */
  #command: string[] = [];
  #s3: ChildProcess | undefined;
  #moto: ReturnType<typeof startMoto> | undefined;
  readonly #mounts: string[] = [];
  #count = 0;
  readonly #running = new Set<ChildProcess>();

  static async start(): Promise<Bench> {
    const bench = new Bench();
    const { outputFiles } = buildSync({
      entryPoints: [join(ROOT, 'src/mover/main.ts')],
      bundle: true,
      format: 'cjs',
      platform: 'node',
      write: false,
    });
    const bytes = gzipSync(outputFiles[0]?.contents ?? '');
    writeFileSync(join(bench.directory, 'mover.js.gz'), bytes);
    bench.#command = commandOf(join(bench.directory, 'mover.js.gz'), bytes, [], '');
    const port = await freePort();
    bench.endpoint = `http://127.0.0.1:${port}`;
    mkdirSync(join(bench.directory, 's3'));
    await bench.startS3();
    return bench;
  }

  async startS3(): Promise<void> {
    this.#s3 = this.#serve(this.endpoint);
    await until('S3 answers', () =>
      fetch(this.endpoint).then(
        () => true,
        () => false,
      ),
    );
  }

  /** The same store once more, with TLS and a certificate that nobody knows. */
  async withTls(use: (endpoint: string, certificate: string) => Promise<void>): Promise<void> {
    const [key, certificate] = [join(this.directory, 'key.pem'), join(this.directory, 'certificate.pem')];
    const subject = ['-subj', '/CN=mover-test', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    const files = ['-keyout', key, '-out', certificate];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    execFileSync('openssl', ['req', ...kind, ...subject, ...files], { stdio: 'ignore' });
    const port = await freePort();
    const server = this.#serve(`https://127.0.0.1:${port}`, '--cert', certificate, '--key', key);
    try {
      await until('S3 accepts', () => accepts(port));
      await use(`https://127.0.0.1:${port}`, readFileSync(certificate, 'utf8'));
    } finally {
      server.kill('SIGKILL');
    }
  }

  /** The same store once more, where hosts are named after buckets. */
  async withVirtualHosts(use: (endpoint: string) => Promise<void>): Promise<void> {
    const port = await freePort();
    const server = this.#serve(`http://127.0.0.1:${port}`, '--virtual-domain', `s3.test:${port}`);
    try {
      await until('S3 accepts', () => accepts(port));
      await use(`http://s3.test:${port}`);
    } finally {
      server.kill('SIGKILL');
    }
  }

  /** The same store once more, where keys of users open what policies of buckets let them; those of the others stay its root's. */
  async withUsers(use: (users: Users) => Promise<void>): Promise<void> {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const accounts = join(this.directory, 'users');
    mkdirSync(accounts, { recursive: true });
    const server = this.#serve(endpoint, '--iam-dir', accounts);
    try {
      await until('S3 accepts', () => accepts(Number(new URL(endpoint).port)));
      await use(new Users(endpoint, KEYS));
    } finally {
      server.kill('SIGKILL');
    }
  }

  #serve(endpoint: string, ...options: string[]): ChildProcess {
    const credentials = ['--access', KEYS.accessKeyId, '--secret', KEYS.secretAccessKey];
    const address = new URL(endpoint).host;
    return spawn(
      binary('versitygw'),
      [...credentials, '--port', address, '--quiet', ...options, 'posix', join(this.directory, 's3')],
      { stdio: 'ignore' },
    );
  }

  /** Frozen, it takes connections and never answers. */
  freezeS3(): void {
    this.#s3?.kill('SIGSTOP');
  }

  thawS3(): void {
    this.#s3?.kill('SIGCONT');
  }

  stop(): void {
    this.thawS3();
    this.#moto?.then((moto) => moto.stop());
    for (const child of this.#running) child.kill('SIGKILL');
    for (const mount of this.#mounts.reverse()) execFileSync('umount', ['-l', mount]);
    this.#s3?.kill('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }

  bucket(name: string): Bucket {
    return new Bucket({ ...KEYS, endpoint: this.endpoint, bucket: name });
  }

  /** A new, empty bucket. */
  createBucket(): string {
    const name = `bucket-${++this.#count}`;
    mkdirSync(this.inBucket(name));
    return name;
  }

  /** A new, empty bucket of a service, in either of two S3 systems; moto is started when it is first asked for. */
  async serviceBucket(system: System): Promise<StoreOptions> {
    const bucket = this.createBucket();
    const options = { ...KEYS, bucket, endpoint: this.endpoint, addressing: 'path' } as const;
    if (system === 'versitygw') return options;
    this.#moto ??= startMoto();
    const { endpoint } = await this.#moto;
    await fetch(`${endpoint}/${bucket}`, { method: 'PUT' });
    return { ...options, endpoint };
  }

  /** A new bucket with a repository of ours, and nothing in it. */
  createRepository(): string {
    const bucket = this.createBucket();
    const objects = readyRepository(PASSWORD);
    const config = digestOf(String(objects.config?.toString('latin1')));
    const owner = { version: 1, ...this.repository(bucket).owner, repository: REPOSITORY_ID, config };
    for (const [key, contents] of Object.entries({
      ...objects,
      'service-backup.json': JSON.stringify(owner),
    })) {
      mkdirSync(dirname(this.inBucket(bucket, key)), { recursive: true });
      writeFileSync(this.inBucket(bucket, key), contents);
    }
    return bucket;
  }

  /** The same repository in another bucket; versitygw keeps what it knows of an object with its file. */
  copyOf(bucket: string): string {
    const copy = this.createBucket();
    cpSync(this.inBucket(bucket), this.inBucket(copy), { recursive: true, preserveTimestamps: true });
    return copy;
  }

  /** Files in a directory of a bucket; none if there is no such directory. */
  objects(bucket: string, directory = ''): string[] {
    const path = this.inBucket(bucket, directory);
    if (!existsSync(path)) return [];
    const all = readdirSync(path, { recursive: true, withFileTypes: true });
    return all
      .filter((entry) => entry.isFile())
      .map((entry) => relative(path, join(entry.parentPath, entry.name)))
      .sort();
  }

  /** A way to the store on which some requests are answered by others. */
  async behind(
    rule: Rule,
    use: (endpoint: string) => Promise<void>,
    also?: Parameters<typeof proxyTo>[2],
  ): Promise<void> {
    const proxy = await proxyTo(this.endpoint, rule, also);
    try {
      await use(proxy.endpoint);
    } finally {
      proxy.stop();
    }
  }

  /** Where versitygw keeps the objects of a bucket. */
  inBucket(name: string, ...path: string[]): string {
    return join(this.directory, 's3', name, ...path);
  }

  /** A filesystem of its own, mounted read-only once more, as a Job sees it. */
  volume(name = 'data'): { source: string; item: TaskItem } {
    const source = join(this.directory, `volume-${++this.#count}`);
    const path = `${source}-ro`;
    mkdirSync(source);
    mkdirSync(path);
    this.mount(source, ['-t', 'tmpfs', '-o', 'size=64m,mode=0755', 'tmpfs', source]);
    this.mount(path, ['--bind', '-o', 'ro', source, path]);
    return {
      source,
      item: { type: 'pvc', name, path, exclude: [], allowEmpty: false, onUnreadable: 'Warn' },
    };
  }

  mount(point: string, args: string[]): void {
    execFileSync('mount', args);
    this.#mounts.push(point);
  }

  repository(bucket: string, changes: Partial<RepositoryRef> = {}): RepositoryRef {
    const owner = { cluster: 'cluster-a', namespace: 'wiki', name: 'backup', uid: 'uid-1' };
    return { endpoint: this.endpoint, region: KEYS.region, bucket, owner, stallSeconds: 20, ...changes };
  }

  backupTask(bucket: string, items: TaskItem[], changes: Partial<BackupTask> = {}): BackupTask {
    return {
      version: 1,
      kind: 'backup',
      run: 'run-1',
      repository: this.repository(bucket),
      items,
      ...changes,
    };
  }

  maintainTask(bucket: string, changes: Partial<MaintainTask>): MaintainTask {
    return { version: 1, kind: 'maintain', run: 'run-1', repository: this.repository(bucket), ...changes };
  }

  /** Starts the mover on a task; `ended` is its end. */
  start(task: Task | string, options: Start = {}): Started {
    const outcomeFile = join(this.directory, `outcome-${++this.#count}`);
    const bounding = ['-all', ...(options.capabilities ?? BACKUP_CAPABILITIES).map((name) => `+${name}`)];
    const [program = '', ...args] = [
      ...(options.pod ? asPod(options.pod) : []),
      ...['setpriv', '--no-new-privs', '--bounding-set', bounding.join(',')],
      ...[process.execPath, ...this.#command.slice(1)],
    ];
    const child = spawn(program, args, {
      env: {
        PATH: process.env.PATH,
        HOME: this.directory,
        RESTIC_BINARY: this.restic,
        RESTIC_CACHE_DIR: join(this.directory, 'cache'),
        RESTIC_PASSWORD: PASSWORD,
        AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
        SERVICE_BACKUP_TASK: typeof task === 'string' ? task : JSON.stringify(task),
        SERVICE_BACKUP_OUTCOME_FILE: outcomeFile,
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    child.once('close', () => this.#running.delete(child));
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk);
    });
    const ended = new Promise<Run>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) =>
        resolve({
          code,
          outcome: existsSync(outcomeFile) ? decodeOutcome(readFileSync(outcomeFile, 'utf8')) : undefined,
          lines: stdout.split('\n').flatMap((line) => decodeReportLine(line) ?? []),
          stderr,
        }),
      );
    });
    const told = () => {
      const text = existsSync(outcomeFile) ? readFileSync(outcomeFile, 'utf8') : '';
      return text ? decodeOutcome(text) : undefined;
    };
    return { child, ended, told };
  }

  run(...args: Parameters<Bench['start']>): Promise<Run> {
    return this.start(...args).ended;
  }

  /** restic by itself, as a person would run it. @returns what it printed */
  resticRun(bucket: string, args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): string {
    const env = { ...this.resticEnv(bucket), ...options.env };
    return execFileSync(this.restic, args, { env, cwd: options.cwd, encoding: 'utf8', stdio: 'pipe' });
  }

  resticEnv(bucket: string): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: this.directory,
      RESTIC_REPOSITORY: `s3:${this.endpoint}/${bucket}`,
      RESTIC_CACHE_DIR: join(this.directory, 'cache'),
      RESTIC_PASSWORD: PASSWORD,
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    };
  }

  resticSnapshots(bucket: string): ResticSnapshot[] {
    return JSON.parse(this.resticRun(bucket, ['snapshots', '--json', '--no-lock']));
  }
}

/** Files of all kinds that a restore must bring back. */
export function fill(directory: string): void {
  const at = (...path: string[]) => join(directory, ...path);
  mkdirSync(at('dir', 'deep'), { recursive: true });
  writeFileSync(at('dir', 'a file'), 'contents\n');
  writeFileSync(at('dir', 'deep', 'secret'), 'for one user only\n', { mode: 0o600 });
  writeFileSync(at('big'), Buffer.alloc(3_000_000, 'abcdefg'));
  writeFileSync(at('setuid'), '#!/bin/sh\n');
  mkdirSync(at('shared'));
  mkdirSync(at('closed'));
  writeFileSync(at('closed', 'inside'), 'in a directory that nobody may enter\n');
  const sh = (script: string) => execFileSync('sh', ['-ec', script], { cwd: directory });
  sh('ln -s "dir/a file" link; ln -s nowhere dangling; ln "dir/a file" hardlink; mkfifo pipe');
  sh('chown 1000:2000 "dir/a file" dir/deep shared; chown 33:33 dir/deep/secret; chown -h 1000:1000 link');
  sh('mknod device c 1 3; echo x > capable; setcap cap_net_bind_service+ep capable');
  sh('chown 1000:2000 setuid; chmod 6755 setuid; chmod 2775 shared; chmod 0 closed');
  sh('touch -h -d 2020-02-03T04:05:06.123456789Z link "dir/a file" dir/deep/secret dir closed');
  sh('chown 999:998 .; chmod 2770 .; touch -d 2021-01-01T00:00:00.5Z .');
}

/** Everything about the files of a tree that a restore must bring back, one line each. */
export function describeTree(directory: string): string {
  const script = String.raw`
    find . -printf '%P %y %m %U:%G %T@ %n %s %l\n' | sed -E 's/^([^ ]* d [^ ]* [^ ]* [^ ]*) .*/\1/' | sort
    find . -type f -print0 | sort -z | xargs -0 sha256sum
    test ! -e device || stat -c '%n %t:%T' device
    getcap -r .`;
  return execFileSync('bash', ['-c', script], { cwd: directory, encoding: 'utf8' });
}

export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  seconds = 20,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${seconds} s, and still not: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const accepts = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.once('close', () => undefined).end();
  });
