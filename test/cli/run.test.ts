import type { ServiceBackup } from '../../src/api';
import { progressOf } from '../../src/cli/run';

const service = (status: ServiceBackup['status']): ServiceBackup => ({
  apiVersion: 'servicebackup.io/v1alpha1',
  kind: 'ServiceBackup',
  metadata: { name: 'backup', namespace: 'wiki', uid: 'u', resourceVersion: '1' },
  spec: { backupBucketName: 'wiki', backups: [{ type: 'pvc', name: 'data' }] },
  status,
});
const last = (run: string) => ({ run, state: 'Success' as const, startedAt: '', timestamp: '' });
const underWay = (id: string) => ({ id, trigger: 'RunNow' as const, startedAt: '', groups: [], done: [] });
const notReady = (message: string) => [
  { type: 'Ready', status: 'False' as const, reason: 'ConfigMissing', message, lastTransitionTime: '' },
];

test('nobody has taken it up yet', () => {
  expect(progressOf(service(undefined), 'v')).toMatchObject({
    state: 'asked',
    words: 'the operator to take it up',
  });
});

test('a run that was under way before is waited for, and is not taken for it', () => {
  expect(progressOf(service({ run: underWay('r1') }), 'v')).toMatchObject({
    state: 'asked',
    words: 'the run under way of wiki/backup',
  });
  expect(progressOf(service({ lastBackup: last('r1') }), 'v')).toMatchObject({ state: 'asked' });
});

test('what keeps it from starting is told, and that it is not forgotten', () => {
  expect(progressOf(service({ conditions: notReady('There is no BackupConfig.') }), 'v')).toEqual({
    state: 'cannot start',
    words: 'There is no BackupConfig. The run is asked for, and starts when that is mended.',
  });
});

test('it is under way from when its value was seen until it is the last run', () => {
  const seen = { seenRunNow: ['v'], lastBackup: last('r1') };
  const began = progressOf(service({ ...seen, run: underWay('r2'), message: 'Job j reads data.' }), 'v');
  expect(began).toEqual({ state: 'under way', id: 'r2', words: 'Job j reads data.' });
  expect(progressOf(service({ ...seen, lastBackup: last('r2') }), 'v', 'r2')).toMatchObject({
    state: 'ended',
  });
});

test('a run that followed at once does not hide its end', () => {
  const next = { seenRunNow: ['w'], lastBackup: last('r2'), run: underWay('r3') };
  expect(progressOf(service(next), 'v', 'r2')).toMatchObject({ state: 'ended' });
  expect(progressOf(service({ seenRunNow: ['w'], lastBackup: last('r3') }), 'v', 'r2')).toMatchObject({
    state: 'ended',
  });
});
