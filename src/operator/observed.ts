import type { BackupConfig, ServiceBackup } from '../api/kinds';
import type { Failure } from './failure';
import type { Place } from './placement';
import type { ClaimView, JobView, NodeView, PodView } from './views';

/** A Job that the API server would not take. */
export interface Refusal extends Failure {
  job: string;
  /** Trying again without a change by somebody is no use. */
  final: boolean;
}

/** A pod of the service that must start on another node, and cannot before the open step's Job lets go of the volume. */
export interface Displaced {
  item: string;
  pod: string;
  node: string;
}

/** All that a decision about one ServiceBackup rests on: what the cluster says now. */
export interface Observed {
  backup: ServiceBackup;
  /** Where things are, and who we are. */
  at: { cluster: string; jobNamespace: string; operatorNamespace: string; kubeletDirectory?: string };
  config?: BackupConfig;
  /** Why its config, which is there, cannot be understood. */
  configMisfit?: Failure;
  /** `namespace/name` of an older ServiceBackup that has the same bucket. */
  bucketOwner?: string;
  /** Jobs of this ServiceBackup's runs. */
  jobs: readonly JobView[];
  /** Their pods, by the Job's name. */
  pods: Readonly<Record<string, PodView>>;
  /** Pods of Jobs that were deleted, and made again under the same name. */
  formerPods?: readonly PodView[];
  /** Names of pods that are gone, and whose mover has ended for certain. */
  erasedPods?: readonly string[];
  nodes: Readonly<Record<string, NodeView>>;
  /** What other ServiceBackups' Jobs take up that run, or are decided: one entry a Job, a node or a scratch claim; '' for one that has neither. */
  busy: readonly string[];
  refusal?: Refusal;
  /** The kubelet's words on volumes that it could not mount for the open step's pod. */
  failedMounts?: readonly string[];
  /** The ConfigMap that this pod waits for in vain: it is gone with the version that its Job is of. */
  goneProgram?: string;
  displaced?: readonly Displaced[];
  /** Claims of the namespace, or why they cannot be listed; looked up with `places`, for selectors that have not been asked yet. */
  claims?: readonly ClaimView[] | Failure;
  /** Where each item can be read; looked up only when a plan asks for it. */
  places?: Readonly<Record<string, Place>>;
}
