import { jobEnd, LOST_AFTER } from '../../src/operator/job-end';
import type { JobFacts } from '../../src/operator/job-facts';
import { at, ended, group, job, node, outcome, pod, success } from './fixtures';

const facts = (changes: Partial<JobFacts> = {}): JobFacts => ({
  group: group('j1', 'node-1', ['data']),
  job: job('j1'),
  node: node('node-1'),
  jobNamespace: 'service-backup-jobs',
  startDeadlineSeconds: 300,
  deadlineSeconds: 3600,
  ...changes,
});
const failure = (changes: Partial<JobFacts>, now = at('01:40')) => {
  const end = jobEnd(facts(changes), now);
  return end.state === 'failed' ? end.failure : end;
};
const waiting = (reason: string, message = '', sandbox = true) =>
  pod('j1', 'node-1', { phase: 'Pending', started: false, sandbox, waiting: { reason, message } });

test('a mover that runs is let run', () => {
  expect(jobEnd(facts({ pod: pod('j1') }), at('09:00'))).toEqual({ state: 'open' });
});

test("the container's end is enough: the Job's own condition comes later", () => {
  const report = outcome([success()]);
  expect(jobEnd(facts({ pod: ended('j1', report) }), at('01:31'))).toMatchObject({
    state: 'reported',
    outcome: { items: [{ state: 'Success', snapshot: 'a1b2c3' }] },
  });
});

test('a pod that has not started is waited for until the start deadline', () => {
  expect(jobEnd(facts({ pod: waiting('ContainerCreating') }), at('01:34'))).toEqual({
    state: 'open',
    lookAt: at('01:35').getTime(),
  });
});

describe('a pod that does not start in time is explained', () => {
  test.each([
    [
      'PodNotStarted',
      'there is none',
      { pod: undefined },
      "Job j1 on node-1 got no pod within 300 s: 'kubectl describe job -n service-backup-jobs j1' says who refused it (a quota, an admission policy).",
    ],
    [
      'PodNotStarted',
      'it is not scheduled',
      {
        pod: pod('j1', '', {
          phase: 'Pending',
          started: false,
          unscheduled: '0/2 nodes are available: Insufficient memory.',
        }),
      },
      'The pod of Job j1 on node-1 was not scheduled within 300 s: 0/2 nodes are available: Insufficient memory. Make room on the node, or let it be scheduled to.',
    ],
    [
      'SecretMissing',
      'a Secret is missing',
      { pod: waiting('CreateContainerConfigError', 'secret "s3" not found') },
      'The container of Job j1 on node-1 could not be made within 300 s: secret "s3" not found. Create the Secret, with the keys that BackupConfig names, in namespace service-backup-jobs.',
    ],
    [
      'ImageNotPullable',
      'its image is not there',
      { pod: waiting('ImagePullBackOff', 'Back-off pulling image "x"') },
      'An image of Job j1 on node-1 could not be pulled within 300 s (ImagePullBackOff): Back-off pulling image "x". See that the node reaches the registry, or name another image.',
    ],
    [
      'VolumeNotStaged',
      'it waits for its volumes',
      { pod: waiting('PodInitializing', '', false) },
      "The pod of Job j1 on node-1 waited 300 s for its volumes: node-1 has most probably not mounted data, though attached. Restart the pod that uses it, or see 'kubectl describe pod -n service-backup-jobs j1-abcde'. Nothing was backed up.",
    ],
    [
      'PodNotStarted',
      'it waits for something else',
      { pod: waiting('CreateContainerError', 'no such file') },
      "The pod of Job j1 on node-1 did not start within 300 s (CreateContainerError): no such file. See 'kubectl describe pod -n service-backup-jobs j1-abcde'.",
    ],
  ])('%s: %s', (reason, _, changes, message) => {
    expect(failure(changes)).toEqual({ reason, message });
  });
});

