import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { BodySums } from '../../../src/mover/buckets/body-sums';
import { fetchObject } from '../../../src/mover/buckets/fetch';
import { Scratch } from '../../../src/mover/buckets/scratch';
import type { ObjectStore } from '../../../src/mover/objects/object-store';

const volume = mkdtempSync(join(tmpdir(), 'fetch-'));
afterAll(() => rmSync(volume, { recursive: true }));

const LISTED = { key: 'a', size: 3, etag: 'e', modified: '2026-01-02T03:04:05Z' };

test('a new object that cannot be had whole leaves alone what another may have put in its place', async () => {
  const scratch = await Scratch.open({ scratch: volume, endpoint: 'http://s3' }, 'bucket', 'owner', []);
  mkdirSync(join(scratch.copy, 'objects'), { recursive: true });
  const place = join(scratch.copy, 'objects', 'a');
  writeFileSync(place, 'of another');
  const head = { size: 3, etag: 'e', modified: '', headers: {}, metadata: {}, tags: {} };
  const store = { get: async () => ({ head, body: Readable.from([Buffer.from('ab')]) }) };

  const fetched = fetchObject(
    { store: store as unknown as ObjectStore, scratch, pass: 1, sums: new BodySums() },
    LISTED,
    undefined,
    0,
  );

  await expect(fetched).rejects.toThrow('2 bytes came of 3');
  expect(readFileSync(place, 'utf8')).toBe('of another');
  await scratch.close();
});
