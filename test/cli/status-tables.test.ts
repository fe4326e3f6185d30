import type { ItemStatus, ServiceBackup } from '../../src/api';
import { PLAIN } from '../../src/cli/paint';
import { serviceReport, servicesTable } from '../../src/cli/status-tables';

const view = { timeZone: 'Etc/UTC', paint: PLAIN };

const service = (changes: Partial<ServiceBackup> = {}): ServiceBackup => ({
  apiVersion: 'servicebackup.io/v1alpha1',
  kind: 'ServiceBackup',
  metadata: { name: 'backup', namespace: 'nextcloud', uid: 'u', resourceVersion: '1' },
  spec: {
    backupBucketName: 'nextcloud-backup',
    backups: [
      { type: 'pvc', name: 'data' },
      { type: 'pvc', name: 'config' },
    ],
  },
  ...changes,
});

const data: ItemStatus = {
  type: 'pvc',
  name: 'data',
  state: 'Warning',
  reason: 'UnreadableFiles',
  message: '3 files unreadable (appdata/x, …)',
  placement: {
    node: 'node-2',
    because: 'VolumeAttachment csi-1f0123456789abcdef0123456789abcdef0123456789',
  },
  snapshot: '8a1c02fe99999999',
  bytesAdded: 1_288_490_189,
  files: 412_008,
  seconds: 581,
};
const config: ItemStatus = {
  type: 'pvc',
  name: 'config',
  state: 'Success',
  consistency: 'Live',
  placement: { node: 'node-1', because: 'pod nextcloud-0' },
  snapshot: '51d0b3a9aaaaaaaa',
  bytesAdded: 317_440,
  files: 88,
  seconds: 4,
};
const lastBackup = {
  run: 'r1',
  state: 'Warning',
  startedAt: '2026-11-21T01:30:00Z',
  timestamp: '2026-11-21T01:41:55Z',
} as const;

const trimmed = (text: string) => text.split('\n').map((line) => line.trimEnd());

describe('the status of one service', () => {
  test('tells the run, and item by item where it was read, why there, and what came of it', () => {
    const report = serviceReport(
      service({ status: { state: 'Warning', lastBackup, items: [data, config] } }),
      view,
    );

    expect(trimmed(report)).toEqual([
      'nextcloud/backup   Warning   run of 2026-11-21 01:30, 11 min 55 s, 2 nodes',
      '  ITEM         NODE     WHY                           SNAPSHOT       NEW     FILES     TIME   RESULT',
      '  pvc data     node-2   VolumeAttachment csi-1f012…   8a1c02fe   1.2 GiB   412,008   9m 41s   Warning: 3 files unreadable (appdata/x, …)',
      '  pvc config   node-1   pod nextcloud-0               51d0b3a9   310 KiB        88       4s   Success (Live)',
    ]);
  });

  test('an item without a result has not been backed up yet', () => {
    const report = serviceReport(service(), view);

    expect(trimmed(report)[0]).toBe('nextcloud/backup   Unknown   no run yet');
    expect(
      trimmed(report)
        .slice(2)
        .map((line) => line.replace(/ {2,}/g, '  ')),
    ).toEqual(['  pvc data  not backed up yet', '  pvc config  not backed up yet']);
  });

  test('a run under way is told instead of the last one', () => {
    const run = {
      id: 'r2',
      trigger: 'Schedule',
      startedAt: '2026-11-22T01:30:00Z',
      groups: [],
      done: [],
    } as const;
    const report = serviceReport(
      service({ status: { state: 'Running', lastBackup, run: { ...run, groups: [], done: [] } } }),
      view,
    );

    expect(report).toMatch(/^nextcloud\/backup {3}Running {3}run of 01:30 under way, 0 Jobs so far\n/);
  });

  test('what concerns the whole service stands above the items, what an item says only in its row', () => {
    const message = 'There is no BackupConfig default.';
    const whole = serviceReport(
      service({ status: { state: 'Failed', reason: 'ConfigMissing', message } }),
      view,
    );
    const ofItem = serviceReport(
      service({
        status: { state: 'Warning', reason: 'UnreadableFiles', message: data.message, items: [data] },
      }),
      view,
    );

    expect(whole).toContain(`\n  ${message}\n`);
    expect(ofItem.match(/3 files unreadable/g)).toHaveLength(1);
  });
});

test('all services are a line each', () => {
  const table = servicesTable(
    [
      service({
        status: {
          state: 'Warning',
          reason: 'UnreadableFiles',
          lastBackup,
          nextBackup: '2026-11-22T01:30:44Z',
        },
      }),
      service({ metadata: { name: 'backup', namespace: 'wiki', uid: 'u', resourceVersion: '1' } }),
    ],
    view,
  );

  expect(trimmed(table)).toEqual([
    'SERVICE            STATE     REASON            ITEMS   LAST               NEXT',
    'nextcloud/backup   Warning   UnreadableFiles       2   2026-11-21 01:41   2026-11-22 01:30',
    'wiki/backup        Unknown                         2',
  ]);
});
