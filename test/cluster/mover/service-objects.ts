import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ObjectStore, type StoreOptions } from '../../../src/mover/objects/object-store';
import type { Hostile } from './hostile-keys';

const sha256 = (body: Buffer) => createHash('sha256').update(body).digest('hex');
type Object = Omit<Hostile, 'not'>;

/** Uses the bucket of a service as the mover does. */
export async function withStore<T>(
  options: StoreOptions,
  use: (store: ObjectStore) => Promise<T>,
): Promise<T> {
  const store = new ObjectStore(options);
  try {
    return await use(store);
  } finally {
    store.close();
  }
}

/** An object of which only key and body matter. */
export const plain = (key: string, body: string | Buffer): Object => ({
  key,
  body: Buffer.from(body),
  headers: { 'content-type': 'text/plain' },
  metadata: {},
  tags: {},
});

/** Writes objects into a bucket, one after the other. */
export async function putAll(options: StoreOptions, objects: Object[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'service-backup-object-'));
  try {
    await withStore(options, async (store) => {
      for (const { key, body, ...head } of objects) {
        const path = join(directory, 'body');
        writeFileSync(path, body);
        await store.put(key, head, { path, size: body.length, sha256: sha256(body) });
      }
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export const listedKeys = (options: StoreOptions, prefix?: string): Promise<string[]> =>
  withStore(options, async (store) => {
    const keys: string[] = [];
    for await (const page of store.list(prefix)) keys.push(...page.map(({ key }) => key));
    return keys;
  });

/** All that a bucket holds, as it must come back: each object with its body's hash and what it has beside it. */
export const described = (options: StoreOptions) =>
  withStore(options, async (store) => {
    const found = [];
    for await (const page of store.list()) {
      for (const { key, size } of page) {
        const object = await store.get(key);
        if (!object) throw new Error(`${JSON.stringify(key)} is listed, and not there.`);
        const body = Buffer.concat(await object.body.toArray());
        const { headers, metadata, tags } = object.head;
        if (body.length !== size) throw new Error(`${JSON.stringify(key)} is listed with another size.`);
        found.push({ key, sha256: sha256(body), headers, metadata, tags });
      }
    }
    return byKey(found);
  });

/** What `described` says of a bucket in which exactly these objects are. */
export const descriptionOf = (objects: Object[]) =>
  byKey(
    objects.map(({ key, body, headers, metadata, tags }) => ({
      key,
      sha256: sha256(body),
      headers,
      metadata,
      tags,
    })),
  );

const byKey = <T extends { key: string }>(objects: T[]): T[] =>
  objects.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
