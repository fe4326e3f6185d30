import { type BackupView, backupView } from '../../src/operator/backup-view';
import { bucketOwner } from '../../src/operator/bucket-owner';
import { backup } from './fixtures';

const view = (uid: string, createdAt: string, changes: Partial<BackupView> = {}): BackupView => ({
  ...backupView(backup()),
  uid,
  createdAt,
  ...changes,
});
const here = () => 'https://s3.example.net';

const first = view('u1', '2026-01-01T00:00:00Z');
const second = view('u2', '2026-02-01T00:00:00Z');

test('the oldest that names a bucket owns it', () => {
  expect(bucketOwner(first, [second, first], here)).toBeUndefined();
  expect(bucketOwner(second, [second, first], here)).toBe(first);
});

test('of the same second, the UID decides, for everybody alike', () => {
  const twin = view('u0', first.createdAt);
  expect(bucketOwner(first, [first, twin], here)).toBe(twin);
  expect(bucketOwner(twin, [first, twin], here)).toBeUndefined();
});

test('a bucket of the same name on another S3 system is another bucket', () => {
  const elsewhere = view('u2', '2026-02-01T00:00:00Z', { config: 'other' });
  expect(bucketOwner(elsewhere, [first, elsewhere], ({ config }) => config)).toBeUndefined();
});

test('when the owner is deleted the next oldest is it', () => {
  expect(bucketOwner(second, [second], here)).toBeUndefined();
});
