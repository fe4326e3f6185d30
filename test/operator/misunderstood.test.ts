import type { BackupConfig, ServiceBackup } from '../../src/api/kinds';
import { misfitOf } from '../../src/api/misfit';
import { backupView } from '../../src/operator/backup-view';
import { byName } from '../../src/operator/by-name';
import { configView } from '../../src/operator/mirrors';
import { misunderstood } from '../../src/operator/misunderstood';
import { plan } from '../../src/operator/plan';
import { jobView } from '../../src/operator/views';
import { at, backup, config, group, item, observed, run } from './fixtures';

const odd = (spec: unknown, status?: unknown) => ({ ...backup(), spec, status }) as ServiceBackup;
const { spec } = backup();
const named = (changes: object) => odd({ ...spec, backups: [{ type: 'pvc', name: 'data', ...changes }] });

test.each<[string, ServiceBackup, string]>([
  ['no spec', odd(undefined), 'spec is absent (expected object)'],
  ['a spec of null', odd(null), 'spec is null (expected object)'],
  ['no items', odd({ ...spec, backups: undefined }), 'spec.backups is absent (expected array)'],
  ['an item of null', odd({ ...spec, backups: [null] }), 'spec.backups.0 is null (expected object)'],
  [
    'an item of another type',
    named({ type: 'dump' }),
    "spec.backups.0.type is 'dump' (one of pvc, s3 is meant)",
  ],
  ['a name of two parts', named({ name: 'a/b' }), "spec.backups.0.name is 'a/b' (expected string to match"],
  [
    'an item that is nothing',
    named({ name: undefined }),
    'spec.backups.0 has both a name and a selector, or neither',
  ],
  [
    'a bucket of another namespace',
    named({ type: 's3', namespace: 'blog' }),
    'spec.backups.0 is a bucket with a selector or a namespace',
  ],
  [
    'labels that are none',
    named({ name: undefined, selector: { matchLabels: [] } }),
    'matchLabels is a list of 0 (a set of labels is meant)',
  ],
  ['a flag in words', odd({ ...spec, suspend: 'no' }), "spec.suspend is 'no' (expected boolean)"],
  ['a schedule of a megabyte', odd({ ...spec, schedule: '* '.repeat(2 ** 19) }), 'spec.schedule is '],
  ['a status that is text', odd(spec, 'fine'), "status is 'fine' (expected object)"],
  ['a run that is a list', odd(spec, { run: [] }), 'status.run is a list of 0 (expected object)'],
  [
    'a date that is none',
    odd(spec, { nextBackup: 'soon' }),
    "status.nextBackup is 'soon' (expected string to match 'date-time' format)",
  ],
  [
    'a state that is a member of every object',
    odd(spec, { state: 'constructor' }),
    "status.state is 'constructor' (one of Running, Success, Warning, Failed is meant)",
  ],
  ['thousands of items', odd(spec, { items: Array(9000).fill(item('data')) }), 'status has '],
])('%s is not understood, and does not pass for anything', (_, hostile, what) => {
  const misfit = misfitOf(hostile)!;
  expect(misfit.what).toContain(what);
  expect(misfit.what.length).toBeLessThan(300);
  expect(misunderstood(hostile, misfit, at('02:00')).words).toContain('cannot be understood');
  expect(backupView(hostile)).toMatchObject({ name: 'backup', metrics: { ready: false, running: false } });
});

test.each<[string, ServiceBackup]>([
  ['an ordinary declaration', backup()],
  [
    'one with a status',
    backup(['data'], { status: { items: [item('data')], run: run([group('j', 'n', ['data'])]) } }),
  ],
  ['fields that are not known here', odd({ ...spec, later: { x: 1 } }, { later: [] })],
  ['as many characters as are allowed, of two units each', odd({ ...spec, runNow: '😀'.repeat(128) })],
  ["a claim named 'constructor'", named({ name: 'constructor' })],
])('%s is understood', (_, one) => {
  expect(misfitOf(one)).toBeUndefined();
});

test('a spec that is not understood is told in status, with what stood there kept', () => {
  const status = { items: [item('data')], repository: { id: 'repo' } };
  const hostile = odd({ ...spec, backups: 7 }, status);
  const told = misunderstood(hostile, misfitOf(hostile)!, at('02:00'));
  expect(told.status).toMatchObject({ ...status, state: 'Failed', reason: 'ConfigInvalid' });
  expect(told.status?.conditions?.[0]).toMatchObject({
    type: 'Ready',
    status: 'False',
    reason: 'ConfigInvalid',
  });
});

test('a status that is not understood is told in an event, and not written over', () => {
  const hostile = odd(spec, { run: 7 });
  const told = misunderstood(hostile, misfitOf(hostile)!, at('02:00'));
  expect(told.status).toBeUndefined();
  expect(told.event).toMatchObject({ type: 'Warning', reason: 'ConfigInvalid' });
});

test('whoever holds a bucket holds it though it is no longer understood', () => {
  expect(backupView(odd({ ...spec, backups: 7 })).bucket).toBe('wiki-backup');
});

test('a BackupConfig that is not understood keeps its services from running, and says why', () => {
  const broken = { ...config(), spec: { serviceBackup: { schedule: 5 } } } as unknown as BackupConfig;
  const view = configView(broken);
  if (!('misfit' in view)) throw new Error('it is understood');
  const made = plan(observed(backup(), { config: undefined, configMisfit: view.misfit }), at('02:00'));
  expect(made.status).toMatchObject({ state: 'Failed', reason: 'ConfigInvalid' });
  expect(made.status.message).toContain("BackupConfig 'default' cannot be understood: spec.serviceBackup.");
});

test('of a BackupConfig only the fields are kept that are known', () => {
  const more = { ...config().spec, deep: JSON.parse('['.repeat(9000) + ']'.repeat(9000)) };
  expect(configView({ ...config(), spec: more })).toMatchObject({ config: { spec: config().spec } });
  expect(configView({ ...config(), spec: more })).not.toHaveProperty('config.spec.deep');
});

test('a name that every object knows is only a name', () => {
  expect(byName([['a', 1]]).constructor).toBeUndefined();
});

test.each(['x', '/', 'a/b/c', 'a/', ''])("a Job whose annotation names '%s' is no ServiceBackup's", (key) => {
  const annotations = { 'servicebackup.io/service-backup-name': key };
  expect(jobView({ metadata: { name: 'j', namespace: 'jobs', annotations } }).ownerKey).toBe('jobs/j');
});
