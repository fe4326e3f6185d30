import type { ServiceBackup } from '../../src/api/kinds';
import type { ServiceBackupStatus } from '../../src/api/service-backup';
import type { Observed } from '../../src/operator/observed';
import type { StepJob } from '../../src/operator/step-job';
import type { Cluster, JobObject } from './cluster';
import type { JobController } from './job-controller';
import type { Fault } from './operator';
import { workOf } from './work';

export type Answer = 'Done' | 'Conflict' | 'Error' | 'Forbidden' | 'Invalid';

/** A status that is written, and what it was decided from. */
export interface Decision {
  observed: Observed;
  status: ServiceBackupStatus;
  /** By the clock of the operator that decided. */
  now: Date;
}

/** Who looks at every write that takes effect. */
export interface Onlooker {
  status(before: ServiceBackup, after: ServiceBackup, decision: Decision): void;
  created(job: JobObject): void;
  deleted(job: JobObject): void;
}

/** The API server, as operators write to it: every write may fail, or be done though the answer is an error. */
export class Api {
  private readonly cluster: Cluster;
  private readonly controller: JobController;
  private readonly onlooker: Onlooker;
  private readonly past: ServiceBackup[] = [];

  constructor(cluster: Cluster, controller: JobController, onlooker: Onlooker) {
    this.cluster = cluster;
    this.controller = controller;
    this.onlooker = onlooker;
    this.past.push(cluster.backup);
    cluster.wrote.push(() => this.past.push(cluster.backup));
  }

  /** The ServiceBackup, perhaps of some versions ago. */
  read(lag: number): ServiceBackup {
    return this.past[Math.max(0, this.past.length - 1 - lag)]!;
  }

  write(decision: Decision, fault?: Fault['answer']): Answer {
    if (fault === 'Refused') return 'Error';
    const { observed, status } = decision;
    const before = this.cluster.backup;
    if (!this.cluster.replaceStatus(observed.backup.metadata.resourceVersion, status)) return 'Conflict';
    this.onlooker.status(before, this.cluster.backup, decision);
    return fault ? 'Error' : 'Done';
  }

  createJob(
    wanted: StepJob,
    { backup }: Observed,
    deadPods: readonly string[],
    fault?: Fault['answer'],
  ): Answer {
    const { cluster } = this;
    const { job: name } = wanted.step;
    if (fault === 'Refused') return 'Error';
    if (cluster.jobs.get(name)) return fault ? 'Error' : 'Done';
    if (cluster.refuses) return cluster.refuses === 403 ? 'Forbidden' : 'Invalid';
    const work = workOf(wanted, deadPods);
    const job: JobObject = {
      name,
      uid: cluster.unique('uid'),
      createdAt: new Date(cluster.agenda.now).toISOString().replace(/\.\d+Z$/, 'Z'),
      owner: backup.metadata.uid,
      ownerKey: `${backup.metadata.namespace}/${backup.metadata.name}`,
      run: wanted.run,
      node: work.node ?? '',
      ...(work.scratch !== undefined && { scratch: work.scratch }),
      work,
      deadlineSeconds: wanted.deadlineSeconds,
      version: cluster.version,
      hasPod: false,
    };
    cluster.jobs.set(name, job);
    this.controller.watchDeadline(job);
    this.onlooker.created(job);
    return fault ? 'Error' : 'Done';
  }

  /** With the UID as precondition; its pods go after it. */
  deleteJob(name: string, uid: string, fault?: Fault['answer']): Answer {
    if (fault === 'Refused') return 'Error';
    const job = this.cluster.jobs.get(name);
    if (job?.uid === uid) {
      this.cluster.jobs.delete(name);
      this.onlooker.deleted(job);
    }
    return fault ? 'Error' : 'Done';
  }
}
