import type { KubeObject } from '../kube/objects';
import type { Resource } from '../kube/resources';
import type { Rest } from '../kube/rest';
import { Failure } from './failure';

export interface Right {
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

/**
 * What a command does only at its end is asked for at its beginning: a right that is missing is not found out after hours.
 *
 * @throws Failure that names every right that is missing, and what it is for ('To hand …').
 */
export async function checkRights(kube: Rest, purpose: string, needed: readonly Right[]): Promise<void> {
  const reviews = await Promise.all(
    needed.map((right) =>
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
      `${purpose} you would have to be allowed to ${missing.join(', ')}: ask who administers the cluster.`,
    );
}

const tell = ({ verb, resource, namespace }: Right): string =>
  `${verb} ${resource}${namespace ? ` in namespace ${namespace}` : ''}`;
