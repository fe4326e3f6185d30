import { type ApiObjectMetadata, Chart, type Duration } from 'cdk8s';
import { Construct } from 'constructs';
import {
  BackupConfig as BackupConfigObject,
  type BackupConfigSpecServiceBackupDriversStaging as Staging,
} from '../../imports/servicebackup.io';
import { DEFAULTS, type StagingStyle } from '../api';
import { report } from './problems';
import type { Retention } from './retention';
import type { Schedule } from './schedule';
import { problemsOfSecret, type SecretKey, type SecretKeyPair } from './secret-key';

/** An S3 system. */
export interface S3Config {
  /** Host name (https is meant), or a URL beginning with http:// or https://, without a bucket; e.g. 's3.example.net'. */
  readonly s3Host: string;
  /**
   * Region that requests are signed for.
   * @default 'us-east-1', which self-hosted systems accept
   */
  readonly region?: string;
  /**
   * Trust of the TLS certificate.
   * @default - the well-known certificate authorities
   */
  readonly tls?: {
    /** PEM certificates to trust in addition to the well-known ones. */
    readonly caBundle?: string;
  };
  /** The keys: `SecretKey.pair(secretName, accessKeyProperty, secretKeyProperty)`, a Secret in the Job namespace. */
  readonly s3Credentials: SecretKeyPair;
}

/** How a CSI driver stages its volumes on a node. */
export interface DriverConfig {
  /** Name of the CSIDriver. */
  readonly name: string;
  /** 'plain': mounted on …/globalmount; 'handle': on …/globalmount/<volume handle>, as ceph-csi RBD does; 'none': not at all. */
  readonly staging: StagingStyle;
}

/** What the administrator settles for all services. */
export interface BackupConfigSettings {
  /** When backups start, unless a ServiceBackup says otherwise. */
  readonly schedule: Schedule;
  /** The S3 system that holds the backup buckets. */
  readonly s3BackupConfig: S3Config;
  /** The password of the repositories, in a Secret in the Job namespace. Whoever loses it loses the backups. */
  readonly resticPasswordSecret: SecretKey;
  /**
   * How long snapshots are kept, unless a ServiceBackup says otherwise.
   * @default Retention.gfs()
   */
  readonly retention?: Retention;
  /**
   * Each service starts up to so long after the tick, always the same for one name. Whole seconds, at most a day.
   * @default Duration.minutes(5)
   */
  readonly jitter?: Duration;
  /**
   * Whether scheduled runs are suspended. Runs under way go on, and runNow works.
   * @default false
   */
  readonly suspend?: boolean;
  /**
   * Backup Jobs at once, over all nodes, 1 to 1000; there is never more than one a node.
   * @default 2
   */
  readonly maxParallelJobs?: number;
  /**
   * A Job whose container has not started after so long fails.
   * @default Duration.minutes(5)
   */
  readonly startDeadline?: Duration;
  /**
   * A Job that has not ended after so long fails.
   * @default Duration.days(1)
   */
  readonly deadline?: Duration;
  /**
   * CSI drivers whose staging differs from what is known of them.
   * @default - 'handle' for names ending in rbd.csi.ceph.com, else 'plain'
   */
  readonly drivers?: readonly DriverConfig[];
}

export interface BackupConfigProps extends BackupConfigSettings {
  /**
   * Namespace in which Jobs run and which holds the Secrets; that of the BackupOperator.
   * @default 'service-backup-jobs'
   */
  readonly jobNamespace?: string;
  /**
   * Metadata of the BackupConfig. Its namespace is the operator's.
   * @default - the construct's id is the name; the namespace is the chart's, else 'service-backup'
   */
  readonly metadata?: ApiObjectMetadata;
}

/** Settings for all ServiceBackups that name it; the one named 'default' is meant when a ServiceBackup names none. */
export class BackupConfig extends Construct {
  constructor(scope: Construct, id: string, props: BackupConfigProps) {
    super(scope, id);
    const { s3BackupConfig: s3, resticPasswordSecret: password, jobNamespace } = props;
    const jobSpec = {
      jobNs: jobNamespace === DEFAULTS.jobNamespace ? undefined : jobNamespace,
      startDeadlineSeconds: props.startDeadline?.toSeconds(),
      deadlineSeconds: props.deadline?.toSeconds(),
    };
    new BackupConfigObject(this, 'Default', {
      metadata: {
        ...props.metadata,
        name: props.metadata?.name ?? id,
        namespace: props.metadata?.namespace ?? Chart.of(this).namespace ?? DEFAULTS.operatorNamespace,
      },
      spec: {
        serviceBackup: {
          schedule: props.schedule.expression,
          timeZone: props.schedule.timeZone,
          jitterSeconds: props.jitter?.toSeconds(),
          suspend: props.suspend,
          maxParallelJobs: props.maxParallelJobs,
          s3BackupConfig: {
            s3Host: s3.s3Host,
            region: s3.region,
            tls: s3.tls && { caBundle: s3.tls.caBundle },
            s3Credentials: {
              secretName: s3.s3Credentials.secretName,
              // `cdk8s import` writes names in its own case here; the manifest has the CRD's.
              accessKeyIdProperty: s3.s3Credentials.accessKeyIDProperty,
              secretKeyProperty: s3.s3Credentials.secretKeyProperty,
            },
          },
          resticPasswordSecret: { secretName: password.secretName, secretKey: password.secretKey },
          resticRetentionPolicy: props.retention?.policy,
          jobSpec: Object.values(jobSpec).some((value) => value !== undefined) ? jobSpec : undefined,
          drivers: props.drivers?.map(({ name, staging }) => ({ name, staging: staging as Staging })),
        },
      },
    });
    report(this, problemsOf(props));
  }
}

const S3_HOST = /^(https?:\/\/)?[A-Za-z0-9.:[\]_-]+\/?$/;

function problemsOf(props: BackupConfigProps): string[] {
  const { s3BackupConfig: s3, resticPasswordSecret: password } = props;
  const { secretName, ...keys } = s3.s3Credentials;
  const problems = [
    ...props.schedule.problems(),
    ...(props.retention?.problems() ?? []),
    ...problemsOfSecret('s3BackupConfig.s3Credentials', secretName, keys),
    ...problemsOfSecret('resticPasswordSecret', password.secretName, { secretKey: password.secretKey }),
  ];
  if (!S3_HOST.test(s3.s3Host)) {
    problems.push(
      `s3BackupConfig.s3Host '${s3.s3Host}' is neither a host name nor a URL without a path: write it like 's3.example.net'.`,
    );
  }
  const { maxParallelJobs: jobs } = props;
  if (jobs !== undefined && !(Number.isInteger(jobs) && jobs >= 1 && jobs <= 1000)) {
    problems.push(`maxParallelJobs is ${jobs}: use a whole number from 1 to 1000.`);
  }
  const jitter = props.jitter?.toSeconds({ integral: false });
  if (jitter !== undefined && jitter > 86_400) {
    problems.push(`jitter is ${jitter} seconds: use at most Duration.days(1).`);
  }
  for (const name of ['startDeadline', 'deadline'] as const) {
    if (props[name]?.toSeconds() === 0) problems.push(`${name} is 0: use at least Duration.seconds(1).`);
  }
  const names = (props.drivers ?? []).map((driver) => driver.name);
  for (const name of new Set(names.filter((driver, at) => names.indexOf(driver) < at))) {
    problems.push(`drivers names '${name}' twice: remove one.`);
  }
  return problems;
}
