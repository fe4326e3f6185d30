import { type ApiObject, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct, type IConstruct } from 'constructs';
import { problemsOfUse } from './backup-bucket-config';
import { BUCKET_MAKER_LABELS, bucketJob } from './backup-bucket-job';
import { problemsOfBuckets } from './backup-bucket-problems';
import type { BackupBucketProps } from './backup-bucket-props';
import { nameFor, taskOf, usersOf } from './backup-bucket-task';
import { bundle } from './bundle';
import { imagesOf } from './images';
import { jobNamespaceOf } from './operator-namespace';
import { type Found, report } from './problems';
import { nameOf } from './reference';
import { urlOf } from './url';
import { warn } from './warnings';

/**
 * A bucket of one service's own, with a user who may do in it what backups need, and nothing elsewhere; and the Secret with that user's
 * keys. They are made by a Job in the Job namespace, with the keys of the S3 system's administrator. Deleting it deletes this Job,
 * and never the bucket, a user, a policy or a Secret.
 */
export class BackupBucket extends Construct {
  /** Name of the bucket, for the ServiceBackup's `backupBucketName`. */
  readonly bucketName: string;
  /**
   * The Job, to patch with `addJsonPatch`. A Job cannot be changed: what is patched otherwise than it was when it was applied needs another
   * `/metadata/name`, too.
   */
  readonly job: ApiObject;
  /** @internal */
  readonly props: BackupBucketProps;

  constructor(scope: Construct, id: string, props: BackupBucketProps) {
    super(scope, id);
    this.bucketName = props.bucketName;
    this.props = props;
    // The operator may be declared later in the program.
    const namespace = Lazy.any({ produce: () => this.jobNamespace });

    // Nothing of it is another BackupBucket's, of this app or of another: who removes one takes nothing from the others.
    const system = urlOf(props.s3.s3Host);
    const name = nameFor(props.bucketName, system);
    const apiGroup = 'rbac.authorization.k8s.io';
    new k8s.KubeServiceAccount(this, 'account', {
      metadata: { name, namespace },
      automountServiceAccountToken: false,
    });
    new k8s.KubeRole(this, 'role', {
      metadata: { name, namespace },
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['create'] }],
    });
    new k8s.KubeRoleBinding(this, 'binding', {
      metadata: { name, namespace },
      roleRef: { apiGroup, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    });
    const nameWith = (hash: string) => nameFor(props.bucketName, system, hash);
    const program = bundle(this, 'bucket-maker', { namespace, nameWith });

    const users = usersOf(props);
    const specIn = (jobNamespace: string) =>
      bucketJob({
        task: taskOf(props, users, jobNamespace),
        admin: props.admin,
        program,
        images: imagesOf(props.images),
        serviceAccountName: name,
      });
    this.job = new k8s.KubeJob(this, 'job', {
      // Jobs are immutable: whatever changes makes another one. In another namespace it is another one anyhow.
      metadata: {
        name: nameFor(props.bucketName, JSON.stringify(specIn(''))),
        namespace,
        labels: BUCKET_MAKER_LABELS,
      },
      spec: Lazy.any({ produce: () => specIn(this.jobNamespace) }),
    });
    const { endpoint = system } = props.admin;
    if (endpoint.startsWith('http://')) warn(this, inClear(endpoint));
    report(this, [], acrossApp);
  }

  /** Namespace of the Job and of the Secrets. @internal */
  get jobNamespace(): string {
    return nameOf(this.props.jobNamespace ?? jobNamespaceOf(this));
  }
}

const inClear = (endpoint: string): string =>
  `the secret keys of new users go to ${endpoint} unencrypted, and whoever listens there has them: use https, unless that network is yours alone.`;

function acrossApp(constructs: readonly IConstruct[]): Found[] {
  const buckets = constructs.filter((construct) => construct instanceof BackupBucket);
  return [...problemsOfBuckets(buckets), ...problemsOfUse(buckets, constructs)];
}
