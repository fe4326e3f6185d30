import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BackupBucketsTask,
  type BucketItem,
  bucketItem,
  SERVICE_CREDENTIAL_VARIABLES,
  type ServiceS3,
} from '../../../src/api';
import type { Entry, Header } from '../../../src/mover/buckets/manifest';
import { type ObjectHead, ObjectStore } from '../../../src/mover/objects/object-store';
import type { Bench, Run } from './harness';
import type { Rule } from './proxy';

const KEYS = { accessKeyId: 'mover-test', secretAccessKey: 'mover-test-secret' };
/** For a Job that uses a service's bucket. */
export const KEYS_IN_ENV = {
  [SERVICE_CREDENTIAL_VARIABLES.accessKeyId]: KEYS.accessKeyId,
  [SERVICE_CREDENTIAL_VARIABLES.secretAccessKey]: KEYS.secretAccessKey,
};

type Beside = Partial<Pick<ObjectHead, 'headers' | 'metadata' | 'tags'>>;

/** A bucket of a service, a repository for it, and a scratch directory. */
export class BucketBench {
  readonly bench: Bench;
  readonly bucket: string;
  readonly repository: string;
  readonly scratch: string;
  readonly item: BucketItem;
  readonly store: ObjectStore;
  #runs = 0;

  constructor(bench: Bench, scratch?: string) {
    this.bench = bench;
    this.repository = bench.createRepository();
    this.bucket = bench.createBucket();
    this.scratch = scratch ?? join(bench.directory, `scratch-${this.bucket}`);
    mkdirSync(this.scratch, { recursive: true });
    this.item = {
      type: 's3',
      name: bucketItem(this.bucket),
      bucket: this.bucket,
      exclude: [],
      allowEmpty: false,
      onUnreadable: 'Warn',
    };
    this.store = storeAt(this.service(), this.bucket);
  }

  service(): ServiceS3 {
    return { endpoint: this.bench.endpoint, region: 'us-east-1', addressing: 'path' };
  }

  async put(key: string, body: string | Buffer, beside: Beside = {}): Promise<void> {
    const path = join(this.bench.directory, 'body');
    writeFileSync(path, body);
    const file = { path, size: Buffer.byteLength(body), sha256: sha256(body) };
    await this.store.put(key, { headers: {}, metadata: {}, tags: {}, ...beside }, file);
  }

  /** Where versitygw keeps the object. */
  remove(key: string): void {
    rmSync(this.bench.inBucket(this.bucket, key));
  }

  task(
    item: Partial<BucketItem> = {},
    source: Partial<BackupBucketsTask['source']> = {},
    changes: Partial<BackupBucketsTask> = {},
  ): BackupBucketsTask {
    return {
      version: 1,
      kind: 'backup-buckets',
      run: `run-${++this.#runs}`,
      repository: this.bench.repository(this.repository),
      source: { ...this.service(), scratch: this.scratch, fullPassRuns: 100, ...source },
      items: [{ ...this.item, ...item }],
      ...changes,
    };
  }

  /** After a first run with these figures. */
  after({ outcome }: Run): Partial<BucketItem> {
    const { bytes = 0, files = 0 } = outcome?.items[0] ?? {};
    return { previous: { bytes, files } };
  }

  run(...args: Parameters<BucketBench['task']>): Promise<Run> {
    return this.bench.run(this.task(...args), { env: KEYS_IN_ENV });
  }

  start(task: BackupBucketsTask, pod?: string) {
    return this.bench.start(task, { env: KEYS_IN_ENV, ...(pod && { pod }) });
  }

  /** A run with something between it and the service's S3 system. */
  async through(
    rule: Rule,
    item: Partial<BucketItem> = {},
    source: Partial<BackupBucketsTask['source']> = {},
  ): Promise<Run> {
    let run: Run | undefined;
    await this.bench.behind(rule, async (endpoint) => {
      run = await this.run(item, { endpoint, ...source });
    });
    return run!;
  }

  /** What the latest snapshot holds, by its manifest: each body is compared with its checksum. */
  restored(): { header: Header; entries: Map<string, Entry & { body: Buffer }> } {
    const target = join(this.bench.directory, `restored-${this.bucket}-${++this.#runs}`);
    this.bench.resticRun(this.repository, ['restore', 'latest', '--target', target]);
    return contentsOf(target);
  }
}

export const sha256 = (body: string | Buffer): string => createHash('sha256').update(body).digest('hex');

export const storeAt = (service: ServiceS3, bucket: string): ObjectStore =>
  new ObjectStore({ ...service, ...KEYS, bucket });

/** A tree with a manifest. */
export function contentsOf(directory: string): {
  header: Header;
  entries: Map<string, Entry & { body: Buffer }>;
} {
  const [first = '', ...lines] = readFileSync(join(directory, 'manifest.jsonl'), 'utf8').trim().split('\n');
  const entries = lines.map((line) => {
    const entry = JSON.parse(line) as Entry;
    const path = join(directory, entry.file);
    const body = existsSync(path) ? readFileSync(path) : Buffer.from('no such file');
    expect([entry.key, sha256(body)]).toEqual([entry.key, entry.sha256]);
    return [entry.key, { ...entry, body }] as const;
  });
  return { header: JSON.parse(first), entries: new Map(entries) };
}
