import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import {
  ADMIN_VARIABLES,
  type BucketTask,
  type BucketUser,
  userVariables,
} from '../../../src/api/bucket-task';
import { TASK_VARIABLE } from '../../../src/api/group';
import { type Asked, askedBy } from '../../../src/bucket-maker/asked';
import type { Keys } from '../../../src/bucket-maker/keys';
import { make, type Surroundings } from '../../../src/bucket-maker/make';
import type { Secret } from '../../../src/bucket-maker/secret';
import { binary } from '../../../testbed/build/binaries';
import { freePort } from './free-port';
import { until } from './harness';

export const ROOT_KEYS: Keys = { accessKeyId: 'root', secretAccessKey: 'root-secret' };
const REGION = 'us-east-1';
const PROPERTIES = { accessKeyIDProperty: 'AccessKey', secretKeyProperty: 'SecretKey' };

export const user = (
  name: string,
  deletes: BucketUser['deletes'] = 'everything',
  secretName = `s3-${name}`,
): BucketUser => ({ name, deletes, secret: { secretName, ...PROPERTIES } });
/** As they are with maintenanceCredentials. */
export const both = (bucket: string): BucketUser[] => [
  user(bucket, 'locks'),
  user(`${bucket}-maintenance`, 'everything', `maintenance-${bucket}`),
];

/** An S3 system with users, and the Secrets of a namespace. */
export class Gateway {
  readonly directory = mkdtempSync(join(tmpdir(), 'service-backup-gateway-'));
  /** What a Job of the namespace finds, by name. */
  readonly secrets = new Map<string, Secret['stringData']>();
  endpoint = '';
  adminEndpoint = '';
  #process: ChildProcess | undefined;

