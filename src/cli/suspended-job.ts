import { isKubeError } from '../kube/error';
import type { Job, ObjectMeta } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import type { Rest } from '../kube/rest';
import { Failure } from './failure';

export type Owner = NonNullable<ObjectMeta['ownerReferences']>[number];

/** @throws Failure when there is one of that name already; `what` it is for stands in the sentence. */
export async function createJob(job: Job, what: string, kube: Rest): Promise<Owner> {
  const { namespace, name } = job.metadata;
  try {
    const { metadata } = await kube.create(RESOURCES.jobs, job);
    return { apiVersion: 'batch/v1', kind: 'Job', name, uid: metadata.uid ?? '' };
  } catch (error) {
    if (isKubeError(error, 'AlreadyExists'))
      throw new Failure(
        `${what} is under way already, or was left by a call that was killed: Job ${namespace}/${name}. Wait for it, or give it up by 'kubectl delete job -n ${namespace} ${name}'.`,
      );
    throw error;
  }
}

/**
 * A Job comes before what it needs, to own it: what a killed call leaves goes with the Job. It starts when that is there, since a
 * pod that misses something is tried again late.
 */
export const createSuspended = (job: Job, what: string, kube: Rest): Promise<Owner> =>
  createJob({ ...job, spec: { ...job.spec!, suspend: true } }, what, kube);

export const start = ({ metadata: { name, namespace } }: Job, kube: Rest): Promise<Job> =>
  kube.patch<Job>(RESOURCES.jobs, name, namespace, { spec: { suspend: false } });
