import { SECOND } from './agenda';
import { type Cluster, isTerminal, type JobObject } from './cluster';

const SYNC = SECOND / 2;

/**
 * Kubernetes' Job controller for backoffLimit 0 (Jobs, "Pod failure policy" and "Job termination and cleanup" in its documentation;
 * FACTS.md): one pod; one that is being deleted counts as failed; a Job is Failed only when its pod has ended or is gone.
 */
export class JobController {
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    const soon = (name: string) => cluster.agenda.after(SYNC, () => this.sync(name));
    cluster.jobs.onChange((name) => soon(name));
    cluster.pods.onChange((name, pod) => soon(pod?.job ?? jobOf(name)));
  }

  /** activeDeadlineSeconds counts from the Job's start. */
  watchDeadline({ name, uid, deadlineSeconds }: JobObject): void {
    const { agenda, jobs } = this.cluster;
    agenda.after(deadlineSeconds * SECOND, () => {
      const job = jobs.get(name);
      if (!job || job.uid !== uid || job.end) return;
      if (!job.failing) jobs.patch(name, { failing: 'DeadlineExceeded' });
      const pod = this.cluster.podOf(job);
      if (pod) this.cluster.deletePod(pod.name);
    });
  }

  private sync(name: string): void {
    const { jobs, pods } = this.cluster;
    const job = jobs.get(name);
    // Garbage collection: pods whose Job is gone go after it, in their own time.
    for (const pod of pods.list())
      if (pod.job === name && pod.jobUid !== job?.uid) {
        if (isTerminal(pod)) pods.delete(pod.name);
        else this.cluster.deletePod(pod.name);
      }
    if (!job) return;
    const pod = this.cluster.podOf(job);
    if (!pod) {
      if (job.end) return;
      if (job.hasPod || job.failing) this.fail(job);
      else this.makePod(job);
      return;
    }
    if (isTerminal(pod)) {
      if (!job.end && pod.phase === 'Succeeded' && !job.failing) this.complete(job);
      else if (!job.end) this.fail(job);
      // Counted: its finalizer goes.
      if (pod.deleting) pods.delete(pod.name);
    } else if (pod.deleting && !job.failing) jobs.patch(name, { failing: 'BackoffLimitExceeded' });
  }

  private makePod({ name, uid, owner, ownerKey }: JobObject): void {
    const pod = this.cluster.unique(name);
    this.cluster.jobs.patch(name, { hasPod: true });
    this.cluster.pods.set(pod, {
      name: pod,
      job: name,
      jobUid: uid,
      owner,
      ownerKey,
      node: '',
      phase: 'Pending',
      deleting: false,
      started: false,
    });
  }

  private complete({ name }: JobObject): void {
    this.cluster.jobs.patch(name, { end: { state: 'Complete', reason: 'CompletionsReached', message: '' } });
  }

  private fail({ name, failing = 'BackoffLimitExceeded' }: JobObject): void {
    this.cluster.jobs.patch(name, { failing, end: { state: 'Failed', reason: failing, message: '' } });
  }
}

/** A pod's name is its Job's, a hyphen and five letters. */
const jobOf = (pod: string): string => pod.slice(0, -6);
