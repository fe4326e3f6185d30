import type { ServiceBackupSettings } from '../../src/api/backup-config';
import type { Outcome } from '../../src/api/outcome';
import type { ServiceBackupStatus } from '../../src/api/service-backup';
import { plan } from '../../src/operator/plan';
import {
  actionsOf,
  at,
  backup,
  config,
  ended,
  group,
  item,
  job,
  node,
  observed,
  outcome,
  pod,
  run,
  serviceS3,
  success,
  written,
} from './fixtures';

type Seen = Parameters<typeof observed>[1];
const settled: ServiceBackupStatus = { scheduledThrough: written('01:30'), run: run() };
const own = { ...serviceS3, s3Credentials: { ...serviceS3.s3Credentials, secretName: 'keys-{bucket}' } };

const planned = (
  items: string[],
  status: ServiceBackupStatus = {},
  {
    settings,
    clock = '01:31',
    ...seen
  }: Seen & { settings?: Partial<ServiceBackupSettings>; clock?: string } = {},
) =>
  plan(
    observed(backup(items, { status: { ...settled, ...status } }), {
      config: config({ s3ServiceConfig: serviceS3, ...settings }),
      ...seen,
    }),
    at(clock),
  );
const groups = ({ status }: ReturnType<typeof plan>) =>
  (status.run?.groups ?? []).map(({ node: on, items }) => [on, ...items]);
const created = ({ actions }: ReturnType<typeof plan>) =>
  actionsOf(actions, 'createJob').map((action) => action.job);
const ends = ({ status }: ReturnType<typeof plan>) =>
  (status.run?.done ?? status.items ?? []).map(({ name, state, reason }) => [name, state, reason]);
const endedAs = (report: Outcome) => ({
  jobs: [job('j1', '', { scratch: '' })],
  pods: { j1: ended('j1', report) },
});
const reading = (...items: string[]) => ({ run: run([group('j1', '', items)]) });

describe('buckets', () => {
  test('are read together by a Job without a node, and nobody looks for volumes', () => {
    const made = planned(['s3:files', 's3:previews']);
    expect(made.needsPlaces).toBe(false);
    expect(made.status.run?.groups).toMatchObject([
      {
        node: '',
        items: ['s3:files', 's3:previews'],
        because: ['bucket of https://s3.services.example.net', 'bucket of https://s3.services.example.net'],
      },
    ]);
    expect(created(made)).toMatchObject([{ buckets: [{ secret: 'service-s3' }, {}], retentionOf: [] }]);
    expect(made.status.message).toMatch(/^Job sb-\S+ reads s3:files, s3:previews\.$/);
  });

  test('are read by a Job each where each has a Secret of its own', () => {
    const made = planned(['s3:files', 's3:previews'], {}, { settings: { s3ServiceConfig: own } });
    expect(created(made)).toMatchObject([
      { step: { items: ['s3:files'] }, buckets: [{ secret: 'keys-files' }] },
    ]);
    expect(created(made)[0]).not.toHaveProperty('retentionOf', expect.anything());
  });

  test('of more than 20 some are left to the next Job', () => {
    const names = Array.from({ length: 21 }, (_, n) => `s3:bucket-${n}`);
    expect(created(planned(names))).toMatchObject([{ step: { items: names.slice(0, 20) } }]);
  });

  test('are read after volumes of which nothing is known, and before those that take less long', () => {
    const places = { places: { data: 'node-1' } };
    expect(groups(planned(['s3:files', 'data'], {}, places))).toEqual([['node-1', 'data']]);
    const items = [item('data', { seconds: 5 }), item('s3:files', { seconds: 50 })];
    expect(groups(planned(['data', 's3:files'], { items }, places))).toEqual([['', 's3:files']]);
  });

  test('wait for no node that is not ready, and for none that is taken', () => {
    const nodes = [node('node-1', { ready: false })];
    const places = { data: 'node-1' };
    expect(groups(planned(['data', 's3:files'], {}, { places, nodes }))).toEqual([['', 's3:files']]);
    const taken = planned(['data', 's3:files'], {}, { places, busy: ['node-1'] });
    expect(groups(taken)).toEqual([['', 's3:files']]);
  });

  test('have retention with the last group, whichever that is', () => {
    const places = { places: { data: 'node-1' } };
    const read = (name: string) => ({ run: run([], [item(name, { snapshot: 'a1' })]) });
    expect(created(planned(['data', 's3:files'], read('data'), places))).toMatchObject([
      { buckets: [{}], retentionOf: [{ name: 'data', snapshot: 'a1' }] },
    ]);
    expect(created(planned(['data', 's3:files'], read('s3:files'), places))).toMatchObject([
      { placements: [{}], retentionOf: [{ name: 's3:files', snapshot: 'a1' }] },
    ]);
  });

  test('do not take retention from a volume that is tried again later: it is looked where that is', () => {
    const retry = {
      name: 'data',
      attempts: 1,
      at: written('01:32'),
      reason: 'StorageUnavailable',
      message: 'x',
    };
    const status = { run: { ...run(), retries: [retry] } };
    expect(planned(['data', 's3:files'], status).needsPlaces).toBe(true);
    const [made] = created(planned(['data', 's3:files'], status, { places: { data: 'node-1' } }));
    expect(made).not.toHaveProperty('retentionOf');
  });
});

