import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Testing } from 'cdk8s';
import type { ServiceBackup } from '../../../src/api';
import { ALERTS } from '../../../src/constructs/alerts';
import { monitoring } from '../../../src/constructs/monitoring';
import { backupView } from '../../../src/operator/backup-view';
import { metricsOf } from '../../../src/operator/metrics';
import { serve } from '../../../src/operator/server';
import { prometheus } from '../../../testbed/build/prometheus';
import { until } from '../../../testbed/machine/wait';
import { freePort } from './free-port';

const PERIOD = 3600;
const directory = mkdtempSync(join(tmpdir(), 'service-backup-prometheus-'));
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

/** As the operator sees it: hourly, with a success so many seconds ago. */
function service(namespace: string, successAgo: number): ServiceBackup {
  const timestamp = ago(successAgo);
  return {
    apiVersion: 'servicebackup.io/v1alpha1',
    kind: 'ServiceBackup',
    metadata: {
      namespace,
      name: 'backup',
      uid: namespace,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: ago(90_000),
    },
    spec: { backupBucketName: `${namespace}-backup`, backups: [{ type: 'pvc', name: 'data' }] },
    status: {
      observedGeneration: 1,
      periodSeconds: PERIOD,
      nextBackup: ago(-PERIOD / 2),
      lastBackup: { run: 'r1', state: 'Success', startedAt: timestamp, timestamp },
      items: [{ type: 'pvc', name: 'data', state: 'Success', lastSuccess: timestamp }],
      conditions: [
        { type: 'Ready', status: 'True', reason: 'Ready', message: '', lastTransitionTime: timestamp },
      ],
    },
  };
}

const cluster = {
  backups: [service('wiki', 3 * PERIOD), service('gitea', 60)],
  waitsFor: [] as string[],
};
let port = 0;
let operator: Server | undefined;

/** The operator's own /metrics, of the cluster above. */
async function startOperator(): Promise<void> {
  const started = await serve(port, {
    waitsFor: () => cluster.waitsFor,
    metrics: () =>
      metricsOf(
        () => cluster.backups.map(backupView),
        () => cluster.waitsFor.length === 0,
      ),
  });
  ({ port, server: operator } = started);
}

async function stopOperator(): Promise<void> {
  const closed = once(operator!, 'close');
  operator?.close();
  operator?.closeAllConnections();
  await closed;
}

let child: ChildProcess | undefined;
let address = '';

/** As a PodMonitor has it scraped: the target has labels of its own, which clash with those of a ServiceBackup. */
async function startPrometheus(): Promise<void> {
  const chart = Testing.chart();
  monitoring(chart, 'service-backup', {});
  const podMonitor = Testing.synth(chart).find(({ kind }) => kind === 'PodMonitor');
  const labels = { namespace: 'service-backup', pod: 'service-backup-1' };
  const write = (name: string, content: unknown) => {
    writeFileSync(join(directory, name), JSON.stringify(content));
  };
  write('rules.yaml', {
    groups: [{ ...ALERTS, rules: ALERTS.rules.map((rule) => ({ ...rule, for: '1s' })) }],
  });
  write('prometheus.yaml', {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    scrape_configs: [
      {
        job_name: 'service-backup',
        honor_labels: podMonitor.spec.podMetricsEndpoints[0].honorLabels,
        static_configs: [{ targets: [`127.0.0.1:${port}`], labels }],
      },
    ],
  });
  mkdirSync(join(directory, 'data'));
  address = `127.0.0.1:${await freePort()}`;
  child = spawn(
    (await prometheus()).prometheus,
    [
      `--config.file=${join(directory, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=${address}`,
    ],
    { stdio: 'ignore' },
  );
  const ready = async () => (await fetch(`http://${address}/-/ready`)).ok;
  await until({ what: 'Prometheus to be ready', seconds: 15 }, ready);
}

interface Rule {
  name: string;
  health: 'ok' | 'err' | 'unknown';
  lastError?: string;
  alerts: { state: string; labels: Record<string, string> }[];
}

async function rules(): Promise<Rule[]> {
  const answer = await fetch(`http://${address}/api/v1/rules`);
  const { data } = (await answer.json()) as { data: { groups: { rules: Rule[] }[] } };
  return data.groups.flatMap((group) => group.rules);
}

/** What Prometheus would send to an Alertmanager, as `alert namespace/name`. */
async function firing(): Promise<string[]> {
  const answer = await fetch(`http://${address}/api/v1/alerts`);
  const { data } = (await answer.json()) as { data: { alerts: Rule['alerts'] } };
  return data.alerts
    .filter(({ state }) => state === 'firing')
    .map(({ labels: { alertname, namespace, name } }) => [alertname, namespace && `${namespace}/${name}`])
    .map((words) => words.filter(Boolean).join(' '))
    .sort();
}

/** Nothing else may fire beside it. */
async function untilFiring(expected: string[]): Promise<void> {
  let last: string[] = [];
  await until({ what: `${expected.join(', ') || 'nothing'} to fire`, seconds: 10 }, async () => {
    last = await firing();
    return JSON.stringify(last) === JSON.stringify(expected);
  }).catch((error: Error) => {
    throw new Error(`${error.message} There fires: ${last.join(', ') || 'nothing'}.`);
  });
}

beforeAll(async () => {
  await startOperator();
  await startPrometheus();
}, 120_000);

afterAll(async () => {
  if (operator?.listening) await stopOperator();
  if (child?.exitCode === null) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  rmSync(directory, { recursive: true, force: true });
}, 20_000);

const TIMEOUT = 15_000;

test(
  'a backup that is too old is told of under its own namespace and name, and no other',
  async () => {
    await untilFiring(['ServiceBackupTooOld wiki/backup']);
    const all = await rules();
    expect(all.map(({ name }) => name)).toEqual(ALERTS.rules.map(({ alert }) => alert));
    expect(all.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(all.find(({ name }) => name === 'ServiceBackupTooOld')?.alerts).toMatchObject([
      { state: 'firing', labels: { namespace: 'wiki', name: 'backup', severity: 'critical' } },
    ]);
  },
  TIMEOUT,
);

test(
  'the next success ends it',
  async () => {
    cluster.backups[0] = service('wiki', 0);
    await untilFiring([]);
  },
  TIMEOUT,
);

test('an operator that does not see the cluster, or is stopped, is told of, until it is back', async () => {
  cluster.waitsFor = ['its first look at the cluster'];
  await untilFiring(['ServiceBackupOperatorAbsent']);
  cluster.waitsFor = [];
  await untilFiring([]);
  await stopOperator();
  await untilFiring(['ServiceBackupOperatorAbsent']);
  await startOperator();
  await untilFiring([]);
}, 40_000);

test(
  'an operator without any ServiceBackup is no fault',
  async () => {
    cluster.backups = [];
    const gone = async () => {
      const answer = await fetch(`http://${address}/api/v1/query?query=service_backup_ready`);
      return ((await answer.json()) as { data: { result: [] } }).data.result.length === 0;
    };
    await until({ what: 'the ServiceBackups to be gone from Prometheus', seconds: 10 }, gone);
    await untilFiring([]);
  },
  TIMEOUT,
);
