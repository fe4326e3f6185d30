import type { ItemOutcome } from '../../src/api/outcome';
import { jobEnd } from '../../src/operator/job-end';
import type { JobFacts } from '../../src/operator/job-facts';
import type { PodView } from '../../src/operator/views';
import { at, ended, group, job, maintenance, node, outcome, pod, success, written } from './fixtures';

const facts = (changes: Partial<JobFacts> = {}): JobFacts => ({
  step: group('j1', 'node-1', ['data']),
  job: job('j1'),
  on: 'node-1',
  node: node('node-1'),
  failedMounts: [],
  jobNamespace: 'service-backup-jobs',
  startDeadlineSeconds: 300,
  deadlineSeconds: 3600,
  nodeLostSeconds: 330,
  runEndsAt: at('05:00').getTime(),
  ...changes,
});
const rest = (changes: Partial<JobFacts>, now = at('01:40')) => {
  const end = jobEnd(facts(changes), now);
  return end.state === 'ended' ? end.rest : end;
};
const waiting = (reason: string, message = '', sandbox = true) =>
  pod('j1', 'node-1', { phase: 'Pending', started: false, sandbox, waiting: { reason, message } });
const killed = (reason: string, exitCode: number, message = ''): PodView => {
  const view = ended('j1', message, exitCode);
  return { ...view, terminated: { ...view.terminated!, reason } };
};

test('a mover that runs is let run', () => {
  expect(jobEnd(facts({ pod: pod('j1') }), at('09:00'))).toEqual({ state: 'open' });
});

test("the container's end is enough: the Job's own condition comes later", () => {
  const end = jobEnd(facts({ pod: ended('j1', outcome([success()])) }), at('01:31'));
  expect(end).toMatchObject({ outcome: { items: [{ state: 'Success', snapshot: 'a1b2c3' }] } });
  expect(end).not.toHaveProperty('rest');
});

const STUCK =
  'MountVolume.SetUp failed for volume "volume-0" : hostPath type check failed: /x is not a directory';
const heldUp: [reason: string, what: string, changes: Partial<JobFacts>, early: string, late: string][] = [
  [
    'PodNotStarted',
    'there is none',
    { pod: undefined },
    "Job j1 on node-1 got no pod yet: 'kubectl describe job -n service-backup-jobs j1' says who refused it (a quota, an admission policy).",
    "Job j1 on node-1 got no pod within 300 s: 'kubectl describe job -n service-backup-jobs j1' says who refused it (a quota, an admission policy).",
  ],
  [
    'PodNotScheduled',
    'it is not scheduled',
    {
      pod: pod('j1', '', {
        phase: 'Pending',
        started: false,
        unscheduled: '0/2 nodes are available: Insufficient memory.',
      }),
    },
    'The pod of Job j1 on node-1 was not scheduled yet: 0/2 nodes are available: Insufficient memory. Make room on the node, or let it be scheduled to.',
    'The pod of Job j1 on node-1 was not scheduled within 300 s: 0/2 nodes are available: Insufficient memory. Make room on the node, or let it be scheduled to.',
  ],
  [
    'SecretMissing',
    'a Secret is missing',
    { pod: waiting('CreateContainerConfigError', 'secret "s3" not found') },
    'The container of Job j1 on node-1 could not be made yet: secret "s3" not found. Create the Secret, with the keys that BackupConfig names, in namespace service-backup-jobs.',
    'The container of Job j1 on node-1 could not be made within 300 s: secret "s3" not found. Create the Secret, with the keys that BackupConfig names, in namespace service-backup-jobs.',
  ],
  [
    'ImageNotPullable',
    'its image is not there',
    { pod: waiting('ImagePullBackOff', 'Back-off pulling image "x"') },
    'An image of Job j1 on node-1 could not be pulled yet (ImagePullBackOff): Back-off pulling image "x". See that the node reaches the registry, or name another image.',
    'An image of Job j1 on node-1 could not be pulled within 300 s (ImagePullBackOff): Back-off pulling image "x". See that the node reaches the registry, or name another image.',
  ],
  [
    'VolumeNotStaged',
    'the kubelet says that a volume is not there',
    { pod: waiting('PodInitializing', '', false), failedMounts: [STUCK] },
    `The pod of Job j1 on node-1 waits for its volumes: node-1 has not mounted data, though attached: ${STUCK}. Restart the pod that uses it. Nothing was backed up.`,
    `The pod of Job j1 on node-1 waits for its volumes: node-1 has not mounted data, though attached: ${STUCK}. Restart the pod that uses it. Nothing was backed up.`,
  ],
  [
    'PodNotStarted',
    'another volume cannot be mounted',
    {
      pod: waiting('ContainerCreating', '', false),
      failedMounts: ['MountVolume.SetUp failed for volume "code" : configmap "code" not found'],
    },
    'The pod of Job j1 on node-1 did not start yet (ContainerCreating): MountVolume.SetUp failed for volume "code" : configmap "code" not found. See \'kubectl describe pod -n service-backup-jobs j1-abcde\'.',
    'The pod of Job j1 on node-1 did not start within 300 s (ContainerCreating): MountVolume.SetUp failed for volume "code" : configmap "code" not found. See \'kubectl describe pod -n service-backup-jobs j1-abcde\'.',
  ],
  [
    'PodNotStarted',
    'it waits for something else',
    { pod: waiting('CreateContainerError', 'no such file') },
    "The pod of Job j1 on node-1 did not start yet (CreateContainerError): no such file. See 'kubectl describe pod -n service-backup-jobs j1-abcde'.",
    "The pod of Job j1 on node-1 did not start within 300 s (CreateContainerError): no such file. See 'kubectl describe pod -n service-backup-jobs j1-abcde'.",
  ],
  [
    'NodeNotReady',
    'its node is not ready',
    {
      pod: waiting('ContainerCreating', '', false),
      node: node('node-1', { ready: false, since: written('01:30') }),
    },
    'Node node-1, on which Job j1 must run, is not ready: bring the node back, or move the service; the next run tries again.',
    'Node node-1, on which Job j1 must run, is not ready: bring the node back, or move the service; the next run tries again.',
  ],
];

