import { SCRATCH } from '../api/group';
import { itemsNamedIn } from './backup-job';
import type { Failure } from './failure';
import { type JobFacts, named } from './job-facts';
import { isOnNode, itemsOf } from './step';

const IMAGE = [
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
];
/** What every pod waits for at first. */
const ORDINARY = ['', 'ContainerCreating', 'PodInitializing'];

/** What keeps a Job's container from starting. */
export interface HoldUp extends Failure {
  /** Somebody has said so; else it may be mere slowness. */
  certain: boolean;
  /** The items that hold up the others, if that is known. */
  only?: string[];
}

/** Why a Job's container has not started, in the words of who holds it up: scheduler, kubelet or Job controller. `late`: its deadline has passed. */
export function whyNotStarted(facts: JobFacts, late: boolean): HoldUp {
  const { job, pod, on, node, jobNamespace, startDeadlineSeconds } = facts;
  const within = late ? `within ${startDeadlineSeconds} s` : 'yet';
  if (on && node && !node.ready)
    return {
      reason: 'NodeNotReady',
      message: `Node ${on}, on which Job ${job.name} must run, is not ready: bring the node back, or move the service; the next run tries again.`,
      certain: true,
    };
  if (!pod)
    return {
      reason: 'PodNotStarted',
      message: `${named(facts)} got no pod ${within}: 'kubectl describe job -n ${jobNamespace} ${job.name}' says who refused it (a quota, an admission policy).`,
      certain: true,
    };
  if (!pod.node)
    return {
      reason: 'PodNotScheduled',
      message: `The pod of ${named(facts)} was not scheduled ${within}${quoted(pod.unscheduled)}. ${mendOfScratch(facts) ?? `Make room on ${isOnNode(facts.step) ? 'the' : 'a'} node, or let it be scheduled to.`}`,
      certain: pod.unscheduled !== undefined,
    };
  return podHeldUp(facts, pod, within);
}

/** What is to be done about a pod that waits for what buckets are copied to: the scheduler looks for claims first. */
function mendOfScratch({ job, pod, jobNamespace }: JobFacts): string | undefined {
  const { scratch } = job;
  if (scratch === undefined || !/persistentvolumeclaim/i.test(pod?.unscheduled ?? '')) return undefined;
  if (pod?.unscheduled?.includes(`"${scratch}" not found`))
    return `Create claim '${scratch}' in namespace ${jobNamespace}, or correct scratchVol.claimName in BackupConfig.`;
  const claim = scratch || `${pod?.name}-${SCRATCH.volume}`;
  return `See 'kubectl describe pvc -n ${jobNamespace} ${claim}': what it asks for is scratchVol in BackupConfig.`;
}

function podHeldUp(facts: JobFacts, pod: NonNullable<JobFacts['pod']>, within: string): HoldUp {
  const { jobNamespace, startDeadlineSeconds, failedMounts, step, on } = facts;
  const at = named(facts);
  const { reason = '', message = '' } = pod.waiting ?? {};
  const described = `'kubectl describe pod -n ${jobNamespace} ${pod.name}'`;
  if (reason === 'CreateContainerConfigError' && /\bsecret\b/i.test(message))
    return {
      reason: 'SecretMissing',
      message: `The container of ${at} could not be made ${within}${quoted(message)}. Create the Secret, with the keys that BackupConfig names, in namespace ${jobNamespace}.`,
      certain: true,
    };
  if (IMAGE.includes(reason))
    return {
      reason: 'ImageNotPullable',
      message: `An image of ${at} could not be pulled ${within} (${reason})${quoted(message)}. See that the node reaches the registry, or name another image.`,
      certain: true,
    };
  // Volumes are mounted before the pod's sandbox is made: a pod that stays there waits for a mount.
  const mounting = pod.sandbox === false && ORDINARY.includes(reason);
  const unstaged = mounting && isOnNode(step) ? itemsNamedIn(failedMounts, itemsOf(step)) : [];
  if (unstaged.length > 0)
    return {
      reason: 'VolumeNotStaged',
      message: `The pod of ${at} waits for its volumes: ${on} has not mounted ${unstaged.join(', ')}, though attached${quoted(failedMounts.join('; '))}. Restart the pod that uses it. Nothing was backed up.`,
      certain: true,
      only: unstaged,
    };
  if (mounting && failedMounts.length === 0 && isOnNode(step))
    return {
      reason: 'VolumeNotStaged',
      message: `The pod of ${at} waited ${startDeadlineSeconds} s for its volumes: ${on} has most probably not mounted ${step.items.join(', ')}, though attached. Restart the pod that uses it, or see ${described}. Nothing was backed up.`,
      certain: false,
    };
  const words = mounting ? failedMounts.join('; ') : message;
  return {
    reason: 'PodNotStarted',
    message: `The pod of ${at} did not start ${within}${reason && ` (${reason})`}${quoted(words)}. See ${described}.`,
    certain: words !== '' || !ORDINARY.includes(reason),
  };
}

const quoted = (words = ''): string => (words ? `: ${words.trim().replace(/\.$/, '')}` : '');
