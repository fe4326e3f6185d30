import { symlinkSync } from 'node:fs';
import { build, buildDirectory, isBuilt } from './build/binaries';
import { installPackages } from './build/debian';
import { cleanUp } from './cleanup';
import { makeCertificates } from './cluster/certificates';
import { CONTROL_PLANE, startHostPart } from './cluster/control-plane';
import { kubectl } from './cluster/kubectl';
import { importImages, startContainerd, startKubelet } from './cluster/node';
import { nodeDirectories } from './cluster/node-config';
import { accountsExist, nodeIsReady } from './cluster/readiness';
import { CSI_OBJECTS } from './csi/objects';
import { bundleDriver, CSI_PARTS, SIDECARS } from './csi/parts';
import { imageArchives } from './images/catalog';
import { BRIDGE, NODES, paths } from './layout';
import { makeCgroup } from './machine/cgroups';
import { makeNetwork, writeSysctls } from './machine/network';
import { newRecord, writeRecord } from './machine/record';
import { startNodeService } from './parts';
import { type OnProgress, Progress } from './progress';
import { S3_PART } from './s3';

/** Makes everything a testbed is started from: Debian packages, binaries, images. Quick when they are there. */
export async function prepare(onProgress?: OnProgress): Promise<string[]> {
  const progress = new Progress(onProgress);
  try {
    progress.step('Checking the Debian packages');
    await installPackages((names) => progress.waitFor(names));
    if (!isBuilt()) progress.step('Building the binaries from source (some minutes, once)');
    await build((what) => progress.waitFor(what));
    progress.step('Making the pod images');
    return await imageArchives((name) => progress.waitFor(name));
  } finally {
    progress.end();
  }
}

/** Starts a testbed from nothing, over whatever a killed one left. */
export async function boot(onProgress?: OnProgress): Promise<void> {
  const archives = await prepare(onProgress);
  const progress = new Progress(onProgress);
  const all = <T>(name: string, work: Promise<T>) => progress.track(name, work);
  try {
    progress.step('Cleaning the remains of an earlier testbed');
    await cleanUp();

    progress.step('Starting the control plane');
    const record = newRecord(
      BRIDGE,
      NODES.flatMap((node) => nodeDirectories(node).map(({ seenAt }) => seenAt)),
    );
    writeRecord(record);
    symlinkSync(buildDirectory(), paths.built);
    makeCgroup('control');
    writeSysctls({ 'net/ipv4/ip_forward': '1' });
    await makeNetwork();
    const certificates = makeCertificates();
    const etcd = all('etcd', startHostPart('etcd', CONTROL_PLANE.etcd));
    const s3 = all('s3', startHostPart('s3', S3_PART));
    const driver = all(
      'the CSI drivers',
      bundleDriver().then(() => startHostPart('csi-controller', CSI_PARTS['csi-controller'])),
    );
    await certificates;
    const apiserver = all('kube-apiserver', startHostPart('kube-apiserver', CONTROL_PLANE['kube-apiserver']));
    const runtimes = NODES.map((node) =>
      all(
        `containerd of ${node}`,
        startContainerd(node).then(() => importImages(node, archives)),
      ),
    );
    await Promise.all([etcd, apiserver]);

    progress.step('Starting the nodes');
    const controllers = (['kube-controller-manager', 'kube-scheduler', 'kube-proxy'] as const).map((name) =>
      all(name, startHostPart(name, CONTROL_PLANE[name])),
    );
    const objects = all(
      'the storage classes',
      kubectl(['apply', '-f', '-'], { input: JSON.stringify(CSI_OBJECTS) }),
    );
    const nodes = NODES.map(async (node, index) => {
      await runtimes[index];
      await Promise.all([
        all(`kubelet of ${node}`, startKubelet(node)),
        driver.then(() => startNodeService(node)),
      ]);
      await all(`${node} to be Ready`, nodeIsReady(node));
    });
    const sidecars = SIDECARS.map((name) =>
      all(
        name,
        driver.then(() => startHostPart(name, CSI_PARTS[name])),
      ),
    );
    await Promise.all([s3, ...controllers, objects, ...nodes, ...sidecars]);
    await all('the default service account', accountsExist());
    writeRecord({ ...record, state: 'running' });
  } finally {
    progress.end();
  }
}
