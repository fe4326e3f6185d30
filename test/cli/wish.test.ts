import { UsageError } from '../../src/cli/failure';
import { type RestoreFlags, restoreWish } from '../../src/cli/wish';

const service = { namespace: 'wiki', name: 'backup' };
const at = { now: new Date('2026-11-21T12:00:00Z'), timeZone: 'Etc/UTC' };
const wish = (flags: Partial<RestoreFlags>) =>
  restoreWish(service, { toClaim: 'data-restored', ...flags }, at);

describe('which snapshot a restore means', () => {
  test.each<[string, Partial<RestoreFlags>, object]>([
    ['the newest, when nothing is said', {}, { latest: true }],
    ['the one named', { snapshot: '4BE77d10' }, { snapshot: '4be77d10' }],
    ['the newest up to a time', { asOf: '2026-11-19' }, { asOf: '2026-11-19T23:59:59.999Z' }],
  ])('%s', (_, flags, select) => {
    expect(wish(flags)).toMatchObject({ command: 'restore', request: { select } });
  });

  test('how a time was understood is handed on', () => {
    expect(wish({ asOf: '2026-11-19' })).toMatchObject({
      understood: 'up to the end of 2026-11-19 (Etc/UTC; 2026-11-19T23:59:59.999Z)',
    });
  });
});

describe('a bucket', () => {
  const ofBucket = (flags: RestoreFlags) => restoreWish(service, flags, at);

  test('is restored to a bucket, whole and over nothing, when nothing else is said', () => {
    expect(ofBucket({ item: 's3:files', toBucket: 'other' })).toEqual({
      command: 'restore-bucket',
      service,
      request: {
        item: 's3:files',
        select: { latest: true },
        toBucket: 'other',
        overwrite: false,
        dryRun: false,
      },
    });
  });

  test('or in part, over what is there, or only to see what would be done', () => {
    expect(ofBucket({ toBucket: 'other', prefix: 'a/b', overwrite: true, dryRun: true })).toMatchObject({
      request: { prefix: 'a/b', overwrite: true, dryRun: true },
    });
  });

  test.each<[RestoreFlags, string]>([
    [
      {},
      '--to-claim or --to-bucket is missing: write --to-claim NAME for a volume, --to-bucket NAME for a bucket.',
    ],
    [
      { item: 's3:files' },
      '--to-bucket is missing: write --to-bucket NAME, the bucket that item s3:files is restored to.',
    ],
    [
      { item: 'data' },
      '--to-claim is missing: write --to-claim NAME, the claim that item data is restored to.',
    ],
    [
      { toClaim: 'x', toBucket: 'other' },
      '--to-claim and --to-bucket both say where to restore: leave one out.',
    ],
    [
      { item: 'data', toBucket: 'other' },
      "--to-bucket 'other' is for buckets, and item data is a claim: write --to-claim NAME, or --item s3:BUCKET.",
    ],
    [
      { item: 's3:files', toClaim: 'x' },
      "--to-claim 'x' is for volumes, and item s3:files is a bucket: write --to-bucket NAME.",
    ],
    [
      { toBucket: 'Other_Files' },
      "--to-bucket 'Other_Files' is not a name that a bucket can have: 3 to 63 lower-case letters, digits, dots and hyphens.",
    ],
    [{ toBucket: 'other', prefix: '' }, "--prefix '' is empty: leave it out to restore every object."],
    [
      { toClaim: 'x', dryRun: true },
      '--dry-run is for buckets, and --to-claim restores a volume: leave it out.',
    ],
  ])('%j is refused', (flags, message) => {
    expect(() => ofBucket(flags)).toThrow(new UsageError(message));
  });
});

test.each<[Partial<RestoreFlags>, string]>([
  [
    { snapshot: 'abcd1234', asOf: '2026-01-01' },
    '--snapshot and --as-of both say which snapshot: leave one out.',
  ],
  [
    { snapshot: 'latest' },
    "--snapshot 'latest' is not the id of a snapshot: copy it from 'service-backup snapshots'.",
  ],
  [
    { toClaim: 'Data' },
    "--to-claim 'Data' is not a name that a claim can have: lower-case letters, digits and hyphens.",
  ],
  [{ size: '20GB' }, "--size '20GB' is not a size: write it as Kubernetes does, e.g. 20Gi."],
])('%j is refused', (flags, message) => {
  expect(() => wish(flags)).toThrow(new UsageError(message));
});
