import { App, Chart } from 'cdk8s';
import { BackupOperator, type BackupOperatorProps } from 'service-backup';
import type { Cluster } from '../../demo/cluster';
import { until } from '../../demo/steps';
import type { PodTemplate } from '../../src/kube/objects';
import { repositoryRef } from '../../src/operator/repository-ref';
import { type Settings, settingsOf } from '../../src/operator/settings';
import { stepJob } from '../../src/operator/step-job';
import { ALL_OPTIONS } from '../constructs/all-options';
import { type Manifest, manifests, one } from '../constructs/app';
import { backup, config, group } from '../operator/fixtures';
import { theCluster } from './deployment';

jest.setTimeout(60_000);

function synthesised(props: BackupOperatorProps): Manifest[] {
  const app = new App();
  new BackupOperator(new Chart(app, 'operator'), 'operator', props);
  return manifests(app);
}
const listOf = (items: object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

let cluster: Cluster;
beforeAll(async () => {
  cluster = await theCluster();
});

test('the API server takes the operator with all of its options', async () => {
  const all = synthesised(ALL_OPTIONS);
  const said = await cluster.kubectl(
    ['apply', '--server-side', '--field-manager=demo', '--force-conflicts', '--dry-run=server', '-f', '-'],
    listOf(all),
  );
  expect(said.trim().split('\n')).toHaveLength(all.length);
  expect(said.match(/^networkpolicy/gm)).toHaveLength(3);
});

describe('the fence of an operator with all options', () => {
  const namespace = 'options';
  const jobNamespace = 'options-jobs';
  const name = (ofPolicy: string) => `options-${ofPolicy}`;
  /** Fence and templates of a second operator, beside the one that works. */
  const second = () =>
    synthesised({ ...ALL_OPTIONS, namespace, jobNamespace })
      .filter(({ kind }) => /^(Namespace|PodTemplate|ValidatingAdmissionPolicy.*)$/.test(kind))
      .map((object) =>
        object.kind.startsWith('Validating')
          ? {
              ...object,
              metadata: { name: name(object.metadata.name) },
              spec: {
                ...object.spec,
                ...(object.spec.policyName && { policyName: name(object.spec.policyName) }),
              },
            }
          : object,
      );
  const made = second();

  beforeAll(() => cluster.kubectl(['apply', '--server-side', '-f', '-'], listOf(made)));
  afterAll(() => cluster.kubectl(['delete', '--wait=false', '--ignore-not-found', '-f', '-'], listOf(made)));

  /** What the API server says to a Job of that operator which reads a volume below `kubelet`. */
  async function offered(kubelet: string): Promise<string> {
    const template = await cluster.kubectl([
      ...['get', 'podtemplate', 'service-backup-mover', '-n', jobNamespace, '-o', 'json'],
    ]);
    const declared = backup(['pages']);
    const settings = settingsOf(declared, config(), jobNamespace) as Settings;
    const path = `${kubelet}/plugins/kubernetes.io/csi/csi.example.net/${'0a'.repeat(32)}/globalmount`;
    const job = stepJob(
      {
        run: '0tovstcs',
        deadlineSeconds: 60,
        step: group('options', 'node-1', ['pages']),
        placements: [{ node: 'node-1', path, because: 'a test' }],
      },
      {
        template: JSON.parse(template) as PodTemplate,
        backup: declared,
        settings,
        repository: repositoryRef(declared, settings, 'cluster-uid'),
        jobNamespace,
      },
    );
    const who = [`--as=system:serviceaccount:${namespace}:service-backup`, '--as-group=system:masters'];
    return cluster
      .kubectl(['create', '--dry-run=server', '-f', '-', ...who], JSON.stringify(job))
      .catch((error: Error) => error.message);
  }

  test("takes volumes from the kubelet's directory that is named, in pods as the options say, and from no other", async () => {
    expect(one(made, 'PodTemplate', 'service-backup-mover').template.spec.imagePullSecrets).toHaveLength(1);
    let said = '';
    // A policy is heeded a moment after it is there.
    await until(
      'the fence to be heeded',
      20,
      async () => {
        said = await offered('/var/lib/kubelet');
        return said.includes('adds staging mounts of CSI drivers') || undefined;
      },
      () => said,
    );
    expect(await offered('/var/lib/k0s/kubelet')).toMatch(/^job.batch\/options created/);
    for (const other of ['/var/lib/k0s/kubelet2', '/var/lib/k0sXkubelet', '/k0s/var/lib/k0s/kubelet', ''])
      expect(await offered(other)).toContain('adds staging mounts of CSI drivers');
  });
});
