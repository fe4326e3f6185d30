import type { RunGroup } from '../api/service-backup';
import type { JobView, NodeView, PodView } from './views';

/** What of the cluster tells how far a group's Job has come. */
export interface JobFacts {
  group: RunGroup;
  job: JobView;
  pod?: PodView;
  /** The group's node; absent when it is gone. */
  node?: NodeView;
  jobNamespace: string;
  startDeadlineSeconds: number;
  deadlineSeconds: number;
}
