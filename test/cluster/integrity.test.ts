import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { JOB_NAMESPACE } from '../../demo/deploy';
import { until } from '../../demo/steps';
import { CONTRACT_VERSION, encodeOutcome, podTemplateName, TERMINATION_MESSAGE_PATH } from '../../src/api';
import { nodePaths } from '../../testbed/cluster/node-config';
import { keysOf } from './bucket-tree';
import { FaultLab, ON_NODE_1 } from './fault-lab';

jest.setTimeout(90_000);

interface ConfigMap {
  metadata: { name: string };
  binaryData: Record<string, string>;
}

/** A program that would claim to have backed up everything. */
const FORGED = `
require('node:fs').writeFileSync(${JSON.stringify(TERMINATION_MESSAGE_PATH)}, ${JSON.stringify(
  encodeOutcome({ version: CONTRACT_VERSION, items: [{ state: 'Success', snapshot: 'f0f0f0f0', files: 1 }] }),
)});
`;

let lab: FaultLab;
let deployed: ConfigMap;
beforeAll(async () => {
  lab = await FaultLab.open('integrity');
  const get = async (...what: string[]) =>
    JSON.parse(await lab.cluster.kubectl(['get', ...what, '-n', JOB_NAMESPACE, '-o', 'json']));
  const { template } = await get('podtemplate', podTemplateName('mover'));
  const { configMap } = template.spec.volumes.find(({ name }: { name: string }) => name === 'bundle');
  deployed = await get('configmap', configMap.name);
});
afterAll(async () => {
  if (deployed) await put(deployed);
  await lab?.close();
});

const PODS = join(nodePaths('node-1').kubelet, 'pods');
const PROGRAM = 'volumes/kubernetes.io~configmap/bundle/mover.js.gz';

/**
 * Deletes the ConfigMap and makes it anew: nobody can change it. A kubelet reads an immutable one once, for as long as a pod of its
 * node has it.
 */
async function put({ metadata: { name }, ...content }: ConfigMap): Promise<void> {
  await until(
    'the kubelet to let go of the program',
    30,
    async () => !readdirSync(PODS).some((pod) => existsSync(join(PODS, pod, PROGRAM))) || undefined,
  );
  const object = { ...content, metadata: { name, namespace: JOB_NAMESPACE } };
  await lab.cluster.kubectl(['replace', '--force', '-f', '-'], JSON.stringify(object));
}

async function jobsAndPods(job: string): Promise<unknown[]> {
  const found = await lab.cluster.kubectl([
    ...['get', 'jobs,pods', '-n', JOB_NAMESPACE, '-l', `batch.kubernetes.io/job-name=${job}`, '-o', 'json'],
  ]);
  return JSON.parse(found).items;
}

test('a program that somebody put in the place of the deployed one is not run; the deployed one is, as soon as it is back', async () => {
  await lab.makeBuckets('changed');
  const forged = gzipSync(FORGED).toString('base64');
  await put({ ...deployed, binaryData: { 'mover.js.gz': forged } });
  await lab.apply(
    lab.config('changed'),
    lab.declaration('changed', [ON_NODE_1], { backupConfig: 'integrity-changed' }),
  );
  const refused = await lab.ended('changed');

  expect(refused).toMatchObject({
    state: 'Failed',
    reason: 'ProgramChanged',
    message: expect.stringContaining('delete it, and apply the manifests again'),
    items: [{ state: 'Failed', reason: 'ProgramChanged' }],
  });
  expect(refused.message).toContain(`ConfigMap ${deployed.metadata.name} in namespace ${JOB_NAMESPACE}`);
  expect(keysOf(lab.bucket('changed'))).toEqual([]);
  const job = refused.items![0]!.job!;
  await until(
    'the operator to delete the Job, which keeps the program on its node',
    60,
    async () => (await jobsAndPods(job)).length === 0 || undefined,
  );

  await put(deployed);
  expect(await lab.runAgain('changed')).toMatchObject({ state: 'Success' });
});
