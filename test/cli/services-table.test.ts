import type { ItemStatus, ServiceBackup, ServiceBackupStatus } from '../../src/api';
import { PLAIN } from '../../src/cli/paint';
import { servicesTable } from '../../src/cli/services-table';

const service = (namespace: string, status?: ServiceBackupStatus): ServiceBackup => ({
  apiVersion: 'servicebackup.io/v1alpha1',
  kind: 'ServiceBackup',
  metadata: { name: 'backup', namespace, uid: 'u', resourceVersion: '1' },
  spec: {
    backupBucketName: 'bucket',
    backups: [
      { type: 'pvc', name: 'data' },
      { type: 'pvc', name: 'config' },
    ],
  },
  ...(status && { status }),
});
const copy = (consistency: ItemStatus['consistency']): ItemStatus => ({
  type: 'pvc',
  name: 'data',
  state: 'Success',
  consistency,
});
const lines = (...services: ServiceBackup[]) =>
  servicesTable(services, { timeZone: 'Etc/UTC', paint: PLAIN })
    .split('\n')
    .map((line) => line.trimEnd());

test('all services are a line each', () => {
  const run = {
    run: 'r1',
    state: 'Warning',
    startedAt: '2026-11-21T01:30:00Z',
    timestamp: '2026-11-21T01:41:55Z',
  } as const;
  const nextcloud = service('nextcloud', {
    state: 'Warning',
    reason: 'UnreadableFiles',
    lastBackup: run,
    nextBackup: '2026-11-22T01:30:44Z',
    items: [copy('Live')],
  });

  expect(lines(nextcloud, service('wiki'))).toEqual([
    'SERVICE            STATE            REASON            ITEMS   LAST               NEXT',
    'nextcloud/backup   Warning (Live)   UnreadableFiles       2   2026-11-21 01:41   2026-11-22 01:30',
    'wiki/backup        Unknown                                2',
  ]);
});

test('claims that labels have selected are counted each', () => {
  const selecting = service('wiki', {
    selected: ['data-0', 'data-1', 'data-2'].map((name) => ({ name, by: 'app=wiki' })),
  });
  selecting.spec.backups = [{ type: 'pvc', selector: { matchLabels: { app: 'wiki' } } }];
  expect(lines(selecting)[1]?.split(/ {2,}/)[2]).toBe('3');
});

test.each([
  ['Success', ['PointInTime', 'Live'], 'Success (Live)'],
  ['Success', ['Application', 'PointInTime'], 'Success (PointInTime)'],
  ['Success', [undefined], 'Success'],
  ['Failed', ['Live'], 'Failed'],
  ['Running', ['Live'], 'Running'],
] as const)('%s with copies %j is shown as %3$s', (state, worths, shown) => {
  const [, line] = lines(service('wiki', { state, items: worths.map(copy) }));

  expect(line?.split(/ {2,}/)[1]).toBe(shown);
});
