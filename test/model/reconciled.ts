import { TASK_VARIABLE } from '../../src/api/group';
import type { BackupConfig, ServiceBackup } from '../../src/api/kinds';
import { misfitOf } from '../../src/api/misfit';
import type { ServiceBackupStatus } from '../../src/api/service-backup';
import type { Job, PodTemplate } from '../../src/kube/objects';
import { taskFrom } from '../../src/mover/task-from';
import { backupView } from '../../src/operator/backup-view';
import { bucketOwner } from '../../src/operator/bucket-owner';
import type { Action } from '../../src/operator/draft';
import { eventOf } from '../../src/operator/events';
import { claimsOf, itemNames } from '../../src/operator/items';
import { metricsOf } from '../../src/operator/metrics';
import { configView } from '../../src/operator/mirrors';
import { misunderstood } from '../../src/operator/misunderstood';
import type { Observed } from '../../src/operator/observed';
import { plan } from '../../src/operator/plan';
import { repositoryRef } from '../../src/operator/repository-ref';
import { isFailure, settingsOf } from '../../src/operator/settings';
import { stepsOf } from '../../src/operator/step';
import { stepJob, takenBy } from '../../src/operator/step-job';
import { backup, ended, job, observed, config as ordinaryConfig, placement } from '../operator/fixtures';

export interface Given {
  backup: ServiceBackup;
  /** @default - an ordinary one */
  config?: BackupConfig;
  /** What every Job's pod says when it ends. */
  report: string;
}

/** Beside one for each step that is open already: who decides more often than that at one instant spins. */
const MOST_DECISIONS = 50;
const NOW = new Date('2026-11-21T12:00:00Z');

/** What the operator does with an object, in the order in which it does it; gives every status that it writes. */
export function decided(given: Given): ServiceBackupStatus[] {
  backupView(given.backup);
  beside(given.backup);
  const misfit = misfitOf(given.backup);
  if (misfit) {
    const { status, event, words } = misunderstood(given.backup, misfit, NOW);
    expect(words).toMatch(/cannot be understood: (spec|status)/);
    if (event) JSON.stringify(eventOf(given.backup, event, 'operator', NOW));
    return status ? [status] : [];
  }
  const view = configView(given.config ?? ordinaryConfig());
  const config = 'config' in view ? { config: view.config } : { configMisfit: view.misfit };
  const written: ServiceBackupStatus[] = [];
  const made = new Map<string, { node: string; at: Date }>();
  let current = given.backup;
  let now = NOW;
  for (let n = 0; ; n += 1) {
    if (n > MOST_DECISIONS + stepsOf(given.backup.status?.run).length)
      throw new Error(`it spins: ${JSON.stringify(written.slice(-2))}`);
    const seen = see(current, config, made, given.report, now);
    let decision = plan(seen, now);
    if (decision.needsPlaces) {
      const names = itemNames(current, current.status?.run?.selected);
      const places = Object.fromEntries(
        names.map((name, at) => [name, placement(`node-${1 + (at % 2)}`, name)]),
      );
      decision = plan({ ...seen, places, claims: [] }, now);
      expect(decision.needsPlaces).toBe(false);
    }
    carryOut(current, config, decision.actions, made, now, given.backup.status === undefined);
    if (decision.wakeAt) expect(decision.wakeAt.getTime()).not.toBeNaN();
    if (!decision.changed) {
      // Nothing is done before something happens: what happens is that time goes by, and Jobs end.
      if (now > NOW) return written;
      now = new Date(NOW.getTime() + 60_000);
      continue;
    }
    written.push(decision.status);
    current = { ...current, status: decision.status };
    backupView(current);
  }
}

type Config = Pick<Observed, 'config' | 'configMisfit'>;

/** Jobs begin at once, and end within a minute. */
function see(
  current: ServiceBackup,
  config: Config,
  made: ReadonlyMap<string, { node: string; at: Date }>,
  report: string,
  now: Date,
): Observed {
  const { config: _, ...rest } = observed(current);
  const jobs = [...made].map(([name, { node, at }]) => job(name, node, { createdAt: at.toISOString() }));
  const pods = [...made].map(([name, { node, at }]) => [
    name,
    ended(name, at < now ? report : '{}', 0, node),
  ]);
  return { ...rest, ...config, jobs, pods: Object.fromEntries(pods) };
}

const template: PodTemplate = {
  metadata: { name: 'template' },
  template: { spec: { containers: [{ name: 'mover' }] } },
};

/** Of a status that is all ours every task that is made is one that the mover takes. */
function carryOut(
  current: ServiceBackup,
  { config }: Config,
  actions: readonly Action[],
  made: Map<string, { node: string; at: Date }>,
  now: Date,
  areOurs: boolean,
): void {
  for (const action of actions) {
    if (action.type === 'event') JSON.stringify(eventOf(current, action.event, 'operator', now));
    if (action.type === 'deleteJob') made.delete(action.name);
    if (action.type !== 'createJob') continue;
    made.set(action.job.step.job, { node: takenBy(action.job), at: now });
    const settings = settingsOf(current, config!, 'service-backup-jobs');
    if (isFailure(settings)) throw new Error(`a Job is made though ${settings.message}`);
    const repository = repositoryRef(current, settings, 'cluster-uid', []);
    const source = { template, backup: current, settings, repository, jobNamespace: 'service-backup-jobs' };
    const env = { [TASK_VARIABLE]: taskOf(stepJob(action.job, source)) };
    if (areOurs) taskFrom(env);
  }
}

const taskOf = ({ spec }: Job): string =>
  spec!.template.spec.containers[0]!.env!.find(({ name }) => name === TASK_VARIABLE)!.value!;

const neighbour = backup(['data'], { name: 'neighbour' });

/** What of one object is looked at for another: whose the bucket is, and which claims are covered. */
function beside(hostile: ServiceBackup): void {
  const sameBucket = {
    ...neighbour,
    spec: { ...neighbour.spec, backupBucketName: backupView(hostile).bucket },
  };
  bucketOwner(backupView(sameBucket), [backupView(hostile)], () => ordinaryConfig());
  if (!misfitOf(hostile)) claimsOf(hostile);
}

/** What is scraped of a neighbour and of these. */
export const scraped = (others: readonly ServiceBackup[]): string =>
  [
    ...metricsOf(
      () => [neighbour, ...others].map(backupView),
      () => true,
    ),
  ].join('');

/** The lines of the neighbour; each of the others must be readable. */
export function onlyKnown(text: string): string[] {
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
  for (const line of lines)
    expect(line).toMatch(/^service_backup_[a-z_]+(\{namespace="[a-z]+",name="[a-z]+"\})? (-?[0-9.e+]+|NaN)$/);
  return lines.filter((line) => line.includes('neighbour'));
}
