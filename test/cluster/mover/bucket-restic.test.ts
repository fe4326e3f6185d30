import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Keys } from '../../../src/bucket-maker/keys';
import { binary } from '../../../testbed/build/binaries';
import { both, Gateway, user } from './gateway';
import { Bench, PASSWORD } from './harness';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await Gateway.start();
});
afterAll(() => gateway.stop());

let count = 0;
const name = () => `wiki-${++count}`;

/** restic with a user's keys, and without what it remembers of the repository. */
function restic(bucket: string, { accessKeyId, secretAccessKey }: Keys, ...args: string[]): string {
  return execFileSync(binary('restic'), ['--no-cache', ...args], {
    cwd: source,
    encoding: 'utf8',
    stdio: 'pipe',
    env: {
      PATH: process.env.PATH,
      HOME: gateway.directory,
      RESTIC_REPOSITORY: `s3:${gateway.endpoint}/${bucket}`,
      RESTIC_PASSWORD: PASSWORD,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
  });
}

/** What is backed up: packs of more than 16 MiB go over in parts. */
let source: string;
beforeAll(() => {
  source = join(gateway.directory, 'source');
  mkdirSync(source);
});
function change(): void {
  writeFileSync(join(source, 'large'), randomBytes(20_000_000));
  writeFileSync(join(source, 'small'), randomBytes(1000));
}

/** Names of all objects but locks. */
function objects(bucket: string): string[] {
  const root = join(gateway.directory, 's3', bucket);
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
    .filter((path) => !path.startsWith('locks/'))
    .sort();
}
const snapshots = (bucket: string, keys: Keys): number =>
  JSON.parse(restic(bucket, keys, 'snapshots', '--json')).length;

/** A repository with two snapshots, made by that user. */
function twoSnapshots(bucket: string, keys: Keys): void {
  restic(bucket, keys, 'init');
  for (let n = 0; n < 2; n++) {
    change();
    restic(bucket, keys, 'backup', '--pack-size', '17', '.');
  }
}

test('the narrowest policy is enough for restic: init, backup, snapshots, check, restore, forget, prune', async () => {
  const bucket = name();
  const [keys] = await gateway.made(bucket, [user(bucket)]);
  twoSnapshots(bucket, keys!);
  expect(snapshots(bucket, keys!)).toBe(2);
  restic(bucket, keys!, 'check', '--read-data');
  const target = join(gateway.directory, `${bucket}-restored`);
  restic(bucket, keys!, 'restore', 'latest', '--target', target);
  expect(readFileSync(join(target, 'large')).equals(readFileSync(join(source, 'large')))).toBe(true);
  const before = objects(bucket).length;
  restic(bucket, keys!, 'forget', '--keep-last', '1', '--prune');
  expect(snapshots(bucket, keys!)).toBe(1);
  expect(objects(bucket).length).toBeLessThan(before);
  restic(bucket, keys!, 'check', '--read-data');
}, 60_000);

test('append-only keys make snapshots, and destroy none; those of the maintenance forget and prune', async () => {
  const bucket = name();
  const [backup, maintenance] = await gateway.made(bucket, both(bucket));
  twoSnapshots(bucket, backup!);
  restic(bucket, backup!, 'check');
  const before = objects(bucket);

  expect(() => restic(bucket, backup!, 'forget', '--keep-last', '1', '--prune')).toThrow(/Access ?Denied/);

  // A prune that cannot delete writes nothing that is not needed, either.
  expect(objects(bucket)).toEqual(expect.arrayContaining(before));
  expect(snapshots(bucket, backup!)).toBe(2);
  restic(bucket, backup!, 'check', '--read-data');

  restic(bucket, maintenance!, 'forget', '--keep-last', '1', '--prune');
  expect(snapshots(bucket, maintenance!)).toBe(1);
  expect(objects(bucket).length).toBeLessThan(before.length);
  restic(bucket, backup!, 'backup', '.');
  restic(bucket, maintenance!, 'check', '--read-data');
}, 60_000);

test('the mover makes a repository of its own with append-only keys, and backs up', async () => {
  const bucket = name();
  const [backup] = await gateway.made(bucket, both(bucket));
  const bench = await Bench.start();
  try {
    const { source: volume, item } = bench.volume();
    writeFileSync(join(volume, 'file'), 'contents');
    const repository = bench.repository(bucket, { endpoint: gateway.endpoint });
    const env = { AWS_ACCESS_KEY_ID: backup!.accessKeyId, AWS_SECRET_ACCESS_KEY: backup!.secretAccessKey };
    for (let n = 0; n < 2; n++) {
      const { outcome } = await bench.run(bench.backupTask(bucket, [item], { repository }), { env });
      expect(outcome).toMatchObject({ items: [{ state: 'Success', files: 1 }] });
    }
    expect(objects(bucket)).toContain('service-backup.json');
  } finally {
    bench.stop();
  }
}, 60_000);
