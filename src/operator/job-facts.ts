import type { Step } from './step';
import type { JobView, NodeView, PodView } from './views';

/** What of the cluster tells how far a step's Job has come. */
export interface JobFacts {
  step: Step;
  job: JobView;
  pod?: PodView;
  /** The node it is on, or bound to; '' while that is open. */
  on: string;
  /** That node; absent when it is gone. */
  node?: NodeView;
  /** The kubelet's words on volumes that it could not mount. */
  failedMounts: readonly string[];
  jobNamespace: string;
  startDeadlineSeconds: number;
  deadlineSeconds: number;
  nodeLostSeconds: number;
  /** Of the run, in milliseconds: no Job goes on for longer. */
  runEndsAt: number;
}

/** The Job in words: `Job j1 on node-1`. */
export const named = ({ job, on }: JobFacts): string => `Job ${job.name}${on && ` on ${on}`}`;
