import { MOVER_CONTAINER } from '../api';
import type { ContainerState, Job, Pod } from '../kube/objects';

/** How far a Job of ours is. */
export type JobState =
  | { state: 'waiting'; for: string }
  | { state: 'running'; pod: string }
  | { state: 'ended'; pod: string; exitCode: number; reason: string; message: string }
  | { state: 'lost'; why: string };

/** Reads a Job and its pods. There is at most one pod (backoffLimit 0), but one that was replaced by hand may linger. */
export function jobState(name: string, job: Job | undefined, pods: Pod[]): JobState {
  const pod = pods.toSorted((a, b) => created(b) - created(a))[0];
  const mover = pod?.status?.containerStatuses?.find((c) => c.name === MOVER_CONTAINER)?.state;
  if (pod && mover?.terminated) return ended(pod, mover.terminated);
  if (!job) return { state: 'lost', why: `Job ${name} was deleted by somebody else` };
  const failed = job.status?.conditions?.find(
    (c) => (c.type === 'Failed' || c.type === 'FailureTarget') && c.status === 'True',
  );
  if (failed) return { state: 'lost', why: whyFailed(name, failed, pod) };
  if (!pod) return { state: 'waiting', for: `Kubernetes to make the pod of Job ${name}` };
  const init = pod.status?.initContainerStatuses?.find((c) => c.state?.terminated?.exitCode);
  if (init)
    return {
      state: 'lost',
      why: `container ${init.name} of pod ${pod.metadata.name} failed: ${init.state?.terminated?.message ?? `exit code ${init.state?.terminated?.exitCode}`}`,
    };
  if (mover?.running) return { state: 'running', pod: pod.metadata.name };
  return { state: 'waiting', for: whatPodWaitsFor(pod, mover) };
}

const created = (pod: Pod): number => Date.parse(pod.metadata.creationTimestamp ?? '') || 0;

const ended = (pod: Pod, end: NonNullable<ContainerState['terminated']>): JobState => ({
  state: 'ended',
  pod: pod.metadata.name,
  exitCode: end.exitCode,
  reason: end.reason ?? '',
  message: end.message ?? '',
});

function whyFailed(
  name: string,
  failed: { reason?: string; message?: string },
  pod: Pod | undefined,
): string {
  if (failed.reason === 'DeadlineExceeded') return `Job ${name} did not end before its deadline`;
  const status = pod?.status;
  if (status?.reason)
    return `pod ${pod?.metadata.name} failed (${status.reason}): ${status.message ?? ''}`.trim();
  return `Job ${name} failed: ${failed.message ?? failed.reason ?? 'Kubernetes does not say why'}`;
}

function whatPodWaitsFor(pod: Pod, mover: ContainerState | undefined): string {
  const name = `pod ${pod.metadata.name}`;
  const scheduled = pod.status?.conditions?.find((c) => c.type === 'PodScheduled');
  if (scheduled?.status === 'False')
    return `a node for ${name}${scheduled.message ? `: ${scheduled.message}` : ''}`;
  const where = pod.spec?.nodeName ? ` on ${pod.spec.nodeName}` : '';
  const init = pod.status?.initContainerStatuses?.find((c) => !c.state?.terminated);
  const waiting = init?.state?.waiting ?? mover?.waiting;
  const telling = waiting?.reason && !ORDINARY.has(waiting.reason);
  return telling
    ? `${name}${where}: ${waiting.reason}${waiting.message ? ` (${waiting.message})` : ''}`
    : `${name} to start${where}`;
}

/** What every pod goes through: its name would only frighten. */
const ORDINARY = new Set(['ContainerCreating', 'PodInitializing']);
