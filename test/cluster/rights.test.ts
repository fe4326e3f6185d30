import type { Cluster } from '../../demo/cluster';
import type { KubeObject } from '../../src/kube/objects';
import { theCluster } from './deployment';
import { type AsOperator, asOperator } from './operator-token';

jest.setTimeout(60_000);

let cluster: Cluster;
let operator: AsOperator;
beforeAll(async () => {
  cluster = await theCluster();
  operator = await asOperator(cluster);
});
afterAll(() => operator?.close());

const ask = (...args: string[]) => operator.kubectl(args);

describe("the operator's own token", () => {
  test('works at all: it lists ServiceBackups everywhere', async () => {
    expect(await ask('get', 'servicebackups', '-A')).toEqual({ code: 0, stderr: '' });
  });

  test.each([
    ['everywhere', ['-A']],
    ['in the Job namespace', ['-n', 'service-backup-jobs']],
    ["in the operator's namespace", ['-n', 'service-backup']],
    ['in a namespace with a ServiceBackup', ['-n', 'wiki']],
  ])('lists no Secret %s', async (_where, at) => {
    expect((await ask('get', 'secrets', ...at)).stderr).toMatch(/cannot list resource "secrets"/);
  });

  test('reads not even the Secret that its Jobs use', async () => {
    expect((await ask('get', 'secret', 'restic-pw', '-n', 'service-backup-jobs')).stderr).toMatch(
      /cannot get resource "secrets"/,
    );
  });

  test('reads claims only where a ServiceBackup is declared', async () => {
    expect((await ask('get', 'pvc', '-n', 'wiki')).code).toBe(0);
    expect((await ask('get', 'pvc', '-n', 'default')).stderr).toMatch(
      /cannot list resource "persistentvolumeclaims"/,
    );
  });

  test.each(['configmaps', 'podtemplates'])('writes no %s in the Job namespace', async (kind) => {
    const object = {
      apiVersion: 'v1',
      kind: kind === 'configmaps' ? 'ConfigMap' : 'PodTemplate',
      metadata: { name: 'x' },
    };
    const create = ['create', '-n', 'service-backup-jobs', '-f', '-'];
    const { stderr } = await operator.kubectl(create, JSON.stringify(object));
    expect(stderr).toMatch(new RegExp(`cannot create resource "${kind}"`));
  });

  test.each(['configmaps', 'podtemplates'])(
    'neither changes nor deletes the %s that its Jobs are made of',
    async (kind) => {
      const at = ['-n', 'service-backup-jobs'];
      const all = JSON.parse(await cluster.kubectl(['get', kind, ...at, '-o', 'json']));
      const mover = all.items.find((one: KubeObject) => one.metadata.name.startsWith('service-backup-mover'));
      const object = JSON.stringify({ ...mover, metadata: { ...mover.metadata, managedFields: undefined } });
      const path = `/api/v1/namespaces/service-backup-jobs/${kind}`;
      const asked = {
        update: operator.kubectl(
          ['replace', '--raw', `${path}/${mover.metadata.name}?dryRun=All`, '-f', '-'],
          object,
        ),
        patch: operator.kubectl(['apply', '--server-side', '--dry-run=server', '-f', '-'], object),
        delete: operator.kubectl(['delete', '--raw', `${path}/${mover.metadata.name}?dryRun=All`]),
        deletecollection: operator.kubectl(['delete', '--raw', `${path}?dryRun=All`]),
      };
      for (const [verb, answer] of Object.entries(asked))
        expect((await answer).stderr).toContain(`cannot ${verb} resource "${kind}"`);
    },
  );
});