  /** @param options.users false: it has none but its root */
  static async start({
    users = true,
    adminPort = false,
    tls = false,
    versions = false,
  } = {}): Promise<Gateway> {
    const gateway = new Gateway();
    const [port, admin] = [await freePort(), await freePort()];
    gateway.endpoint = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
    gateway.adminEndpoint = adminPort ? `http://127.0.0.1:${admin}` : gateway.endpoint;
    const at = (name: string) => join(gateway.directory, name);
    for (const name of ['iam', 's3', 'versions']) mkdirSync(at(name));
    const options = [
      ...['--access', ROOT_KEYS.accessKeyId, '--secret', ROOT_KEYS.secretAccessKey, '--quiet'],
      ...['--port', `127.0.0.1:${port}`],
      ...(adminPort ? ['--admin-port', `127.0.0.1:${admin}`] : []),
      ...(users ? ['--iam-dir', at('iam')] : []),
      ...(tls ? gateway.#certified() : []),
    ];
    const backend = versions ? ['--versioning-dir', at('versions')] : [];
    gateway.#process = spawn(binary('versitygw'), [...options, 'posix', ...backend, at('s3')], {
      stdio: 'ignore',
    });
    await until('the S3 system answers', () =>
      Promise.all([gateway.endpoint, gateway.adminEndpoint].map((one) => fetch(one))).then(
        () => true,
        ({ cause }) => cause?.code === 'DEPTH_ZERO_SELF_SIGNED_CERT',
      ),
    );
    return gateway;
  }

  /** The certificate of `tls`, which nobody knows. */
  get certificate(): string {
    return readFileSync(join(this.directory, 'certificate.pem'), 'utf8');
  }

  #certified(): string[] {
    const [key, certificate] = [join(this.directory, 'key.pem'), join(this.directory, 'certificate.pem')];
    const subject = ['-subj', '/CN=gateway', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', certificate], {
      stdio: 'ignore',
    });
    return ['--cert', certificate, '--key', key];
  }

  stop(): void {
    this.#process?.kill('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }

  task(bucket: string, changes: Partial<BucketTask> = {}): BucketTask {
    return {
      version: 1,
      s3: { endpoint: this.endpoint, region: REGION },
      admin: { api: 'versitygw', endpoint: this.adminEndpoint },
      bucket,
      namespace: 'jobs',
      users: [user(bucket)],
      ...changes,
    };
  }

  /** What the Job of the task finds in its environment, as its Secrets are now. */
  env(task: BucketTask, admin: Keys = ROOT_KEYS): NodeJS.ProcessEnv {
    const env: NodeJS.ProcessEnv = { [TASK_VARIABLE]: JSON.stringify(task) };
    const set = (names: Keys, keys: Partial<Keys> = {}) => {
      if (keys.accessKeyId) env[names.accessKeyId] = keys.accessKeyId;
      if (keys.secretAccessKey) env[names.secretAccessKey] = keys.secretAccessKey;
    };
    set(ADMIN_VARIABLES, admin);
    for (const [n, { secret }] of task.users.entries()) set(userVariables(n), this.keysIn(secret.secretName));
    return env;
  }

  keysIn(secretName: string): Keys | undefined {
    const data = this.secrets.get(secretName);
    return data && { accessKeyId: data.AccessKey ?? '', secretAccessKey: data.SecretKey ?? '' };
  }

  /** The program, on a task. @returns what it says */
  async make(
    task: BucketTask,
    { admin, asked, ...world }: Partial<Surroundings> & { admin?: Keys; asked?: Asked } = {},
  ): Promise<string[]> {
    const said: string[] = [];
    await make(asked ?? askedBy(this.env(task, admin)), {
      print: (sentence) => said.push(sentence),
      createSecret: async ({ metadata: { name }, stringData }, { dryRun } = { dryRun: false }) => {
        if (this.secrets.has(name)) return 'exists';
        if (!dryRun) this.secrets.set(name, stringData);
        return 'made';
      },
      patience: { forMs: 200, everyMs: 50 },
      ...world,
    });
    return said;
  }

  /** A bucket with its users. @returns their keys */
  async made(bucket: string, users: BucketUser[] = [user(bucket)]): Promise<Keys[]> {
    await this.make(this.task(bucket, { users }));
    return users.map(({ secret }) => this.keysIn(secret.secretName)!);
  }

  /** A request, as S3 clients make them. */
  async ask(
    keys: Keys,
    method: string,
    path: string,
    init: RequestInit = {},
  ): Promise<{ status: number; body: string }> {
    const client = new AwsClient({ ...keys, service: 's3', region: REGION, retries: 0 });
    const headers = new Headers(init.headers);
    // Some requests need a checksum, and all may have one.
    if (init.body) headers.set('content-md5', createHash('md5').update(String(init.body)).digest('base64'));
    const answer = await client.fetch(`${this.endpoint}/${path}`, { method, ...init, headers });
    return { status: answer.status, body: await answer.text() };
  }

  /** A request of the administrator's that must do what it says. */
  async must(method: string, path: string, init: RequestInit = {}): Promise<string> {
    const { status, body } = await this.ask(ROOT_KEYS, method, path, init);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${body}`);
    return body;
  }

  async policy(bucket: string): Promise<{ Statement: Record<string, unknown>[] }> {
    return JSON.parse(await this.must('GET', `${bucket}?policy`));
  }

  setPolicy(bucket: string, Statement: unknown[]): Promise<string> {
    const body = JSON.stringify({ Version: '2012-10-17', Statement });
    return this.must('PUT', `${bucket}?policy`, { body });
  }

  /** By versitygw's own command line. */
  admin(...args: string[]): string {
    const { accessKeyId, secretAccessKey } = ROOT_KEYS;
    const as = ['--access', accessKeyId, '--secret', secretAccessKey, '--endpoint-url', this.adminEndpoint];
    return execFileSync(binary('versitygw'), ['admin', ...as, ...args], { encoding: 'utf8' });
  }

  createUser(keys: Keys, role = 'user'): void {
    this.admin('create-user', '--access', keys.accessKeyId, '--secret', keys.secretAccessKey, '--role', role);
  }

  /** Names and roles. */
  users(): string[] {
    const [, , ...lines] = this.admin('list-users').trim().split('\n');
    return lines.map((line) => line.split(/\s+/).slice(0, 2).join(' '));
  }
}
