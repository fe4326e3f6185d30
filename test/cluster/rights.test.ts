import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import type { Cluster } from '../../demo/cluster';
import { attach } from '../../testbed';
import { theCluster } from './deployment';

jest.setTimeout(60_000);

let cluster: Cluster;
let asOperator: (...args: string[]) => Promise<{ code: number; stderr: string }>;
const folder = mkdtempSync(path.join(tmpdir(), 'operator-token-'));

beforeAll(async () => {
  cluster = await theCluster();
  const testbed = await attach();
  const token = (await cluster.kubectl(['create', 'token', 'service-backup', '-n', 'service-backup'])).trim();
  const admin = parse(await cluster.kubectl(['config', 'view', '--raw', '-o', 'yaml']));
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: admin.clusters,
    users: [{ name: 'operator', user: { token } }],
    contexts: [{ name: 'operator', context: { cluster: admin.clusters[0].name, user: 'operator' } }],
    'current-context': 'operator',
  };
  const kubeconfig = path.join(folder, 'config');
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  asOperator = (...args) =>
    new Promise((resolve) => {
      execFile(
        testbed.bin('kubectl'),
        args,
        { env: { ...process.env, KUBECONFIG: kubeconfig } },
        (error, _out, stderr) => resolve({ code: error ? 1 : 0, stderr }),
      );
    });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the operator's own token", () => {
  test('works at all: it lists ServiceBackups everywhere', async () => {
    expect(await asOperator('get', 'servicebackups', '-A')).toEqual({ code: 0, stderr: '' });
  });

  test.each([
    ['everywhere', ['-A']],
    ['in the Job namespace', ['-n', 'service-backup-jobs']],
    ["in the operator's namespace", ['-n', 'service-backup']],
    ['in a namespace with a ServiceBackup', ['-n', 'wiki']],
  ])('lists no Secret %s', async (_where, at) => {
    expect((await asOperator('get', 'secrets', ...at)).stderr).toMatch(/cannot list resource "secrets"/);
  });

  test('reads not even the Secret that its Jobs use', async () => {
    expect((await asOperator('get', 'secret', 'restic-pw', '-n', 'service-backup-jobs')).stderr).toMatch(
      /cannot get resource "secrets"/,
    );
  });

  test('reads claims only where a ServiceBackup is declared', async () => {
    expect((await asOperator('get', 'pvc', '-n', 'wiki')).code).toBe(0);
    expect((await asOperator('get', 'pvc', '-n', 'default')).stderr).toMatch(
      /cannot list resource "persistentvolumeclaims"/,
    );
  });

  test.each(['configmaps', 'podtemplates'])('writes no %s in the Job namespace', async (kind) => {
    const object = {
      apiVersion: 'v1',
      kind: kind === 'configmaps' ? 'ConfigMap' : 'PodTemplate',
      metadata: { name: 'x' },
    };
    const file = path.join(folder, `${kind}.json`);
    writeFileSync(file, JSON.stringify(object));
    expect((await asOperator('create', '-n', 'service-backup-jobs', '-f', file)).stderr).toMatch(
      new RegExp(`cannot create resource "${kind}"`),
    );
  });
});