describe('a pod that does not start', () => {
  test('is nobody’s alarm for ten seconds; for sixty while there is none: the Job controller may have hundreds to make', () => {
    const late = pod('j1', '', { phase: 'Pending', started: false });
    const calm = (view: PodView | undefined, clock: string, lookAt: string) =>
      expect(jobEnd(facts({ pod: view }), at(clock))).toEqual({
        state: 'open',
        lookAt: at(lookAt).getTime(),
      });
    calm(late, '01:30:09', '01:30:10');
    calm(undefined, '01:30:59', '01:31:00');
  });

  test.each(heldUp)('%s: is explained at once when %s', (reason, _, changes, message) => {
    expect(jobEnd(facts(changes), at('01:31'))).toEqual({
      state: 'open',
      lookAt: at('01:31:10').getTime(),
      trouble: expect.objectContaining({ reason, message }),
    });
  });

  test.each(heldUp)('%s: fails at its deadline when %s', (reason, _, changes, __, message) => {
    expect(rest(changes, at('01:35'))).toMatchObject({ state: 'Failed', reason, message });
  });

  test.each([
    ['an image is pulled', waiting('PodInitializing')],
    ['its volumes are mounted', waiting('ContainerCreating', '', false)],
    ['the scheduler has not spoken', pod('j1', '', { phase: 'Pending', started: false })],
  ])('may only be slow: nothing is said while %s', (_, slow) => {
    expect(jobEnd(facts({ pod: slow }), at('01:31'))).not.toHaveProperty('trouble');
  });

  test('and of which nobody says why is most probably waiting for its volumes', () => {
    expect(rest({ pod: waiting('PodInitializing', '', false) }, at('01:35'))).toEqual({
      state: 'Failed',
      reason: 'VolumeNotStaged',
      message:
        "The pod of Job j1 on node-1 waited 300 s for its volumes: node-1 has most probably not mounted data, though attached. Restart the pod that uses it, or see 'kubectl describe pod -n service-backup-jobs j1-abcde'. Nothing was backed up.",
    });
  });

  test('for one of its volumes is the failure of that one alone', () => {
    const step = group('j1', 'node-1', ['good', 'bad']);
    const failedMounts = [STUCK.replace('volume-0', 'volume-1')];
    const end = rest({ step, pod: waiting('', '', false), failedMounts }, at('01:35'));
    expect(end).toMatchObject({ reason: 'VolumeNotStaged', only: ['bad'] });
  });
});

