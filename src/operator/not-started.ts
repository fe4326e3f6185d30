import type { Failure } from './failure';
import type { JobFacts } from './job-facts';

const IMAGE = [
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
];

/** Why a Job's container has not started, in the words of who held it up: scheduler, kubelet or Job controller. */
export function whyNotStarted({ job, pod, group, jobNamespace, startDeadlineSeconds }: JobFacts): Failure {
  const within = `within ${startDeadlineSeconds} s`;
  const at = `Job ${job.name} on ${group.node}`;
  if (!pod)
    return {
      reason: 'PodNotStarted',
      message: `${at} got no pod ${within}: 'kubectl describe job -n ${jobNamespace} ${job.name}' says who refused it (a quota, an admission policy).`,
    };
  if (!pod.node)
    return {
      reason: 'PodNotStarted',
      message: `The pod of ${at} was not scheduled ${within}${quoted(pod.unscheduled)}. Make room on the node, or let it be scheduled to.`,
    };
  const { reason = '', message = '' } = pod.waiting ?? {};
  if (reason === 'CreateContainerConfigError')
    return {
      reason: 'SecretMissing',
      message: `The container of ${at} could not be made ${within}${quoted(message)}. Create the Secret, with the keys that BackupConfig names, in namespace ${jobNamespace}.`,
    };
  if (IMAGE.includes(reason))
    return {
      reason: 'ImageNotPullable',
      message: `An image of ${at} could not be pulled ${within} (${reason})${quoted(message)}. See that the node reaches the registry, or name another image.`,
    };
  // Volumes are mounted before the pod's sandbox is made: a pod that stays there waits for a mount. The kubelet's own words
  // ("hostPath type check failed") are only in an event.
  if (pod.sandbox === false && ['', 'ContainerCreating', 'PodInitializing'].includes(reason))
    return {
      reason: 'VolumeNotStaged',
      message: `The pod of ${at} waited ${startDeadlineSeconds} s for its volumes: ${group.node} has most probably not mounted ${group.items.join(', ')}, though attached. Restart the pod that uses it, or see 'kubectl describe pod -n ${jobNamespace} ${pod.name}'. Nothing was backed up.`,
    };
  return {
    reason: 'PodNotStarted',
    message: `The pod of ${at} did not start ${within}${reason && ` (${reason})`}${quoted(message)}. See 'kubectl describe pod -n ${jobNamespace} ${pod.name}'.`,
  };
}

const quoted = (words = ''): string => (words ? `: ${words.trim().replace(/\.$/, '')}` : '');
