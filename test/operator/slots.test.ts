import { type BackupView, backupView } from '../../src/operator/backup-view';
import { Slots } from '../../src/operator/slots';
import type { JobView, PodView } from '../../src/operator/views';
import { backup, ended, job, node, outcome, pod, success } from './fixtures';

const slots = ({
  backups = [],
  jobs = [],
  pods = [],
  nodes = [node('node-1'), node('node-2')],
}: {
  backups?: BackupView[];
  jobs?: JobView[];
  pods?: PodView[];
  nodes?: ReturnType<typeof node>[];
}) => {
  const mirror = <T>(entries: [string, T][]) => {
    const map = new Map(entries);
    return { values: () => map.values(), get: (key: string) => map.get(key) };
  };
  // Only reading is asked of a mirror here.
  return new Slots({
    backups: mirror(backups.map((view) => [view.uid, view])),
    jobs: mirror(jobs.map((view) => [view.name, view])),
    pods: mirror(pods.map((view) => [view.name, view])),
    nodes: mirror(nodes.map((view) => [view.name, view])),
  } as unknown as ConstructorParameters<typeof Slots>[0]);
};

const deciding = (open: BackupView['open']): BackupView => ({ ...backupView(backup()), uid: 'other', open });

test("a node is taken by another service's Job that runs", () => {
  expect(slots({ jobs: [job('j', 'node-1')], pods: [pod('j')] }).busy('me')).toEqual(['node-1']);
});

test('it is not taken by its own Job', () => {
  expect(slots({ jobs: [job('j', 'node-1')] }).busy('uid-wiki')).toEqual([]);
});

test.each([
  [
    'whose Job has ended',
    job('j', 'node-1', { end: { state: 'Complete', reason: '', message: '' } }),
    pod('j'),
  ],
  ['whose mover has ended', job('j'), ended('j', outcome([success()]))],
])('it is free again when one %s is still there', (_, over, itsPod) => {
  const open = deciding({ job: 'j', node: 'node-1' });
  expect(slots({ backups: [open], jobs: [over], pods: [itsPod] }).busy('me')).toEqual([]);
});

test('it is taken by a decision whose Job is not there yet: after a restart nothing else tells', () => {
  expect(slots({ backups: [deciding({ job: 'j', node: 'node-2' })] }).busy('me')).toEqual(['node-2']);
});

test('a decision and its Job are one', () => {
  const open = deciding({ job: 'j', node: 'node-1' });
  expect(slots({ backups: [open], jobs: [job('j', 'node-1')] }).busy('me')).toEqual(['node-1']);
});

test('what is decided this moment is claimed before any mirror knows, and released', () => {
  const these = slots({});
  these.claim('j', 'node-1', 'other');
  expect(these.busy('me')).toEqual(['node-1']);
  expect(these.busy('other')).toEqual([]);
  these.release('j');
  expect(these.busy('me')).toEqual([]);
});

test.each([
  ['a decision', { backups: [deciding({ job: 'j', node: '' })] }],
  ['a Job', { jobs: [job('j', '')] }],
])('%s that reads no volume counts, and takes no node', (_, these) => {
  expect(slots(these).busy('me')).toEqual(['']);
});

test('a Job on a node that is not ready holds up nobody elsewhere', () => {
  const nodes = [node('node-1', { ready: false })];
  expect(slots({ jobs: [job('j', 'node-1')], nodes }).busy('me')).toEqual([]);
});
