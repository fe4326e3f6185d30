import type { ServicesOptions } from '../../services';

/** What differs from cluster to cluster. */
export interface SceneOptions extends ServicesOptions {
  /**
   * Storage class of each claim.
   * @default - the cluster's default class
   */
  readonly storageClasses?: {
    readonly uploads?: string;
    readonly database?: string;
    readonly pages?: string;
  };
  /**
   * The node on which each workload must run.
   * @default - the scheduler chooses
   */
  readonly nodes?: {
    readonly web?: string;
    readonly database?: string;
    readonly wiki?: string;
  };
}
