import type { KubeObject } from '../kube/objects';
import type { Resource } from '../kube/resources';
import type { Rest } from '../kube/rest';
import { Failure } from './failure';

interface Right {
  verb: string;
  group: string;
  resource: string;
  namespace?: string;
}

interface AccessReview extends KubeObject {
  spec: { resourceAttributes: Right };
  status?: { allowed?: boolean };
}

const ACCESS_REVIEWS: Resource = {
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  namespaced: false,
};

/** What a restore does only after the data is there: found out before, not after hours. */
const neededLater = (namespace: string): Right[] => [
  { verb: 'update', group: '', resource: 'persistentvolumes' },
  { verb: 'list', group: 'storage.k8s.io', resource: 'volumeattachments' },
  { verb: 'delete', group: '', resource: 'persistentvolumeclaims', namespace },
  { verb: 'delete', group: 'batch', resource: 'jobs', namespace },
  { verb: 'get', group: '', resource: 'pods', namespace },
];

/** @throws Failure that names every right that is missing. */
export async function checkRights(kube: Rest, jobNamespace: string): Promise<void> {
  const reviews = await Promise.all(
    neededLater(jobNamespace).map((right) =>
      kube.create<AccessReview>(ACCESS_REVIEWS, {
        metadata: {} as KubeObject['metadata'],
        spec: { resourceAttributes: right },
      }),
    ),
  );
  const missing = reviews
    .filter(({ status }) => !status?.allowed)
    .map(({ spec }) => tell(spec.resourceAttributes));
  if (missing.length > 0)
    throw new Failure(
      `To hand the restored volume over you would have to be allowed to ${missing.join(', ')}: ask who administers the cluster.`,
    );
}

const tell = ({ verb, resource, namespace }: Right): string =>
  `${verb} ${resource}${namespace ? ` in namespace ${namespace}` : ''}`;
