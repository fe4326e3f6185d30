import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../demo/cluster';
import { mustServiceBackup } from '../../demo/command-line';
import { apply, synthesiseAnew, TREE, waitForDeployments } from '../../demo/deploy';
import { optionsOn } from '../../demo/scene';
import { until } from '../../demo/steps';
import { services } from '../../services';
import { Folder } from '../gitops/folder';
import { theCluster } from './deployment';

jest.setTimeout(60_000);

interface KubeObject {
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    resourceVersion: string;
    managedFields: { manager: string; subresource?: string; fieldsV1: Record<string, unknown> }[];
  };
}

let cluster: Cluster;
beforeAll(async () => {
  cluster = await theCluster();
  synthesiseAnew(optionsOn(cluster, cluster.nodes[1]));
  await apply(cluster, () => {});
  await waitForDeployments(cluster, ['service-backup', 'guestbook', 'wiki'], 40, () => {});
});

/** The objects of the tree, as the cluster has them. */
async function objects(): Promise<KubeObject[]> {
  const list = await cluster.kubectl(['get', '-R', '-f', TREE, '--show-managed-fields', '-o', 'json']);
  return (JSON.parse(list) as { items: KubeObject[] }).items;
}
const nameOf = ({ kind, metadata }: KubeObject) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
const versions = async () =>
  Object.fromEntries((await objects()).map((o) => [nameOf(o), o.metadata.resourceVersion]));

test('a second server-side apply changes no object', async () => {
  const before = await until('the cluster to be at rest', 30, async () => {
    const seen = await versions();
    await sleep(1500);
    return JSON.stringify(await versions()) === JSON.stringify(seen) ? seen : undefined;
  });
  await apply(cluster, () => {});
  expect(await versions()).toEqual(before);
  expect(Object.keys(before)).toContain('ServiceBackup wiki/backup');
});

test('client-side apply takes the tree, too: the bundles fit in its annotation', async () => {
  const said = await cluster.kubectl(['apply', '--dry-run=server', '-R', '-f', TREE]);
  const files = readdirSync(TREE, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.yaml'));
  const bundles = files.filter((file) => readFileSync(join(TREE, file), 'utf8').includes('\nbinaryData:'));

  expect(bundles).toHaveLength(2);
  for (const bundle of bundles)
    expect(said).toContain(`configmap/${bundle.split('.').slice(1, -1).join('.')} `);
  expect(said.trim().split('\n')).toHaveLength(files.length);
});

test('a run touches no field of a manifest', async () => {
  const ours = (all: KubeObject[]) =>
    Object.fromEntries(
      all
        .filter(({ kind }) =>
          /^(ServiceBackup|BackupConfig|PodTemplate|CustomResourceDefinition)$/.test(kind),
        )
        .map((o) => [nameOf(o), o.metadata.managedFields]),
    );
  const manifests = (all: ReturnType<typeof ours>) =>
    Object.fromEntries(
      Object.entries(all).map(([name, owners]) => [
        name,
        owners.filter(({ manager }) => manager === 'demo').map(({ fieldsV1 }) => fieldsV1),
      ]),
    );
  const before = manifests(ours(await objects()));
  await mustServiceBackup(cluster, ['run', 'wiki/backup']);
  const after = ours(await objects());

  expect(Object.keys(before)).toHaveLength(9);
  for (const fields of Object.values(before)) expect(fields).toHaveLength(1);
  expect(manifests(after)).toEqual(before);
  // Besides, whoever is no person writes status alone; the command line asked for the run by an annotation.
  const others = Object.values(after)
    .flat()
    .filter(({ manager, subresource }) => !/^(demo|kubectl.*)$/.test(manager) && subresource !== 'status');
  expect(others.flatMap(({ fieldsV1 }) => Object.keys(fieldsV1)).filter((f) => f !== 'f:metadata')).toEqual(
    [],
  );
});

test('the API server takes all that services/ declares', async () => {
  const folder = new Folder();
  folder.synth(services);
  const names = readdirSync(folder.path);
  const namespaces = names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  await cluster.kubectl(
    ['apply', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: namespaces }),
  );
  try {
    const said = await cluster.kubectl([
      ...['apply', '--server-side', '--field-manager=demo', '--force-conflicts', '--dry-run=server'],
      ...['-R', '-f', folder.path],
    ]);
    expect(said.trim().split('\n')).toHaveLength(folder.files().length);
    expect(said.match(/^servicebackup\.servicebackup\.io\/backup /gm)).toHaveLength(8);
  } finally {
    await cluster.kubectl(['delete', 'namespace', ...names, '--wait=false']);
    folder.remove();
  }
});