describe('a turn', () => {
  test.each([
    ['as many Jobs run as may', ['', 'node-1'], undefined, ''],
    ['another service copies to their claim', ['scratch/copies'], { claimName: 'copies' }, 'scratch/copies'],
  ])('is waited for while %s', (_, busy, scratchVol, place) => {
    const made = planned(['s3:files'], {}, { busy, settings: { scratchVol } });
    expect(made.turn).toMatchObject({ nodes: [place], limit: 2 });
    expect(created(made)).toEqual([]);
  });

  test('is not waited for beside Jobs that copy elsewhere', () => {
    for (const busy of ['', 'scratch/other', 'node-1'])
      expect(
        created(
          planned(['s3:files'], {}, { busy: [busy], settings: { scratchVol: { claimName: 'copies' } } }),
        ),
      ).toHaveLength(1);
    for (const busy of ['scratch/copies', ''])
      expect(created(planned(['s3:files'], {}, { busy: [busy] }))).toHaveLength(1);
  });
});

describe('a bucket that may not be read', () => {
  test('fails alone when no rule lets the namespace back it up', () => {
    const buckets = [{ backup: ['*'], service: ['{namespace}-*'] }];
    const first = planned(
      ['s3:wiki-files', 's3:secrets', 'data'],
      {},
      { settings: { buckets }, places: { data: 'node-1' } },
    );
    expect(groups(first)).toEqual([['node-1', 'data']]);
    const done = { run: run([], [item('data'), item('s3:wiki-files')]) };
    const last = planned(['s3:wiki-files', 's3:secrets', 'data'], done, { settings: { buckets } });
    expect(last.status.items?.find(({ name }) => name === 's3:secrets')).toMatchObject({
      type: 's3',
      state: 'Failed',
      reason: 'BucketNotAllowed',
      message:
        "BackupConfig 'default' does not let namespace wiki back up bucket 'secrets', but 'wiki-*': take the item out, or let the administrator allow it by 'service' of 'buckets'.",
    });
  });

  test('is every one where rules name none for services', () => {
    const made = planned(['s3:files'], {}, { settings: { buckets: [{ backup: ['*'] }] } });
    expect(ends(made)).toEqual([['s3:files', 'Failed', 'BucketNotAllowed']]);
    expect(made.status.lastBackup?.message).toContain("bucket 'files', nor any other: take the item out");
  });

  test('is that of the repository itself, unless another system has one of that name', () => {
    const here = { ...serviceS3, s3Host: 's3.example.net' };
    expect(planned(['s3:wiki-backup'], {}, { settings: { s3ServiceConfig: here } }).status).toMatchObject({
      reason: 'BucketNotAllowed',
      message:
        "Bucket 'wiki-backup' holds the repository of this ServiceBackup, which would grow by itself with each run: take the item out.",
    });
    expect(groups(planned(['s3:wiki-backup']))).toEqual([['', 's3:wiki-backup']]);
  });

  test('fails alone when nobody said on which S3 system it is', () => {
    const settings = { s3ServiceConfig: undefined };
    const places = { places: { data: 'node-1' } };
    expect(groups(planned(['s3:files', 'data'], {}, { settings, ...places }))).toEqual([['node-1', 'data']]);
    const made = planned(['s3:files', 'data'], { run: run([], [item('data')]) }, { settings });
    expect(made.status.lastBackup).toMatchObject({
      state: 'Failed',
      reason: 'ServiceS3Missing',
      message:
        "1 of 2 items (s3:files): BackupConfig 'default' does not say on which S3 system bucket 'files' is: set s3ServiceConfig there, or take the item out.",
    });
  });
});

