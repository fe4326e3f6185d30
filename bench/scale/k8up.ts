import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'yaml';
import { Mirror } from '../../src/kube/mirror';
import type { Job, KubeObject } from '../../src/kube/objects';
import { RESOURCES, type Resource } from '../../src/kube/resources';
import type { Rest } from '../../src/kube/rest';
import { jobView } from '../../src/operator/views';
import { go } from '../../testbed/build/binaries';
import { moduleOf, tool } from '../../testbed/build/tool';
import { until } from '../../testbed/machine/wait';
import { down, processes, up } from '../../testbed/simulation';
import { administrator, each } from '../../testbed/simulation/access';
import { create } from '../../testbed/simulation/cluster';
import { cpuSeconds, residentMemory } from '../../testbed/simulation/kernel';
import { LOOPBACK, paths } from '../../testbed/simulation/layout';
import { createNodes, createVolumes, SERVICE_LABEL } from '../../testbed/simulation/services';
import { mark, since } from './audit';
import { spread } from './figures';
import { MINUTE, servicesOf } from './setting';

const MODULE = 'github.com/k8up-io/k8up/v2';
const NAMESPACE = 'k8up-operator';
const PORT = 28_088;

const kind = (name: string, plural: string): Resource => ({
  apiVersion: 'k8up.io/v1',
  kind: name,
  plural,
  namespaced: true,
});
const SCHEDULES = kind('Schedule', 'schedules');
const BACKUPS = kind('Backup', 'backups');

/** What K8up needed. Times in seconds. */
export interface K8up {
  /** From the minute until the last Job was seen. */
  created: number;
  /** From a Job's completion until its Backup was seen as finished. */
  finished: { median: number; max: number };
  /** A backup, without its Lease and watches. */
  requests: number;
  writes: number;
  /** A backup. */
  cpuMilliseconds: number;
  /** In MiB, a while after that. */
  residentMemory: number;
}

/** K8up in the operator's place: one Schedule and one bound claim a service, and all are due in one minute. */
export async function k8up(count: number, nodes: number): Promise<K8up> {
  await up();
  const kube = administrator();
  const ledger = { jobs: new Map<string, Seen>(), finished: new Map<string, number>() };
  const mirrors: { stop(): Promise<void> }[] = [];
  try {
    await createNodes(
      kube,
      Array.from({ length: nodes }, (_, n) => `node-${n}`),
    );
    await createKinds(kube);
    await start();
    const services = servicesOf(0, count, (n) => `node-${n % nodes}`, 5000);
    await createVolumes(kube, services);
    mirrors.push(...watch(kube, ledger));
    // Longer than it takes to be told of all Schedules: those it hears of too late would run tomorrow.
    const tick = Math.ceil((Date.now() + 90_000) / MINUTE) * MINUTE;
    await each(services, ({ namespace, name }) => kube.create(SCHEDULES, schedule(namespace, name, tick)));
    await pause(tick - Date.now() - 1000);
    const from = mark();
    const cpu = cpuSeconds('k8up');
    const { jobs, finished } = ledger;
    await until(
      { what: `${count} Backups of K8up to finish`, seconds: 900 },
      async () => finished.size >= count,
    );
    await pause(3000);
    const { work, writes } = since(from);
    const spent = cpuSeconds('k8up') - cpu;
    await pause(20_000);
    const gaps = [...finished].map(([backup, at]) => (at - jobs.get(backup)!.completedAt!) / 1000);
    return {
      created: (Math.max(...[...jobs.values()].map(({ createdAt }) => createdAt)) - tick) / 1000,
      finished: spread(gaps),
      requests: work / count,
      writes: writes / count,
      cpuMilliseconds: (spent * 1000) / count,
      residentMemory: residentMemory('k8up'),
    };
  } finally {
    await Promise.all(mirrors.map((mirror) => mirror.stop()));
    kube.close();
    await down();
  }
}

/** A Job as it was seen: instants of this machine's clock, in ms. */
interface Seen {
  createdAt: number;
  completedAt?: number;
}

/** Both by `namespace/name` of the Backup. */
function watch(kube: Rest, { jobs, finished }: { jobs: Map<string, Seen>; finished: Map<string, number> }) {
  return [
    new Mirror<Job, { of: string; complete: boolean }>(kube, {
      resource: RESOURCES.jobs,
      select: (job) => ({
        of: `${job.metadata.namespace}/${job.metadata.ownerReferences?.[0]?.name}`,
        complete: jobView(job).end !== undefined,
      }),
      onChange: (_, now) => {
        if (!now) return;
        const seen = jobs.get(now.of) ?? { createdAt: Date.now() };
        jobs.set(now.of, seen);
        if (now.complete) seen.completedAt ??= Date.now();
      },
    }).start(),
    new Mirror<KubeObject & { status?: { finished?: boolean } }, { finished: boolean }>(kube, {
      resource: BACKUPS,
      select: ({ status }) => ({ finished: status?.finished ?? false }),
      onChange: (key, now) => {
        if (now?.finished && !finished.has(key)) finished.set(key, Date.now());
      },
    }).start(),
  ];
}

function schedule(namespace: string, name: string, tick: number): KubeObject {
  const at = new Date(tick);
  const key = (key: string) => ({ name: 's3-backup', key });
  return {
    metadata: { namespace, name },
    spec: {
      backend: {
        repoPasswordSecretRef: { name: 'restic-pw', key: 'pw' },
        s3: {
          endpoint: 'https://s3.simulated.local',
          bucket: `${namespace}-${name}`,
          accessKeyIDSecretRef: key('AccessKey'),
          secretAccessKeySecretRef: key('SecretKey'),
        },
      },
      backup: {
        schedule: `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`,
        labelSelectors: [{ matchLabels: { [SERVICE_LABEL]: name } }],
      },
    },
  } as KubeObject;
}

async function createKinds(kube: Rest): Promise<void> {
  const directory = (await go(moduleOf('k8up'), ['list', '-m', '-f', '{{.Dir}}', MODULE])).trim();
  const definitions = join(directory, 'config', 'crd', 'apiextensions.k8s.io', 'v1');
  const files = readdirSync(definitions).map((file) => readFileSync(join(definitions, file), 'utf8'));
  await create(kube, [
    ...files.map((file) => parse(file) as KubeObject),
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  ]);
  await until({ what: "K8up's kinds to be served", seconds: 30 }, () => kube.list(BACKUPS).then(() => true));
}

/** With its default settings and all rights there are; without a Lease, which it can have only in a cluster. */
async function start(): Promise<void> {
  const program = await tool('k8up');
  processes.start({
    name: 'k8up',
    command: [program, 'operator'],
    env: {
      KUBECONFIG: paths.kubeconfig('peer'),
      BACKUP_OPERATOR_NAMESPACE: NAMESPACE,
      BACKUP_METRICS_BINDADDRESS: `${LOOPBACK}:${PORT}`,
      BACKUP_ENABLE_LEADER_ELECTION: 'false',
      TZ: 'Etc/UTC',
    },
  });
  await processes.serving('k8up', 60, () => fetch(`http://${LOOPBACK}:${PORT}/metrics`).then(({ ok }) => ok));
}
