import { LABEL, TASK_LABEL, TASK_VARIABLE } from '../../src/api';
import type { Job, PodTemplate } from '../../src/kube/objects';
import { RESOURCES } from '../../src/kube/resources';
import { onNode } from '../../src/operator/backup-job';
import { withMover } from '../../src/operator/job';
import { each } from '../../testbed/simulation/access';
import { JOB_NAMESPACE } from '../../testbed/simulation/cluster';
import type { SimulatedItem } from '../../testbed/simulation/services';
import type { Setting } from './setting';

/**
 * The floor: a loop that makes a Job for each declaration and watches it end. It looks nothing up, keeps no state and tells
 * nobody; what it needs is what API server, controllers and scheduler need. Seconds.
 */
export async function nullOperator(
  setting: Setting,
  count: number,
): Promise<{ created: number; ended: number }> {
  const { kube, ledger, services } = setting;
  const template = (await kube.get<PodTemplate>(
    RESOURCES.podTemplates,
    'service-backup-mover',
    JOB_NAMESPACE,
  ))!;
  const began = Date.now();
  await each(services.slice(0, count), ({ name, namespace, items }) =>
    kube.create(RESOURCES.jobs, jobOf(template, `null-${count}-${namespace}-${name}`, items[0]!)),
  );
  const jobs = () => [...ledger.jobs.values()].filter(({ name }) => name.startsWith(`null-${count}-`));
  await ledger.until('the last Job to be seen', 60, () => jobs().length === count);
  const created = Math.max(...jobs().map(({ createdAt }) => createdAt)) - began;
  await ledger.until('the last Job to end', 300, () => jobs().every(({ endedAt }) => endedAt));
  const ended = Math.max(...jobs().map(({ endedAt }) => endedAt!)) - began;
  await each(jobs(), ({ name }) => kube.delete(RESOURCES.jobs, name, JOB_NAMESPACE));
  await ledger.until('the Jobs to go', 300, () => jobs().every(({ goneAt }) => goneAt));
  return { created: created / 1000, ended: ended / 1000 };
}

/** Of its task only what the simulated mover reads. */
function jobOf({ template }: PodTemplate, name: string, item: SimulatedItem): Job {
  const task = { kind: 'backup', run: name, repository: { bucket: name }, items: [{ name: item.name }] };
  const job: Job = {
    metadata: { name, namespace: JOB_NAMESPACE, labels: { [LABEL.task]: TASK_LABEL.backup } },
    spec: { backoffLimit: 0, template },
  };
  const value = JSON.stringify(task);
  return onNode(
    withMover(job, (mover) => ({ ...mover, env: [{ name: TASK_VARIABLE, value }] })),
    item.node,
  );
}
