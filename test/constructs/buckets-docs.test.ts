import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { parse } from 'yaml';
import { REASON_GROUPS, REASONS } from '../../src/api';
import { BackupConfig, Item, Schedule, SecretKey, ServiceBackup } from '../../src/constructs';

const PAGE = readFileSync(join(__dirname, '../../docs/buckets.md'), 'utf8');

/** The text of the only block of that kind. */
function block(kind: string): string {
  const found = [...PAGE.matchAll(new RegExp(`\`\`\`${kind}\n([^\`]+)\`\`\``, 'g'))];
  expect([kind, found.length]).toEqual([kind, 1]);
  return found[0]![1]!;
}

test('the TypeScript of docs/buckets.md declares what its YAML says', () => {
  const chart = new Chart(new App(), 'nextcloud', { namespace: 'nextcloud' });
  const settings = new Function('SecretKey', `return { ${block('ts config')} }`)(SecretKey);
  new BackupConfig(chart, 'config', {
    schedule: Schedule.daily({ hour: 1 }),
    s3BackupConfig: { s3Host: 's3.example.net', s3Credentials: SecretKey.pair('s3-backup', 'A', 'S') },
    resticPasswordSecret: SecretKey.of('restic-pw', 'pw'),
    ...settings,
  });
  new Function('ServiceBackup', 'Item', 'chart', block('ts item'))(ServiceBackup, Item, chart);

  const [config, backup] = ['BackupConfig', 'ServiceBackup'].map((kind) =>
    chart.toJson().find((object) => object.kind === kind),
  );
  expect(config.spec.serviceBackup).toMatchObject(parse(block('yaml config')));
  expect(backup.spec).toEqual(parse(block('yaml item')));
});

test('docs/buckets.md names every reason of a bucket, and none that there is not', () => {
  const named = new Set(
    [...PAGE.matchAll(/`([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+)`/g)].map(([, name]) => name!),
  );
  const group = REASON_GROUPS.find(({ title }) => title === "The service's bucket");
  expect(Object.keys(group!.reasons).filter((reason) => !named.has(reason))).toEqual([]);
  expect([...named].filter((name) => !(name in REASONS))).toEqual([]);
});
