import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import {
  BackupBucket,
  BackupOperator,
  BucketAdmin,
  Item,
  Schedule,
  SecretKey,
  ServiceBackup,
} from '../../src';
import { repositoryStatements } from '../../src/api';
import { taskOf, usersOf } from '../../src/constructs/backup-bucket-task';
import { manifests, mistakes, one } from './app';
import { built } from './built';

const ROOT = join(__dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/backup-buckets.md'), 'utf8');

/** The text of the blocks of that kind, as one. */
const block = (kind: string): string =>
  [...PAGE.matchAll(new RegExp(`\`\`\`${kind}\n([^\`]+)\`\`\``, 'g'))].map(([, text]) => text).join('\n');

const NAMES = { BackupBucket, BackupOperator, BucketAdmin, Item, Schedule, SecretKey, ServiceBackup };
const run = (text: string, more: object = {}) => {
  const known = { ...NAMES, ...more };
  return new Function(...Object.keys(known), text)(...Object.values(known));
};

beforeAll(built, 60_000);

test('the TypeScript of docs/backup-buckets.md declares operator, bucket and service, without a mistake', () => {
  const app = new App();
  const operatorChart = new Chart(app, 'operator');
  const chart = new Chart(app, 'nextcloud', { namespace: 'nextcloud' });
  run(block('ts bucket'), { operatorChart, chart });
  expect(mistakes(app)).toBe('');
  expect(one(manifests(app), 'Job').metadata.name).toMatch(/^backup-bucket-nextcloud-backup-[0-9a-f]{10}$/);
});

test('its keys that cannot delete make the two users that it names', () => {
  const s3 = run(`${block('ts append-only')}; return s3BackupConfig;`);
  const admin = BucketAdmin.versitygw(SecretKey.pair('versitygw-root', 'AccessKey', 'SecretKey'));
  const props = { bucketName: 'nextcloud-backup', s3, admin };
  const { users } = taskOf(props, usersOf(props), 'jobs');
  expect(users.map(({ name, deletes }) => [name, deletes])).toEqual([
    ['nextcloud-backup', 'locks'],
    ['nextcloud-backup-maintenance', 'everything'],
  ]);
  expect(PAGE).toContain('a second user, `nextcloud-backup-maintenance`');
});

test('its policies are those that users get', () => {
  expect(JSON.parse(block('json everything')).Statement).toEqual(
    repositoryStatements('nextcloud-backup', 'everything'),
  );
  expect(JSON.parse(block('json locks'))).toEqual(repositoryStatements('nextcloud-backup', 'locks').at(-1));
});

test('what it says that the Job prints is what the program prints', () => {
  const directory = join(ROOT, 'src/bucket-maker');
  const program = [
    ...readdirSync(directory).map((file) => join(directory, file)),
    join(ROOT, 'src/constructs/bundle.ts'),
  ]
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const rows = PAGE.split('## When it fails')[1]!
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, , again]) => again === 'yes' || again === 'no');
  expect(rows.length).toBeGreaterThan(12);
  const quoted = rows.flatMap(([, says]) => [...says!.matchAll(/`([^`]+)`/g)].map(([, words]) => words!));
  expect(quoted.filter((words) => !program.includes(words))).toEqual(['CreateContainerConfigError']);
});