describe('a Job that ended without a report', () => {
  const failed = (reason: string) => job('j1', 'node-1', { end: { state: 'Failed', reason, message: '' } });

  test('by its deadline', () => {
    expect(rest({ job: failed('DeadlineExceeded') })).toEqual({
      state: 'Failed',
      reason: 'DeadlineExceeded',
      message:
        'Job j1 on node-1 was ended after 3600 s, its deadline: raise jobSpec.deadlineSeconds in BackupConfig if the volumes need longer.',
    });
  });

  test('by lack of memory', () => {
    expect(rest({ pod: killed('OOMKilled', 137) })).toEqual({
      state: 'Failed',
      reason: 'OutOfMemory',
      message:
        'The mover of Job j1 on node-1 was killed for lack of memory (OOMKilled): give PodTemplate service-backup-mover a higher memory limit.',
    });
  });

  test('by a signal', () => {
    expect(rest({ pod: ended('j1', '', 137) })).toEqual({
      state: 'Failed',
      reason: 'MoverKilled',
      message:
        'The mover of Job j1 on node-1 was killed (exit code 137, Error) before it could report; the next run starts anew. Its log: kubectl logs -n service-backup-jobs job/j1 -c mover.',
    });
  });

  test('by the cluster', () => {
    const evicted = pod('j1', 'node-1', { phase: 'Failed', reason: 'Evicted', message: 'low on memory' });
    expect(rest({ pod: evicted })).toEqual({
      state: 'Failed',
      reason: 'MoverKilled',
      message:
        'The pod of Job j1 on node-1 was ended by the cluster (Evicted: low on memory) before it could report; the next run starts anew.',
    });
  });

  test('with words that are no report: nobody guesses', () => {
    expect(rest({ pod: ended('j1', 'Segmentation fault', 2) })).toEqual({
      state: 'Unknown',
      reason: 'OutcomeLost',
      message:
        'Job j1 on node-1 ended with exit code 2 (Error), but without a report that can be read, so that nobody knows what was backed up. Its log: kubectl logs -n service-backup-jobs job/j1 -c mover.',
    });
  });

  test.each([
    ['the kubelet lost sight of: its exit code is invented', killed('ContainerStatusUnknown', 137)],
    ['that tells of more items than it had', ended('j1', outcome([success(), success()]))],
  ])('%s: nobody guesses', (_, view) => {
    const end = jobEnd(facts({ pod: view }), at('01:40'));
    expect(end).toMatchObject({ rest: { state: 'Unknown', reason: 'OutcomeLost' } });
    expect(end).not.toHaveProperty('outcome');
  });

  test('and whose pod is gone', () => {
    const complete = job('j1', 'node-1', { end: { state: 'Complete', reason: '', message: '' } });
    expect(rest({ job: complete })).toEqual({
      state: 'Unknown',
      reason: 'OutcomeLost',
      message:
        'Job j1 on node-1 has ended (Complete), but its pod is gone and with it the report: nobody knows what was backed up.',
    });
  });
});

describe('a report that does not tell of all items', () => {
  const step = group('j1', 'node-1', ['a', 'b', 'c']);
  const partial = outcome([success()], { partial: true });

  test.each([
    ['OutOfMemory', 'Failed', 'OOMKilled', 137, {}],
    ['MoverKilled', 'Failed', 'Error', 137, {}],
    [
      'DeadlineExceeded',
      'Failed',
      'Error',
      137,
      { job: job('j1', 'node-1', { failing: 'DeadlineExceeded' }) },
    ],
    ['OutcomeLost', 'Unknown', 'Error', 1, {}],
  ])(
    'keeps those that are told; the others have the reason of the end: %s',
    (reason, state, word, code, changes) => {
      const view = ended('j1', partial, code);
      const cut = { ...view, terminated: { ...view.terminated!, reason: word } };
      expect(jobEnd(facts({ step, pod: cut, ...changes }), at('01:40'))).toMatchObject({
        outcome: { items: [{ state: 'Success' }] },
        rest: { state, reason },
      });
    },
  );

  test('is not whole because the mover says so: nobody knows of the others', () => {
    expect(rest({ step, pod: ended('j1', outcome([success()])) })).toMatchObject({ state: 'Unknown' });
  });

  test('may say itself what became of them', () => {
    const failure = { reason: 'StorageNotAnswering' as const, message: 'silence' };
    const end = jobEnd(facts({ step, pod: ended('j1', outcome([success()], { failure }), 1) }), at('01:40'));
    expect(end).toMatchObject({ outcome: { items: [{}] }, rest: { state: 'Failed', ...failure } });
  });
});

