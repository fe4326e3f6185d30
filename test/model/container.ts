import type { PodView } from '../../src/operator/views';
import type { Work } from './work';

/** A container that runs on a node, whatever the API server knows of it: it goes on when its kubelet is cut off. */
export interface Container {
  pod: string;
  job: string;
  node: string;
  work: Work;
  running: boolean;
  /** Something of it is under way in the repository, which its lock tells. */
  atWork: boolean;
  /** Does not hear SIGTERM: it hangs in the S3 system. */
  deaf: boolean;
  /** What stands in its termination message. */
  report: string;
  endedAt?: number;
  /** What its kubelet will say of it; absent when nobody knows (the node lost power). */
  exit?: NonNullable<PodView['terminated']>;
  /** Its Node object was deleted while it ran: whoever does that says that it runs no more. */
  disowned: boolean;
}
