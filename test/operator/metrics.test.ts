import { backupView } from '../../src/operator/backup-view';
import { metricsOf } from '../../src/operator/metrics';
import { backup, item } from './fixtures';

const ran = backup(['a', 'b'], {
  status: {
    nextBackup: '2026-11-22T01:30:00Z',
    lastBackup: {
      run: 'r',
      state: 'Warning',
      startedAt: '2026-11-21T01:30:00.000Z',
      timestamp: '2026-11-21T01:31:40.500Z',
    },
    items: [
      item('a', { bytes: 5, bytesAdded: 1, lastSuccess: '2026-11-21T01:30:10Z' }),
      item('b', { bytes: 7, bytesAdded: 2, lastSuccess: '2026-11-20T01:30:10Z' }),
    ],
  },
});

test('what is scraped are the figures of each ServiceBackup, by namespace and name', async () => {
  const text = await metricsOf(() => [backupView(ran)]).metrics();
  expect(text.split('\n').filter((line) => line.startsWith('service_backup_'))).toEqual([
    'service_backup_last_success_timestamp_seconds{namespace="wiki",name="backup"} 1795138210',
    'service_backup_last_state{namespace="wiki",name="backup"} 1',
    'service_backup_last_duration_seconds{namespace="wiki",name="backup"} 100.5',
    'service_backup_next_run_timestamp_seconds{namespace="wiki",name="backup"} 1795311000',
    'service_backup_running{namespace="wiki",name="backup"} 0',
    'service_backup_bytes{namespace="wiki",name="backup"} 12',
    'service_backup_bytes_added{namespace="wiki",name="backup"} 3',
  ]);
});

test('an item that never succeeded leaves no success to boast of', async () => {
  const partly = backup(['a', 'new'], { status: ran.status });
  const text = await metricsOf(() => [backupView(partly)]).metrics();
  expect(text).not.toContain('last_success_timestamp_seconds{');
});

test('a ServiceBackup that is gone is gone from what is scraped', async () => {
  const all = [backupView(ran)];
  const registry = metricsOf(() => all);
  await registry.metrics();
  all.pop();
  expect(await registry.metrics()).not.toContain('namespace="wiki"');
});