test('a mover stopped at the deadline says it was cancelled; we say why', () => {
  const stopped: ItemOutcome = { state: 'Failed', reason: 'Cancelled', message: 'stopped' };
  const cancelled = { reason: 'Cancelled' as const, message: 'stopped' };
  const report = outcome([stopped], { retention: { kept: 0, forgotten: 0, failure: cancelled } });
  const end = jobEnd(
    facts({ job: job('j1', 'node-1', { failing: 'DeadlineExceeded' }), pod: ended('j1', report, 1) }),
    at('02:30'),
  );
  expect(end).toMatchObject({
    outcome: {
      items: [{ state: 'Failed', reason: 'DeadlineExceeded' }],
      retention: { failure: { reason: 'DeadlineExceeded' } },
    },
  });
});

describe('a Job that counts as failed while its pod is still being ended, as Kubernetes before 1.31 has it', () => {
  const late = job('j1', 'node-1', { end: { state: 'Failed', reason: 'DeadlineExceeded', message: '' } });
  const ending = pod('j1', 'node-1', { deleting: true });

  test('is waited for: the mover has yet to tell', () => {
    expect(jobEnd(facts({ job: late, pod: ending }), at('02:30'))).toEqual({ state: 'open' });
    const told = ended('j1', outcome([success()]));
    expect(jobEnd(facts({ job: late, pod: { ...told, deleting: true } }), at('02:30'))).toMatchObject({
      outcome: { items: [{ state: 'Success' }] },
    });
  });

  test('is not waited for when its pod never started, or its node is lost', () => {
    const waits = { ...ending, phase: 'Pending', started: false };
    expect(rest({ job: late, pod: waits })).toMatchObject({ reason: 'DeadlineExceeded' });
    expect(rest({ job: late, pod: ending, node: undefined })).toMatchObject({ reason: 'NodeLost' });
    expect(rest({ job: late, pod: undefined })).toMatchObject({ reason: 'DeadlineExceeded' });
  });
});

describe('a Job that reads no volume', () => {
  const step = maintenance('j1', { check: true, part: 1, parts: 13 });
  const complete = job('j1', '', { end: { state: 'Complete', reason: '', message: '' } });

  test('has told all when it has told of what it recalls', () => {
    const end = jobEnd(facts({ step, on: '', pod: ended('j1', outcome([], { check: {} })) }), at('01:40'));
    expect(end).not.toHaveProperty('rest');
  });

  test('is bound to no node that could be lost before it has a pod', () => {
    expect(rest({ step, job: complete, on: '', node: undefined })).toMatchObject({
      reason: 'OutcomeLost',
      message:
        'Job j1 has ended (Complete), but its pod is gone and with it the report: nobody knows what it did.',
    });
  });

  test('is lost with the node that its pod was on', () => {
    expect(rest({ step, pod: pod('j1'), on: 'node-1', node: undefined })).toMatchObject({
      reason: 'NodeLost',
      message:
        'Node node-1 was removed while Job j1 was at work: bring the node back or move the service; the next run starts anew.',
    });
  });
});

describe('a node', () => {
  const silent = node('node-1', { ready: false, since: at('01:31').toISOString() });
  const lostAt = at('01:36:30');

  test('that does not answer is given the time that an eviction takes, and is shown meanwhile', () => {
    expect(jobEnd(facts({ pod: pod('j1'), node: silent }), at('01:35'))).toEqual({
      state: 'open',
      lookAt: lostAt.getTime(),
      trouble: {
        reason: 'NodeNotReady',
        message:
          'Node node-1, on which Job j1 runs, is not ready: it is waited for 330 s. Bring the node back, or move the service.',
      },
    });
    expect(rest({ pod: pod('j1'), node: silent }, lostAt)).toEqual({
      state: 'Failed',
      reason: 'NodeLost',
      message:
        'Node node-1 stopped answering while Job j1 read its volumes: bring the node back or move the service; the next run starts anew.',
    });
  });

  test('that was removed is lost at once', () => {
    expect(rest({ pod: pod('j1'), node: undefined })).toMatchObject({
      reason: 'NodeLost',
      message:
        'Node node-1 was removed while Job j1 read its volumes: bring the node back or move the service; the next run starts anew.',
    });
  });

  test('whose pod was evicted for its silence is lost', () => {
    const evicted = pod('j1', 'node-1', { phase: 'Failed', disrupted: 'DeletionByTaintManager' });
    expect(rest({ pod: evicted, node: silent })).toMatchObject({ reason: 'NodeLost' });
  });

  test('holds nobody up beyond the start deadline when the pod never got there', () => {
    const unscheduled = pod('j1', '', { started: false });
    expect(rest({ pod: unscheduled, node: silent }, at('01:35'))).toMatchObject({ reason: 'NodeNotReady' });
  });
});
