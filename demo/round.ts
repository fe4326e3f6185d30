import type { ServiceBackup } from '../src/api';
import type { Cluster } from './cluster';
import { until, type Waiting } from './steps';

export interface Service {
  namespace: string;
  name: string;
}
export const nameOf = (s: Service): string => `${s.namespace}/${s.name}`;

export async function readBackup(cluster: Cluster, service: Service): Promise<ServiceBackup> {
  return JSON.parse(
    await cluster.kubectl(['get', 'servicebackup', service.name, '-n', service.namespace, '-o', 'json']),
  ) as ServiceBackup;
}

/** Starts one run of each service through `runNow` and waits until all have ended. */
export async function runOnce(
  cluster: Cluster,
  services: Service[],
  runNow: string,
  waiting: Waiting,
): Promise<ServiceBackup[]> {
  const before = await Promise.all(services.map((service) => readBackup(cluster, service)));
  const lastRuns = new Map(
    services.map((service, at) => [nameOf(service), before[at]!.status?.lastBackup?.run]),
  );
  await Promise.all(
    services.map(({ namespace, name }) =>
      cluster.kubectl([
        'patch',
        'servicebackup',
        name,
        '-n',
        namespace,
        '--type=merge',
        '-p',
        JSON.stringify({ spec: { runNow } }),
      ]),
    ),
  );
  const seen = new Map<string, string>();
  return Promise.all(
    services.map((service) =>
      until(
        `the run of ${nameOf(service)}`,
        180,
        async () => {
          const backup = await readBackup(cluster, service);
          const { run, lastBackup } = backup.status ?? {};
          const group = run?.groups.at(-1);
          seen.set(
            nameOf(service),
            group
              ? `Job ${group.job} on ${group.node}`
              : `state ${backup.status?.state ?? 'not yet seen by the operator'}`,
          );
          const over = !run && lastBackup !== undefined && lastBackup.run !== lastRuns.get(nameOf(service));
          if (over) seen.delete(nameOf(service));
          waiting([...seen].map(([who, what]) => `${who} (${what})`).join(', '));
          return over ? backup : undefined;
        },
        () => seen.get(nameOf(service)) ?? '',
      ),
    ),
  );
}
