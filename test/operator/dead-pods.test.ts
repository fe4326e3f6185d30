import { deadPods } from '../../src/operator/dead-pods';
import type { PodView } from '../../src/operator/views';
import { ended, job, node, outcome, pod, success } from './fixtures';

const of = (view: PodView, jobs = [job('j1')]) =>
  deadPods({ jobs, pods: { j1: view }, nodes: { 'node-1': node('node-1') } });

test.each<[string, PodView]>([
  ['whose mover the kubelet reports ended', ended('j1', outcome([success()]))],
  [
    'that the kubelet evicted',
    pod('j1', 'node-1', { phase: 'Failed', reason: 'Evicted', disrupted: 'TerminationByKubelet' }),
  ],
  ['whose node is gone', pod('j1', 'node-9')],
])('a pod %s is dead', (_, view) => {
  expect(of(view)).toEqual(['j1-abcde']);
});

test.each<[string, PodView]>([
  ['that runs', pod('j1')],
  ['that was told to go', pod('j1', 'node-1', { deleting: true })],
  [
    'that a taint evicted: its node may be cut off',
    pod('j1', 'node-1', { phase: 'Failed', disrupted: 'DeletionByTaintManager' }),
  ],
  ['that is on no node yet', pod('j1', '', { phase: 'Pending', started: false })],
])('a pod %s may live', (_, view) => {
  expect(of(view)).toEqual([]);
});

test('pods of others are none of ours', () => {
  expect(of(ended('j1', ''), [])).toEqual([]);
});
