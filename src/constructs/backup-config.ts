import { type ApiObjectMetadata, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import {
  BackupConfig as BackupConfigObject,
  type BackupConfigSpecServiceBackupRecoveryKey as RecoveryKey,
  type BackupConfigSpecServiceBackupDriversStaging as Staging,
} from '../../imports/servicebackup.io';
import { DEFAULTS } from '../api';
import { problemsOfConfig, secondsOf } from './backup-config-problems';
import type { BackupConfigSettings } from './backup-config-settings';
import { checkOf, pruneOf } from './maintenance';
import { metByConfigs } from './maintenance-secrets';
import { problemsOfNamespace, problemsOfOwnName } from './names';
import { report } from './problems';
import { nameOf, type ObjectReference, problemsOfKind } from './reference';
import { s3BackupConfigOf, s3ServiceConfigOf } from './s3-config';
import { scratchVolumeOf } from './scratch-volume';
import { written } from './written';

export interface BackupConfigProps extends BackupConfigSettings {
  /**
   * Namespace in which Jobs run and which holds the Secrets; that of the BackupOperator.
   * @default 'service-backup-jobs'
   */
  readonly jobNamespace?: ObjectReference | string;
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
    const { resticPasswordSecret: password } = props;
    const jobNamespace = nameOf(props.jobNamespace ?? DEFAULTS.jobNamespace);
    const name = props.metadata?.name ?? id;
    const namespace = props.metadata?.namespace ?? Chart.of(this).namespace ?? DEFAULTS.operatorNamespace;
    const jobSpec = {
      jobNs: jobNamespace === DEFAULTS.jobNamespace ? undefined : jobNamespace,
      startDeadlineSeconds: secondsOf(props.startDeadline),
      deadlineSeconds: secondsOf(props.deadline),
      runDeadlineSeconds: secondsOf(props.runDeadline),
      backoffLimit: props.backoffLimit,
      nodeLostSeconds: secondsOf(props.nodeLost),
      stallSeconds: secondsOf(props.stall),
    };
    new BackupConfigObject(this, 'Default', {
      metadata: { ...props.metadata, name, namespace },
      spec: {
        serviceBackup: {
          schedule: props.schedule.expression,
          timeZone: props.schedule.timeZone,
          jitterSeconds: secondsOf(props.jitter),
          suspend: props.suspend,
          startingDeadlineSeconds: secondsOf(props.startingDeadline),
          roundDeadlineSeconds: secondsOf(props.roundDeadline),
          maxParallelJobs: props.maxParallelJobs,
          s3BackupConfig: s3BackupConfigOf(props.s3BackupConfig),
          s3ServiceConfig: props.s3ServiceConfig && s3ServiceConfigOf(props.s3ServiceConfig),
          scratchVol: props.scratchVol && written(scratchVolumeOf(props.scratchVol)),
          resticPasswordSecret: { secretName: password.secretName, secretKey: password.secretKey },
          resticRetentionPolicy: props.retention?.policy,
          maxForgetPercent: props.maxForgetPercent,
          check: props.check && checkOf(props.check),
          prune: props.prune && pruneOf(props.prune),
          recoveryKey: props.recoveryKey as RecoveryKey | undefined,
          notify: props.notify && written({ success: props.notify.success, failure: props.notify.failure }),
          jobSpec: written(jobSpec),
          allowedNamespaces: props.allowedNamespaces && [...props.allowedNamespaces],
          buckets: props.buckets?.map(({ namespaces, backup, service }) => ({
            namespaces: namespaces && [...namespaces],
            backup: [...backup],
            service: service && [...service],
          })),
          drivers: props.drivers?.map(({ name, staging }) => ({ name, staging: staging as Staging })),
        },
      },
    });
    const problems = [
      ...problemsOfOwnName(name, { isId: props.metadata?.name === undefined, example: DEFAULTS.configName }),
      ...problemsOfNamespace('namespace', namespace),
      ...problemsOfKind('jobNamespace', props.jobNamespace ?? jobNamespace, 'Namespace'),
      ...problemsOfNamespace('jobNamespace', jobNamespace),
      ...problemsOfConfig(props, jobNamespace),
    ];
    report(this, problems, metByConfigs);
  }
}
