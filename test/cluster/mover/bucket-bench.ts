import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  type BackupBucketsTask,
  type BucketItem,
  bucketItem,
  SERVICE_CREDENTIAL_VARIABLES,
} from '../../../src/api';
import type { Entry, Header } from '../../../src/mover/buckets/manifest';
import type { ObjectHead, StoreOptions } from '../../../src/mover/objects/object-store';
import type { Bench, Run, Started } from './harness';
import type { System } from './hostile-keys';
import { proxyTo, type Rule } from './proxy';
import { plain, putAll } from './service-objects';

type Beside = Partial<Pick<ObjectHead, 'headers' | 'metadata' | 'tags'>>;

/** A bucket of a service, a repository for it, and a scratch directory. */
export class BucketBench {
  readonly bench: Bench;
  readonly bucket: string;
  readonly repository: string;
  readonly scratch: string;
  readonly item: BucketItem;
  /** The bucket, past the proxy. */
  readonly service: StoreOptions;
  /** Requests to the service's S3 system since the last run began, in short: `GET key`, and `LIST`. But for those of tags. */
  asked: string[] = [];
  /** What stands between the mover and the S3 system. */
  rule: Rule = () => undefined;
  #proxy: Awaited<ReturnType<typeof proxyTo>> | undefined;
  #runs = 0;

  /** @param scratch a directory; default: a new one */
  static async start(bench: Bench, scratch?: string, system: System = 'versitygw'): Promise<BucketBench> {
    const service = await bench.serviceBucket(system);
    const made = new BucketBench(bench, service, scratch);
    made.#proxy = await proxyTo(service.endpoint, (request) => {
      const { method, key, url } = request;
      // Whether tags may be read is asked once.
      if (url.startsWith(`/${made.bucket}`) && !/[?&]tagging/.test(url))
        made.asked.push(key || method !== 'GET' ? `${method} ${key}` : 'LIST');
      return made.rule(request);
    });
    return made;
  }

  private constructor(bench: Bench, service: StoreOptions, scratch?: string) {
    this.bench = bench;
    this.service = service;
    this.repository = bench.createRepository();
    this.bucket = service.bucket;
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
  }

  stop(): void {
    this.#proxy?.stop();
  }

  /** As the mover is told of it. */
  get endpoint(): string {
    return this.#proxy?.endpoint ?? '';
  }

  put(key: string, body: string | Buffer, beside: Beside = {}): Promise<void> {
    return putAll(this.service, [{ ...plain(key, body), headers: {}, ...beside }]);
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
      source: {
        endpoint: this.endpoint,
        region: this.service.region,
        addressing: 'path',
        scratch: this.scratch,
        fullPassRuns: 100,
        ...source,
      },
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
    return this.start(this.task(...args)).ended;
  }

  start(task: BackupBucketsTask, pod?: string): Started {
    this.asked = [];
    const env = {
      [SERVICE_CREDENTIAL_VARIABLES.accessKeyId]: this.service.accessKeyId,
      [SERVICE_CREDENTIAL_VARIABLES.secretAccessKey]: this.service.secretAccessKey,
    };
    return this.bench.start(task, { env, ...(pod && { pod }) });
  }

  /** The directory of the bucket on the scratch volume. */
  get directory(): string {
    const [name = ''] = readdirSync(this.scratch).filter((name) => name.startsWith(`${this.bucket}-`));
    return join(this.scratch, name);
  }

  /** What is in the copy, by path. */
  copied(): string[] {
    const all = readdirSync(join(this.directory, 'copy'), { recursive: true, withFileTypes: true });
    return all
      .filter((entry) => entry.isFile())
      .map((entry) => relative(join(this.directory, 'copy'), join(entry.parentPath, entry.name)))
      .sort();
  }

  /** What the latest snapshot holds, by its manifest: each body is compared with its checksum. */
  restored(): { header: Header; entries: Map<string, Entry & { body: Buffer }> } {
    const target = join(this.bench.directory, `restored-${this.bucket}-${++this.#runs}`);
    this.bench.resticRun(this.repository, ['restore', 'latest', '--target', target]);
    return contentsOf(target);
  }
}

export const sha256 = (body: string | Buffer): string => createHash('sha256').update(body).digest('hex');

/** A page of a listing, as S3 systems write it. */
export const page = (
  objects: { key: string; size?: number; etag?: string }[],
  next?: string,
): { status: number; body: string } => ({
  status: 200,
  body: [
    '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult>',
    `<IsTruncated>${next !== undefined}</IsTruncated><EncodingType>url</EncodingType>`,
    ...(next ? [`<NextContinuationToken>${next}</NextContinuationToken>`] : []),
    ...objects.map(
      ({ key, size = 1, etag = 'e' }) =>
        `<Contents><Key>${encodeURIComponent(key)}</Key><Size>${size}</Size><ETag>"${etag}"</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>`,
    ),
    '</ListBucketResult>',
  ].join(''),
});

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
