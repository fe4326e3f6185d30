import { deadPods, mayLive } from '../../src/operator/living-pods';
import type { PodView } from '../../src/operator/views';
import { ended, job, node, outcome, pod, success } from './fixtures';

const seen = (view: PodView) => ({
  pods: { j1: view },
  nodes: { 'node-1': node('node-1', { ready: false }) },
});

test.each<[string, PodView]>([
  ['whose mover the kubelet reports ended', ended('j1', outcome([success()]))],
  [
    'that the kubelet evicted',
    pod('j1', 'node-1', { phase: 'Failed', reason: 'Evicted', disrupted: 'TerminationByKubelet' }),
  ],
  ['whose node is gone', pod('j1', 'node-9')],
])('a pod %s is dead', (_, view) => {
  expect(deadPods(seen(view))).toEqual(['j1-abcde']);
  expect(mayLive(seen(view))).toBeUndefined();
});

test.each<[string, PodView]>([
  ['that runs', pod('j1')],
  ['that was told to go', pod('j1', 'node-1', { deleting: true })],
  [
    'that a taint evicted: its node may be cut off',
    pod('j1', 'node-1', { phase: 'Failed', disrupted: 'DeletionByTaintManager' }),
  ],
])('a pod %s may live', (_, view) => {
  expect(deadPods(seen(view))).toEqual([]);
  expect(mayLive(seen(view))).toEqual({
    reason: 'MoverMayLive',
    passing: false,
    message:
      "The mover of pod j1-abcde on node-1 may still be at work: nothing is forgotten, checked or pruned until it has ended for certain. Bring the node back, or delete it ('kubectl delete node node-1') if it is gone for good.",
  });
});

test('a pod that is on no node yet is neither dead nor at work', () => {
  const view = pod('j1', '', { phase: 'Pending', started: false });
  expect(deadPods(seen(view))).toEqual([]);
  expect(mayLive(seen(view))).toBeUndefined();
});

test('the Job at work is no reason to wait for itself', () => {
  expect(mayLive(seen(pod('j1')), 'j1')).toBeUndefined();
});

test('a pod is not hidden by another of a Job of the same name', () => {
  const zombie = pod('j1', 'node-1', { name: 'j1-first', deleting: true });
  expect(mayLive({ ...seen(ended('j1', '')), formerPods: [zombie] })?.message).toContain('pod j1-first');
});

test('a pod that is gone, and had ended before, is dead; none that lives', () => {
  const gone = { pods: {}, nodes: {}, erasedPods: ['j0-fghij'] };
  expect(deadPods(gone)).toEqual(['j0-fghij']);
  expect(mayLive(gone)).toBeUndefined();
});

test('a Job that was given up may begin yet, until its end or that of its pod is seen', () => {
  const given = (view?: PodView, end?: object) =>
    mayLive(
      {
        pods: view ? { j1: view } : {},
        nodes: { 'node-1': node('node-1') },
        jobs: [job('j1', 'node-1', end), job('j2')],
      },
      'j2',
    );
  const unbound = pod('j1', '', { phase: 'Pending', started: false });
  const message =
    'The mover of Job j1 may have begun: nothing is forgotten, checked or pruned until it has ended for certain. The next run sees how it ended.';
  expect(given()).toEqual({ reason: 'MoverMayLive', message, passing: true });
  expect(given(unbound)?.message).toBe(message);
  expect(given(ended('j1', ''))).toBeUndefined();
  expect(given(undefined, { end: { state: 'Failed', reason: '', message: '' } })).toBeUndefined();
});
