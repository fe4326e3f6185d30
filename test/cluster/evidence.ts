import type { Cluster } from '../../demo/cluster';
import { JOB_NAMESPACE, OPERATOR_NAMESPACE } from '../../demo/deploy';

/**
 * Fails with what the cluster shows at that moment, when `work` fails or takes longer than it may: jest's own time limit says only that
 * it was reached.
 */
export async function withEvidence<T>(cluster: Cluster, seconds: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Not done within ${seconds} s.`)), seconds * 1000);
  });
  try {
    return await Promise.race([work(), late]);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await evidence(cluster)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function evidence(cluster: Cluster): Promise<string> {
  const operators = ['-n', OPERATOR_NAMESPACE];
  const looks = [
    ['get', 'servicebackups', '-A', '-o', 'jsonpath={range .items[*]}{.metadata.name} {.status}{"\\n"}{end}'],
    ['get', 'jobs,pods', '-n', JOB_NAMESPACE, '-o', 'wide'],
    ['get', 'pods,leases', ...operators, '-o', 'wide'],
    ['logs', ...operators, '-l', 'app.kubernetes.io/name=service-backup', '--prefix', '--tail=60'],
    ['events', '-n', JOB_NAMESPACE],
  ];
  const ask = (look: string[]) =>
    cluster.kubectl([...look, '--request-timeout=10s']).catch((error: Error) => error.message);
  const seen = await Promise.all(looks.map(ask));
  return seen.map((text, at) => `--- kubectl ${looks[at]!.join(' ')}\n${text}`).join('\n');
}
