import { ANNOTATION } from '../../src/api';
import type { ServiceBackup } from '../../src/api/kinds';
import { Mirror } from '../../src/kube/mirror';
import type { Job, Pod } from '../../src/kube/objects';
import { RESOURCES } from '../../src/kube/resources';
import type { Rest } from '../../src/kube/rest';
import { podView } from '../../src/operator/views';
import { JOB_NAMESPACE } from './cluster';

/** A Job as it was seen. Instants are those of this machine's clock when the news arrived, in ms. */
export interface SeenJob {
  name: string;
  uid: string;
  /** `namespace/name` of its ServiceBackup. */
  of: string;
  createdAt: number;
  /** Its mover has ended. */
  endedAt?: number;
  goneAt?: number;
}

/** A run of a ServiceBackup, as its status told of it. */
export interface SeenRun {
  id: string;
  /** When it was seen for the first time. */
  beganAt: number;
  /** Every end that was recorded: one, if all is well. */
  ends: { at: number; state: string }[];
}

/** Watches Jobs and ServiceBackups, and writes down what became of them: what was there for a moment is not missed. */
export class Ledger {
  /** By UID: one of the same name that was made again is another. */
  readonly jobs = new Map<string, SeenJob>();
  private readonly runs = new Map<string, Map<string, SeenRun>>();
  private readonly scheduledAt = new Map<string, number>();
  private readonly mirrors: { stop(): Promise<void> }[];
  private readonly synced: Promise<unknown>;
  private looks: (() => void)[] = [];
  private lastEnds = new Map<string, string>();

  private constructor(kube: Rest) {
    const jobs = new Mirror<Job, SeenJob>(kube, {
      resource: RESOURCES.jobs,
      namespace: JOB_NAMESPACE,
      select: (job) => ({
        name: job.metadata.name,
        uid: job.metadata.uid!,
        of: job.metadata.annotations?.[ANNOTATION.serviceBackup] ?? '',
        createdAt: 0,
      }),
      onChange: (_, now, before) => this.takeJob(now, before),
    }).start();
    const pods = new Mirror<Pod, { job: string; ended: boolean }>(kube, {
      resource: RESOURCES.pods,
      namespace: JOB_NAMESPACE,
      select: (pod) => ({
        job: pod.metadata.ownerReferences?.[0]?.uid ?? '',
        ended: podView(pod).terminated !== undefined,
      }),
      onChange: (_, now) => now?.ended && this.takeEnd(now.job),
    }).start();
    const backups = new Mirror<ServiceBackup, Recorded>(kube, {
      resource: RESOURCES.serviceBackups,
      select: recorded,
      onChange: (key, now) => this.takeBackup(key, now),
    }).start();
    this.mirrors = [jobs, pods, backups];
    this.synced = Promise.all([jobs.whenSynced, pods.whenSynced, backups.whenSynced]);
  }

  static async open(kube: Rest): Promise<Ledger> {
    const ledger = new Ledger(kube);
    await ledger.synced;
    return ledger;
  }

  async close(): Promise<void> {
    await Promise.all(this.mirrors.map((mirror) => mirror.stop()));
  }

  jobsOf = (key: string): SeenJob[] => [...this.jobs.values()].filter(({ of }) => of === key);
  runsOf = (key: string): SeenRun[] => [...(this.runs.get(key)?.values() ?? [])];
  /** When its status said for the first time when it runs next. */
  scheduled = (key: string): number | undefined => this.scheduledAt.get(key);

  /** Looks again whenever there is news, until there is an answer. */
  async until<T>(what: string, seconds: number, probe: () => T | undefined | false): Promise<T> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const answer = probe();
      if (answer !== undefined && answer !== false) return answer;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`Waited ${seconds} s in vain for ${what}.`);
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.looks.push(resolve);
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
  }

  private takeJob(now: SeenJob | undefined, before: SeenJob | undefined): void {
    const at = Date.now();
    if (before && before.uid !== now?.uid) this.jobs.get(before.uid)!.goneAt ??= at;
    if (now && !this.jobs.has(now.uid)) this.jobs.set(now.uid, { ...now, createdAt: at });
    this.news();
  }

  private takeEnd(uid: string): void {
    const job = this.jobs.get(uid);
    if (job) job.endedAt ??= Date.now();
    this.news();
  }

  private takeBackup(key: string, now: Recorded | undefined): void {
    if (!now) return;
    const at = Date.now();
    if (now.scheduled && !this.scheduledAt.has(key)) this.scheduledAt.set(key, at);
    if (now.run) this.runOf(key, now.run);
    const { last } = now;
    if (last && this.lastEnds.get(key) !== `${last.run} ${last.timestamp}`) {
      this.lastEnds.set(key, `${last.run} ${last.timestamp}`);
      this.runOf(key, last.run).ends.push({ at, state: last.state });
    }
    this.news();
  }

  private runOf(key: string, id: string): SeenRun {
    const runs = this.runs.get(key) ?? new Map<string, SeenRun>();
    this.runs.set(key, runs);
    const run = runs.get(id) ?? { id, beganAt: Date.now(), ends: [] };
    runs.set(id, run);
    return run;
  }

  private news(): void {
    const { looks } = this;
    this.looks = [];
    for (const look of looks) look();
  }
}

interface Recorded {
  scheduled: boolean;
  run?: string;
  last?: { run: string; timestamp: string; state: string };
}

function recorded({ status }: ServiceBackup): Recorded {
  const { run, lastBackup: last, nextBackup } = status ?? {};
  return {
    scheduled: nextBackup !== undefined,
    ...(run && { run: run.id }),
    ...(last && { last: { run: last.run, timestamp: last.timestamp, state: last.state } }),
  };
}
