import { hostname } from 'node:os';
import pino from 'pino';
import { DEFAULTS } from '../api/group';
import { inCluster } from '../kube/in-cluster';
import { metricsOf } from './metrics';
import { Operator } from './operator';
import { serve } from './server';

/** A pod that is told to go has the write at hand to finish, no more. Milliseconds. */
const LONGEST_STOP = 1800;

async function main(): Promise<void> {
  const { env } = process;
  const log = pino({ base: undefined, level: env.LOG_LEVEL ?? 'info' }, pino.destination({ sync: true }));
  const operator = new Operator({
    kube: inCluster(env.SERVICE_ACCOUNT_DIRECTORY),
    log,
    operatorNamespace: env.POD_NAMESPACE ?? DEFAULTS.operatorNamespace,
    jobNamespace: env.JOB_NAMESPACE ?? DEFAULTS.jobNamespace,
    kubeletDirectory: env.KUBELET_DIRECTORY,
    instance: env.POD_NAME ?? hostname(),
  });
  const { port, server } = await serve(Number(env.PORT ?? 8080), {
    waitsFor: () => operator.waitsFor(),
    metrics: () =>
      metricsOf(
        () => operator.mirrors.backups.values(),
        () => operator.waitsFor().length === 0,
      ),
  });
  log.info({ port, node: process.version }, 'service-backup operator');

  const stop = (signal: string) => {
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(0), LONGEST_STOP).unref();
    server.close();
    operator
      .stop()
      .catch((error) => log.warn((error as Error).message))
      .finally(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  await operator.start();
}

main().catch((error) => {
  process.stderr.write(`service-backup operator: ${(error as Error).message}\n`);
  process.exit(1);
});
