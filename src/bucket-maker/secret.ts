import type { BucketTask, BucketUser } from '../api/bucket-task';
import { isKubeError } from '../kube/error';
import { inCluster } from '../kube/in-cluster';
import type { KubeObject } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import type { Keys } from './keys';
import { setback } from './trouble';

export interface Secret extends KubeObject {
  type: string;
  stringData: Record<string, string>;
}

/** Creates a Secret, and changes none. `dryRun`: says only what would come of it, since its account may not read Secrets. */
export type CreateSecret = (secret: Secret, options?: { dryRun: boolean }) => Promise<'made' | 'exists'>;

/** No owner: it stays when the Job goes, as the bucket does. */
export const secretWith = ({ namespace }: BucketTask, { secret }: BucketUser, keys: Keys): Secret => ({
  metadata: { name: secret.secretName, namespace },
  type: 'Opaque',
  stringData: {
    [secret.accessKeyIDProperty]: keys.accessKeyId,
    [secret.secretKeyProperty]: keys.secretAccessKey,
  },
});

/** As the service account of the Job. */
export const createSecret: CreateSecret = async (secret, options) => {
  const rest = inCluster();
  const { name, namespace } = secret.metadata;
  try {
    await rest.create(RESOURCES.secrets, secret, options);
    return 'made';
  } catch (error) {
    if (isKubeError(error, 'AlreadyExists')) return 'exists';
    // Rights may be applied after the Job, so this passes, perhaps.
    if (isKubeError(error, 'Forbidden'))
      throw setback(
        `The Secret ${namespace}/${name} cannot be created: ${error.message}. Let the Job's service account create Secrets in the namespace ${namespace}, as the Role of the BackupBucket says; look at quotas and admission policies there.`,
      );
    throw error;
  } finally {
    rest.close();
  }
};
