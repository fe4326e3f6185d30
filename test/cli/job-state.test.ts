import { type JobState, jobState } from '../../src/cli/job-state';
import type { Job, Pod } from '../../src/kube/objects';

const job = (conditions: NonNullable<Job['status']>['conditions'] = []): Job => ({
  metadata: { name: 'restore-1' },
  status: { conditions },
});
const pod = (status: Pod['status'], nodeName?: string, name = 'restore-1-x'): Pod => ({
  metadata: { name, creationTimestamp: '2026-11-21T01:00:00Z' },
  spec: { containers: [], ...(nodeName && { nodeName }) },
  status,
});
const mover = (state: object) => ({ containerStatuses: [{ name: 'mover', state }] });
const failed = (reason: string, message: string) => [
  { type: 'FailureTarget', status: 'True', reason, message },
];

test.each<[string, Job | undefined, Pod[], JobState]>([
  [
    'a Job without a pod waits for one',
    job(),
    [],
    { state: 'waiting', for: 'Kubernetes to make the pod of Job restore-1' },
  ],
  [
    'a pod without a node says why',
    job(),
    [
      pod({
        conditions: [{ type: 'PodScheduled', status: 'False', message: '0/2 nodes are available' }],
      }),
    ],
    { state: 'waiting', for: 'a node for pod restore-1-x: 0/2 nodes are available' },
  ],
  [
    'a pod that is being made ready is only waited for',
    job(),
    [pod(mover({ waiting: { reason: 'ContainerCreating' } }), 'node-1')],
    { state: 'waiting', for: 'pod restore-1-x to start on node-1' },
  ],
  [
    'a Secret that is missing is named',
    job(),
    [
      pod(
        mover({ waiting: { reason: 'CreateContainerConfigError', message: 'secret "s3" not found' } }),
        'node-1',
      ),
    ],
    {
      state: 'waiting',
      for: 'pod restore-1-x on node-1: CreateContainerConfigError (secret "s3" not found)',
    },
  ],
  [
    'an init container that cannot be pulled is named before the mover that waits for it',
    job(),
    [
      pod(
        {
          ...mover({ waiting: { reason: 'PodInitializing' } }),
          initContainerStatuses: [{ name: 'restic', state: { waiting: { reason: 'ImagePullBackOff' } } }],
        },
        'node-1',
      ),
    ],
    { state: 'waiting', for: 'pod restore-1-x on node-1: ImagePullBackOff' },
  ],
  [
    'a running mover runs',
    job(),
    [pod(mover({ running: {} }), 'node-1')],
    { state: 'running', pod: 'restore-1-x' },
  ],
  [
    'an ended mover has ended, however its Job is counted',
    job(failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit')),
    [pod(mover({ terminated: { exitCode: 1, reason: 'Error', message: '{}' } }))],
    { state: 'ended', pod: 'restore-1-x', exitCode: 1, reason: 'Error', message: '{}' },
  ],
  [
    'a Job that somebody deleted is lost',
    undefined,
    [],
    { state: 'lost', why: 'Job restore-1 was deleted by somebody else' },
  ],
  [
    'a Job past its deadline is lost',
    job(failed('DeadlineExceeded', 'Job was active longer than specified deadline')),
    [],
    { state: 'lost', why: 'Job restore-1 did not end before its deadline' },
  ],
  [
    'an evicted pod says why',
    job(failed('BackoffLimitExceeded', 'x')),
    [pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' })],
    { state: 'lost', why: 'pod restore-1-x failed (Evicted): The node was low on resource: memory.' },
  ],
  [
    'a Job that failed for another reason gives it',
    job(failed('Other', 'because of that')),
    [],
    { state: 'lost', why: 'Job restore-1 failed: because of that' },
  ],
  [
    'an init container that failed is named',
    job(),
    [
      pod({
        initContainerStatuses: [{ name: 'restic', state: { terminated: { exitCode: 127 } } }],
      }),
    ],
    { state: 'lost', why: 'container restic of pod restore-1-x failed: exit code 127' },
  ],
])('%s', (_, aJob, pods, expected) => {
  expect(jobState('restore-1', aJob, pods)).toEqual(expected);
});

test('of two pods the younger one counts', () => {
  const older = pod(mover({ running: {} }), 'node-1');
  const younger = pod(mover({ running: {} }), 'node-1', 'restore-1-y');
  younger.metadata.creationTimestamp = '2026-11-21T02:00:00Z';

  expect(jobState('restore-1', job(), [older, younger])).toEqual({ state: 'running', pod: 'restore-1-y' });
});
