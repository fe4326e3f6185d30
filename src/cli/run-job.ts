import { setTimeout as sleep } from 'node:timers/promises';
import { decodeReportLine, MOVER_CONTAINER, type ReportLine } from '../api';
import { isKubeError } from '../kube/error';
import type { Job, Pod } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import type { Rest } from '../kube/rest';
import { Failure } from './failure';
import { type JobState, jobState } from './job-state';
import type { Narrator } from './narrator';
import { LOOK_AGAIN, patiently } from './patience';

/** After the mover has ended its log is whole within a moment; a connection that says nothing longer is dead. */
const LOG_GRACE = 5_000;

export interface JobTools {
  kube: Rest;
  narrator: Narrator;
  signal: AbortSignal;
}

export interface JobRun {
  name: string;
  namespace: string;
  /** Of the Job: the pod of an earlier one of the same name may linger, with an end and a report of its own. */
  uid: string;
  startDeadlineSeconds: number;
  /** What the mover does until it reports, for "waiting for …". */
  doing: string;
  onLine(line: ReportLine): void;
}

/** The mover never ran, and so did nothing. */
export class NotStarted extends Failure {}

export type JobEnd = Extract<JobState, { state: 'ended' }>;

/**
 * Follows a Job to its end: waits for its pod, hands every line of the report on, once and in order, and gives how the
 * mover ended.
 *
 * @throws NotStarted when the mover did not start in time; Failure when it was lost.
 */
export async function followJob(run: JobRun, tools: JobTools): Promise<JobEnd> {
  const { narrator } = tools;
  const begun = await whenBegun(run, tools);
  narrator.waitFor(run.doing);
  const log = new LogReader(run, begun.pod, tools);
  const closing = new AbortController();
  const following = log.follow(AbortSignal.any([tools.signal, closing.signal]));
  const end = await whenEnded(run, tools);
  await Promise.race([following, sleep(LOG_GRACE, undefined, { ref: false })]);
  closing.abort();
  await following;
  // A stream may have ended early (a rotated log, a restarted kubelet): what was missed is read again.
  await log.rest();
  return end;
}

async function whenBegun(run: JobRun, tools: JobTools): Promise<Extract<JobState, { pod: string }>> {
  const deadline = Date.now() + run.startDeadlineSeconds * 1000;
  for (;;) {
    const state = await look(run, tools);
    if (state.state === 'lost') throw new Failure(`${capital(state.why)}.`);
    if (state.state !== 'waiting') return state;
    if (Date.now() > deadline)
      throw new NotStarted(
        `Job ${run.namespace}/${run.name} did not start within ${run.startDeadlineSeconds} s: it still waits for ${state.for}.`,
      );
    tools.narrator.waitFor(state.for);
    await sleep(LOOK_AGAIN, undefined, { signal: tools.signal });
  }
}

async function whenEnded(run: JobRun, tools: JobTools): Promise<JobEnd> {
  for (;;) {
    const state = await look(run, tools);
    if (state.state === 'ended') return state;
    if (state.state === 'lost') throw new Failure(`${capital(state.why)}.`);
    await sleep(LOOK_AGAIN, undefined, { signal: tools.signal });
  }
}

const look = ({ name, namespace, uid }: JobRun, { kube, ...tools }: JobTools): Promise<JobState> =>
  patiently(async () => {
    const [job, pods] = await Promise.all([
      kube.get<Job>(RESOURCES.jobs, name, namespace),
      kube.list<Pod>(RESOURCES.pods, {
        namespace,
        labelSelector: `batch.kubernetes.io/controller-uid=${uid}`,
      }),
    ]);
    return jobState(name, job, pods);
  }, tools);

/** Reads a pod's log, as often as it takes, and hands each line on once. */
class LogReader {
  private handed = 0;
  private readonly run: JobRun;
  private readonly pod: string;
  private readonly kube: Rest;

  constructor(run: JobRun, pod: string, { kube }: JobTools) {
    this.run = run;
    this.pod = pod;
    this.kube = kube;
  }

  /** Until the log ends, or `signal` says that it is enough. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        return await this.read({ follow: true, signal });
      } catch {
        await sleep(LOOK_AGAIN, undefined, { signal }).catch(() => {});
      }
    }
  }

  async rest(): Promise<void> {
    await this.read({ follow: false }).catch((error: unknown) => {
      // The verdict needs the report's last line: without it, the caller says that the report is not whole.
      if (!isKubeError(error)) throw error;
    });
  }

  private async read(options: { follow: boolean; signal?: AbortSignal }): Promise<void> {
    let at = 0;
    const { namespace, onLine } = this.run;
    for await (const text of this.kube.logs(namespace, this.pod, MOVER_CONTAINER, options)) {
      at += 1;
      if (at <= this.handed) continue;
      this.handed = at;
      const line = decodeReportLine(text);
      if (line) onLine(line);
    }
  }
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
