import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { BackupBucket, BackupOperator, BucketAdmin, SecretKey } from '../../src';
import { manifests } from './app';
import { built } from './built';

const PAGE = join(__dirname, '..', '..', 'docs', 'rights.md');

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/** A rule as the page writes it: a line for each resource. */
const inWords = ({ apiGroups, resources, resourceNames, verbs }: Rule): string[] =>
  apiGroups.flatMap((group) =>
    resources.map((resource) => {
      const [kind, ...sub] = resource.split('/');
      const of = [[kind, group].filter(Boolean).join('.'), ...sub].join('/');
      const named = resourceNames ? ` named \`${resourceNames.join('`, `')}\`` : '';
      return `\`${of}\`${named}: ${verbs.join(', ')}`;
    }),
  );

beforeAll(built, 60_000);

test('docs/rights.md has a row for each right that is synthesised, and none for another', () => {
  const app = new App();
  const chart = new Chart(app, 'operator');
  new BackupOperator(chart, 'operator');
  const pair = (secret: string) => SecretKey.pair(secret, 'AccessKey', 'SecretKey');
  new BackupBucket(chart, 'bucket', {
    bucketName: 'wiki-backup',
    s3: { s3Host: 's3.example.net', s3Credentials: pair('s3-{bucket}') },
    admin: BucketAdmin.versitygw(pair('versitygw-root')),
  });
  const roles = manifests(app).filter(({ kind }) => ['Role', 'ClusterRole'].includes(kind));
  const synthesised = roles.map(({ kind, metadata, rules }) => [
    `${kind} \`${metadata.name.replace(/wiki-backup-[0-9a-f]{10}$/, '<bucket>-<hash>')}\``,
    rules.flatMap(inWords).sort(),
  ]);

  const sections = readFileSync(PAGE, 'utf8').split(/^## /m).slice(1);
  const written = sections.flatMap((section) => {
    const [heading, ...lines] = section.split('\n');
    const rows = lines.map((line) => line.split('|').map((cell) => cell.trim()));
    const rights = rows.filter(([, right]) => right?.startsWith('`'));
    for (const [, right, , purpose, reach] of rights)
      expect([right, purpose !== '' && reach !== '']).toEqual([right, true]);
    const role = /(Cluster)?Role `[^`]+`$/.exec(heading!)?.[0];
    return role ? [[role, rights.map(([, right, verbs]) => `${right}: ${verbs}`).sort()]] : [];
  });
  expect(Object.fromEntries(written)).toEqual(Object.fromEntries(synthesised));
});