describe('a Job that ended without a report', () => {
  const failed = (reason: string) => job('j1', 'node-1', { end: { state: 'Failed', reason, message: '' } });

  test('by its deadline', () => {
    expect(failure({ job: failed('DeadlineExceeded') })).toEqual({
      reason: 'DeadlineExceeded',
      message:
        'Job j1 on node-1 was ended after 3600 s, its deadline: raise jobSpec.deadlineSeconds in BackupConfig if the volumes need longer.',
    });
  });

  test('by lack of memory', () => {
    const killed = ended('j1', '', 137);
    expect(
      failure({ pod: { ...killed, terminated: { ...killed.terminated!, reason: 'OOMKilled' } } }),
    ).toEqual({
      reason: 'MoverKilled',
      message:
        'The mover of Job j1 on node-1 was killed for lack of memory (OOMKilled): give PodTemplate service-backup-mover a higher memory limit.',
    });
  });

  test('by a signal', () => {
    expect(failure({ pod: ended('j1', '', 137) })).toEqual({
      reason: 'MoverKilled',
      message:
        'The mover of Job j1 on node-1 was killed (exit code 137, Error) before it could report; the next run starts anew. Its log: kubectl logs -n service-backup-jobs job/j1 -c mover.',
    });
  });

  test('by the cluster', () => {
    const evicted = pod('j1', 'node-1', { phase: 'Failed', reason: 'Evicted', message: 'low on memory' });
    expect(failure({ pod: evicted })).toEqual({
      reason: 'MoverKilled',
      message:
        'The pod of Job j1 on node-1 was ended by the cluster (Evicted: low on memory) before it could report; the next run starts anew.',
    });
  });

  test('with words that are no report: nobody guesses', () => {
    expect(failure({ pod: ended('j1', 'Segmentation fault', 2) })).toEqual({
      reason: 'OutcomeLost',
      message:
        'Job j1 on node-1 ended with exit code 2 (Error), but without a report that can be read, so that nobody knows what was backed up. Its log: kubectl logs -n service-backup-jobs job/j1 -c mover.',
    });
  });

  test('and whose pod is gone', () => {
    const complete = job('j1', 'node-1', { end: { state: 'Complete', reason: '', message: '' } });
    expect(failure({ job: complete })).toEqual({
      reason: 'OutcomeLost',
      message:
        'Job j1 on node-1 has ended (Complete), but its pod is gone and with it the report: nobody knows what was backed up. If somebody deleted the pod, wait for the next run or set a new runNow.',
    });
  });
});

test('a mover stopped at the deadline says it was cancelled; we say why', () => {
  const report = outcome([{ state: 'Failed', reason: 'Cancelled', message: 'stopped' }]);
  const end = jobEnd(
    facts({ job: job('j1', 'node-1', { failing: 'DeadlineExceeded' }), pod: ended('j1', report, 1) }),
    at('02:30'),
  );
  expect(end).toMatchObject({ outcome: { items: [{ state: 'Failed', reason: 'DeadlineExceeded' }] } });
});

describe('a node', () => {
  const silent = node('node-1', { ready: false, since: at('01:31').toISOString() });

  test('that does not answer is given the time that an eviction takes', () => {
    const lost = at('01:31').getTime() + LOST_AFTER;
    expect(jobEnd(facts({ pod: pod('j1'), node: silent }), at('01:35'))).toEqual({
      state: 'open',
      lookAt: lost,
    });
    expect(failure({ pod: pod('j1'), node: silent }, new Date(lost))).toEqual({
      reason: 'NodeLost',
      message:
        'Node node-1 stopped answering while Job j1 read its volumes: bring the node back or move the service; the next run starts anew.',
    });
  });

  test('that was removed is lost at once', () => {
    expect(failure({ pod: pod('j1'), node: undefined })).toMatchObject({
      reason: 'NodeLost',
      message:
        'Node node-1 was removed while Job j1 read its volumes: bring the node back or move the service; the next run starts anew.',
    });
  });

  test('whose pod was evicted for its silence is lost', () => {
    const evicted = pod('j1', 'node-1', { phase: 'Failed', disrupted: 'DeletionByTaintManager' });
    expect(failure({ pod: evicted, node: silent })).toMatchObject({ reason: 'NodeLost' });
  });

  test('holds nobody up beyond the start deadline when the pod never got there', () => {
    const end = jobEnd(facts({ pod: pod('j1', '', { started: false }), node: silent }), at('01:34'));
    expect(end).toEqual({ state: 'open', lookAt: at('01:35').getTime() });
  });
});
