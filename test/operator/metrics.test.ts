import type { ServiceBackupStatus } from '../../src/api/service-backup';
import { backupView } from '../../src/operator/backup-view';
import { metricsOf } from '../../src/operator/metrics';
import { backup, item, run, written } from './fixtures';

const ran = backup(['a', 'b'], {
  status: {
    nextBackup: '2026-11-22T01:30:00Z',
    periodSeconds: 86400,
    consecutiveFailures: 2,
    lastBackup: {
      run: 'r',
      state: 'Warning',
      startedAt: '2026-11-21T01:30:00.000Z',
      timestamp: '2026-11-21T01:31:40.500Z',
    },
    items: [
      item('a', { bytes: 5, bytesAdded: 1, files: 3, lastSuccess: '2026-11-21T01:30:10Z' }),
      item('b', { bytes: 7, bytesAdded: 2, files: 4, lastSuccess: '2026-11-20T01:30:10Z' }),
    ],
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Ready',
        message: '',
        lastTransitionTime: '2026-11-20T12:00:00Z',
      },
    ],
  },
});
const scraped = (of = ran, seen = true) => {
  const pieces = metricsOf(
    () => [backupView(of)],
    () => seen,
  );
  const text = [...pieces].join('');
  return text.split('\n').filter((line) => line.startsWith('service_backup_'));
};
const value = async (metric: string, status: ServiceBackupStatus) =>
  scraped(backup(['a', 'b'], { status }))
    .find((line) => line.startsWith(`service_backup_${metric}{`))
    ?.split(' ')[1];

test('what is scraped are the figures of each ServiceBackup, by namespace and name', async () => {
  expect(scraped()).toEqual([
    'service_backup_operator_ready 1',
    'service_backup_last_success_timestamp_seconds{namespace="wiki",name="backup"} 1795138210',
    'service_backup_last_state{namespace="wiki",name="backup"} 1',
    'service_backup_last_duration_seconds{namespace="wiki",name="backup"} 100.5',
    'service_backup_next_run_timestamp_seconds{namespace="wiki",name="backup"} 1795311000',
    'service_backup_running{namespace="wiki",name="backup"} 0',
    'service_backup_bytes{namespace="wiki",name="backup"} 12',
    'service_backup_bytes_added{namespace="wiki",name="backup"} 3',
    'service_backup_files{namespace="wiki",name="backup"} 7',
    'service_backup_consecutive_failures{namespace="wiki",name="backup"} 2',
    'service_backup_retention_held{namespace="wiki",name="backup"} 0',
    'service_backup_repository_damaged{namespace="wiki",name="backup"} 0',
    'service_backup_period_seconds{namespace="wiki",name="backup"} 86400',
    'service_backup_declared_timestamp_seconds{namespace="wiki",name="backup"} 1795176000',
    'service_backup_ready{namespace="wiki",name="backup"} 1',
    'service_backup_suspended{namespace="wiki",name="backup"} 0',
  ]);
});

test('an operator that has not seen the cluster says so', async () => {
  expect(scraped(ran, false)).toContain('service_backup_operator_ready 0');
});

test('a run that has settled an item still tells of it', async () => {
  const { items, ...rest } = ran.status!;
  const status = { ...rest, items: items!.slice(1), run: run([], items!.slice(0, 1)) };
  expect(await value('bytes', status)).toBe('12');
  expect(await value('last_success_timestamp_seconds', status)).toBe('1795138210');
});

test('held retention, damage and suspension are told', async () => {
  const { nextBackup: _, ...status } = ran.status!;
  const heldRetention = { run: 'r', reason: 'SuspiciousShrink' };
  const check = {
    timestamp: written('01:30'),
    state: 'Failed' as const,
    reason: 'RepositoryDamaged',
    part: 1,
    parts: 1,
  };
  expect(await value('retention_held', { ...status, heldRetention })).toBe('1');
  expect(await value('repository_damaged', { ...status, repository: { id: 'x', check } })).toBe('1');
  expect(await value('suspended', status)).toBe('1');
});

test('a ServiceBackup without a status is not called ready', async () => {
  expect(await value('ready', {})).toBeUndefined();
});

test('an item that never succeeded leaves no success to boast of', async () => {
  const partly = backup(['a', 'new'], { status: ran.status });
  expect(scraped(partly).join()).not.toContain('last_success_timestamp_seconds{');
});

describe('selectors', () => {
  const spec = { backups: [{ type: 'pvc' as const, selector: { matchLabels: { app: 'wiki' } } }] };
  const lastSuccess = (status: ServiceBackupStatus) =>
    scraped(backup([], { spec, status })).find((line) => line.includes('last_success_timestamp_seconds{'));
  const { items } = ran.status!;
  const selected = ['a', 'b'].map((name) => ({ name, by: 'app=wiki' }));

  test('have succeeded when what they found has', () => {
    expect(lastSuccess({ items, selected })).toMatch(/ 1795138210$/);
    expect(lastSuccess({ items, selected: [...selected, { name: 'c', by: 'app=wiki' }] })).toBeUndefined();
  });

  test('that were not asked yet, or found nothing, have no success to boast of', () => {
    expect(lastSuccess({})).toBeUndefined();
    const failed = item('app=wiki', { state: 'Failed', reason: 'NothingSelected' });
    expect(lastSuccess({ items: [...items!, failed], selected })).toBeUndefined();
  });
});

test('a ServiceBackup that is gone is gone from what is scraped', () => {
  const all = [backupView(ran)];
  const scrape = () =>
    [
      ...metricsOf(
        () => all,
        () => true,
      ),
    ].join('');
  expect(scrape()).toContain('namespace="wiki"');
  all.pop();
  expect(scrape()).not.toContain('namespace="wiki"');
});

test('every metric says what it is', () => {
  const text = [
    ...metricsOf(
      () => [],
      () => true,
    ),
  ].join('');
  expect(text.split('\n').slice(0, 3)).toEqual([
    '# HELP service_backup_operator_ready 1 while the operator sees the cluster.',
    '# TYPE service_backup_operator_ready gauge',
    'service_backup_operator_ready 1',
  ]);
});
