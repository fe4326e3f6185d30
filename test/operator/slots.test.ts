import { type BackupView, backupView } from '../../src/operator/backup-view';
import { Slots } from '../../src/operator/slots';
import type { JobView, PodView } from '../../src/operator/views';
import { backup, ended, job, node, outcome, pod, success } from './fixtures';

const slots = ({
  backups = [],
  jobs = [],
  pods = [],
  nodes = [node('node-1'), node('node-2')],
  claim,
}: {
  backups?: BackupView[];
  jobs?: JobView[];
  pods?: PodView[];
  nodes?: ReturnType<typeof node>[];
  /** That buckets are copied to. */
  claim?: string;
}) => {
  // Only reading is asked of a mirror here.
  const seen = {
    jobs: { values: () => jobs },
    backups: {
      values: () => backups,
      by: (_: string, name: string) => backups.filter(({ open }) => open?.job === name),
    },
    pods: { by: (_: string, name: string) => pods.filter((view) => view.job === name) },
    nodes: { get: (name: string) => nodes.find((view) => view.name === name) },
    jobNamed: (name: string) => jobs.find((view) => view.name === name),
    scratchClaim: (name: string) => (name === 'default' ? claim : undefined),
  };
  return new Slots(seen as unknown as ConstructorParameters<typeof Slots>[0]);
};

const deciding = (open: BackupView['open']): BackupView => ({ ...backupView(backup()), uid: 'other', open });

test("a node is taken by another service's Job that runs", () => {
  expect(slots({ jobs: [job('j', 'node-1')], pods: [pod('j')] }).turns.busy('me')).toEqual(['node-1']);
});

test('it is not taken by its own Job', () => {
  expect(slots({ jobs: [job('j', 'node-1')] }).turns.busy('uid-wiki')).toEqual([]);
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
  expect(slots({ backups: [open], jobs: [over], pods: [itsPod] }).turns.busy('me')).toEqual([]);
});

test('it is taken by a decision whose Job is not there yet: after a restart nothing else tells', () => {
  expect(slots({ backups: [deciding({ job: 'j', node: 'node-2' })] }).turns.busy('me')).toEqual(['node-2']);
});

test('a decision and its Job are one', () => {
  const open = deciding({ job: 'j', node: 'node-1' });
  expect(slots({ backups: [open], jobs: [job('j', 'node-1')] }).turns.busy('me')).toEqual(['node-1']);
});

test('what is decided this moment is claimed before any mirror knows, and released', () => {
  const these = slots({});
  these.turns.claim('j', { node: 'node-1', owner: 'other' });
  expect(these.turns.busy('me')).toEqual(['node-1']);
  expect(these.turns.busy('other')).toEqual([]);
  these.turns.release('j');
  expect(these.turns.busy('me')).toEqual([]);
});

test.each([
  ['a decision', { backups: [deciding({ job: 'j', node: '' })] }],
  ['a Job', { jobs: [job('j', '')] }],
])('%s that reads no volume counts, and takes no node', (_, these) => {
  expect(slots(these).turns.busy('me')).toEqual(['']);
});

const buckets = { job: 'j', node: '', buckets: true as const };
test.each([
  ['a decision', { backups: [deciding(buckets)] }, 'scratch/copies'],
  ['a Job', { jobs: [job('j', '', { scratch: 'copies' })] }, 'scratch/copies'],
  ['a Job that was made before the claim was named', { jobs: [job('j', '', { scratch: '' })] }, ''],
])('%s that reads buckets takes the claim that it copies to', (_, these, place) => {
  expect(slots({ ...these, claim: 'copies' }).turns.busy('me')).toEqual([place]);
});

test("buckets without a claim are in nobody's way", () => {
  expect(slots({ backups: [deciding(buckets)] }).turns.busy('me')).toEqual(['']);
});

test('a Job on a node that is not ready holds up nobody elsewhere', () => {
  const nodes = [node('node-1', { ready: false })];
  expect(slots({ jobs: [job('j', 'node-1')], nodes }).turns.busy('me')).toEqual([]);
});

test('a Job that comes, ends and goes is followed, in whatever order it is seen', () => {
  const jobs: JobView[] = [];
  const pods: PodView[] = [];
  const backups: BackupView[] = [];
  const these = slots({ jobs, pods, backups });
  const now = (change: () => void) => {
    change();
    these.see('j');
    return these.turns.busy('me');
  };
  expect(now(() => backups.push(deciding({ job: 'j', node: 'node-1' })))).toEqual(['node-1']);
  expect(now(() => jobs.push(job('j', 'node-1', { owner: 'other' })))).toEqual(['node-1']);
  expect(now(() => pods.push(pod('j')))).toEqual(['node-1']);
  expect(now(() => pods.splice(0, 1, ended('j', outcome([success()]))))).toEqual([]);
  expect(now(() => pods.splice(0, 1))).toEqual(['node-1']);
  expect(now(() => jobs.splice(0, 1))).toEqual(['node-1']);
  expect(now(() => backups.splice(0, 1))).toEqual([]);
});
