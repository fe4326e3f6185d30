import { type BackupView, backupView } from '../../src/operator/backup-view';
import { bucketOwner } from '../../src/operator/bucket-owner';
import { backup, config } from './fixtures';

const view = (uid: string, createdAt: string, changes: Partial<BackupView> = {}): BackupView => ({
  ...backupView(backup()),
  uid,
  createdAt,
  ...changes,
});
const here = () => config();

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
  const { s3BackupConfig } = config().spec.serviceBackup;
  const other = config({ s3BackupConfig: { ...s3BackupConfig, s3Host: 's3.elsewhere.net' } });
  expect(
    bucketOwner(elsewhere, [first, elsewhere], (one) => (one === first ? config() : other)),
  ).toBeUndefined();
});

test('a namespace that may not use the bucket keeps nobody from it, however old its ServiceBackup is', () => {
  const squatter = view('u0', '2025-01-01T00:00:00Z', { namespace: 'thief' });
  const settled = () => config({ buckets: [{ backup: ['{namespace}-*'] }] });
  expect(bucketOwner(first, [squatter, first], here)).toBe(squatter);
  expect(bucketOwner(first, [squatter, first], settled)).toBeUndefined();
});

test('when the owner is deleted the next oldest is it', () => {
  expect(bucketOwner(second, [second], here)).toBeUndefined();
});