describe('the end of their Job', () => {
  test('is told of each bucket, with what the mover says', () => {
    const message = 'Old versions and ACLs are not part of it.';
    const made = planned(
      ['s3:files'],
      reading('s3:files'),
      endedAs(outcome([{ ...success(), message }], { retention: { kept: 1, forgotten: 0 } })),
    );
    expect(made.status.items).toMatchObject([
      {
        type: 's3',
        name: 's3:files',
        state: 'Success',
        message,
        consistency: 'Live',
        placement: { node: '' },
        job: 'j1',
      },
    ]);
    expect(made.status.lastBackup).toMatchObject({ state: 'Success' });
  });

  test('is read back from the repository when nobody knows it', () => {
    const lost = { jobs: [job('j1', '', { end: { state: 'Complete', reason: '', message: '' } })] };
    const made = planned(['s3:files'], reading('s3:files'), lost);
    expect(ends(made)).toEqual([['s3:files', 'Unknown', 'OutcomeLost']]);
    expect(made.status.run?.maintenance).toMatchObject([{ recall: ['s3:files'] }]);
  });

  test('is that of the node that its pod was on', () => {
    const made = planned(['s3:files'], reading('s3:files'), {
      jobs: [job('j1', '')],
      pods: { j1: pod('j1', 'node-9') },
    });
    expect(made.status.lastBackup).toMatchObject({
      reason: 'NodeLost',
      message:
        'Node node-9 was removed while Job j1 read its buckets: bring the node back or move the service; the next run starts anew.',
    });
  });

  test('says what needs longer', () => {
    const late = job('j1', '', { end: { state: 'Failed', reason: 'DeadlineExceeded', message: '' } });
    const made = planned(['s3:files'], reading('s3:files'), { jobs: [late] });
    expect(made.status.lastBackup?.message).toMatch(
      /raise jobSpec.deadlineSeconds in BackupConfig if the buckets need longer/,
    );
  });

  test('that failed and was tried again with success leaves nothing behind', () => {
    const jobs = [job('j0', '', { scratch: '', end: { state: 'Failed', reason: '', message: '' } })];
    const made = planned(
      ['s3:files'],
      { run: undefined, items: [item('s3:files', { job: 'j1' })] },
      { jobs },
    );
    expect(actionsOf(made.actions, 'deleteJob')).toMatchObject([{ name: 'j0' }]);
  });

  test('that found an empty listing keeps what the bucket held, and waits for an acknowledgement', () => {
    const measured = { bytes: 10, files: 2, snapshot: 'a1', lastSuccess: '2026-11-20T01:31:00Z' };
    const empty = {
      state: 'Failed' as const,
      reason: 'NoObjects' as const,
      message: 'The listing is empty.',
    };
    const before = { ...reading('s3:files'), items: [item('s3:files', measured)] };
    const { status } = planned(['s3:files'], before, endedAs(outcome([empty])));
    expect(status.items).toMatchObject([
      { reason: 'NoObjects', ...measured, shrunkFrom: { bytes: 10, files: 2 } },
    ]);
    expect(status.heldRetention?.message).toContain('s3:files (from 10 bytes in 2 files to none)');
    const fresh = planned(['s3:files'], reading('s3:files'), endedAs(outcome([empty])));
    expect(fresh.status.heldRetention).toMatchObject({ reason: 'NoObjects' });
  });
});

describe('a decision whose Job is not there', () => {
  const again = (seen: Parameters<typeof planned>[2] = {}) =>
    planned(['s3:files', 's3:previews'], reading('s3:files', 's3:previews'), seen);

  test('is carried out', () => {
    expect(created(again())).toMatchObject([{ step: { job: 'j1' }, buckets: [{}, {}] }]);
  });

  test.each([
    ['each bucket has a Secret of its own now', { settings: { s3ServiceConfig: own } }, ['s3:files']],
    [
      'one bucket is not allowed any more',
      { settings: { buckets: [{ backup: ['*'], service: ['files'] }] } },
      ['s3:files'],
    ],
  ])('is decided anew when %s: nothing has failed', (_, seen, items) => {
    const made = again(seen);
    expect(created(made)).toMatchObject([{ step: { items } }]);
    expect(made.status.run).toMatchObject({
      groups: [{ job: 'j1', finishedAt: written('01:31') }, { items }],
      done: [],
    });
    expect(made.status.run).not.toHaveProperty('retries');
  });

  test("waits for its turn when it copies to another's claim now", () => {
    const made = again({ settings: { scratchVol: { claimName: 'copies' } }, busy: ['scratch/copies'] });
    expect(created(made)).toEqual([]);
    expect(made.turn).toMatchObject({ nodes: ['scratch/copies'] });
  });
});

describe('a pod that does not start', () => {
  const waits = (changes: Parameters<typeof pod>[2], seen: Seen = {}, on = '') =>
    planned(['s3:files'], reading('s3:files'), {
      jobs: [job('j1', '', { scratch: 'copies' })],
      pods: { j1: pod('j1', on, { phase: 'Pending', started: false, ...changes }) },
      ...seen,
      clock: '01:36',
    }).status.lastBackup;

  test('for want of its claim names it, in the words of the scheduler', () => {
    const unscheduled = '0/2 nodes are available: persistentvolumeclaim "copies" not found.';
    expect(waits({ unscheduled })).toMatchObject({
      reason: 'PodNotScheduled',
      message: `The pod of Job j1 was not scheduled within 300 s: ${unscheduled} Create claim 'copies' in namespace service-backup-jobs, or correct scratchVol.claimName in BackupConfig.`,
    });
  });

  test.each([
    ['its claim', 'copies'],
    ['a volume of its own', 'j1-abcde-scratch', ''],
  ])('since %s is not bound says where to look', (_, claim, scratch = 'copies') => {
    const jobs = [job('j1', '', { scratch })];
    const unscheduled = '0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.';
    expect(waits({ unscheduled }, { jobs })?.message).toContain(
      `PersistentVolumeClaims. See 'kubectl describe pvc -n service-backup-jobs ${claim}': what it asks for is scratchVol in BackupConfig.`,
    );
  });

  test('for want of room may be put on any node', () => {
    expect(waits({ unscheduled: '0/2 nodes are available: 2 Insufficient memory.' })?.message).toMatch(
      /Make room on a node, or let it be scheduled to\.$/,
    );
  });

  test('since its volume is not mounted has the words of the kubelet', () => {
    const failedMounts = ['MountVolume.SetUp failed for volume "pvc-1" : mkfs failed'];
    expect(waits({ sandbox: false }, { failedMounts }, 'node-1')).toMatchObject({
      reason: 'PodNotStarted',
      message: expect.stringMatching(
        /^The pod of Job j1 on node-1 did not start within 300 s: MountVolume.+mkfs failed/,
      ),
    });
    expect(waits({ sandbox: false }, {}, 'node-1')).toMatchObject({ reason: 'PodNotStarted' });
  });
});
