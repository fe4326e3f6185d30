import type { Cluster } from '../../demo/cluster';
import { mustServiceBackup } from '../../demo/command-line';
import { compareClaims } from '../../demo/compare';
import { runOnce } from '../../demo/round';
import { until } from '../../demo/steps';
import type { ServiceBackupStatus } from '../../src/api';
import { GUESTBOOK, placeWiki, theCluster, WIKI } from './deployment';

jest.setTimeout(240_000);

let cluster: Cluster;
beforeAll(async () => {
  cluster = await theCluster();
});

const run = async (service: typeof WIKI, word: string) =>
  (await runOnce(cluster, [service], word, () => {}))[0]!.status!;

describe('a run', () => {
  test('backs up a service with volumes on two nodes, one Job a node, one after the other', async () => {
    const status = await run(GUESTBOOK, 'two-nodes');

    expect(status.lastBackup).toMatchObject({ state: 'Success' });
    const items = new Map(status.items!.map((item) => [item.name, item]));
    expect(items.get('uploads')).toMatchObject({
      state: 'Success',
      consistency: 'Live',
      placement: { node: 'node-1' },
    });
    expect(items.get('database')).toMatchObject({
      state: 'Success',
      consistency: 'Live',
      placement: { node: 'node-2' },
    });
    expect(items.get('uploads')!.placement!.because).toMatch(/^VolumeAttachment csi-/);
    expect(items.get('uploads')!.job).not.toBe(items.get('database')!.job);
  });

  test('finds its parent after the service moved to the other node', async () => {
    const first = await run(WIKI, 'before-the-move');
    await placeWiki(cluster, 'node-1');
    const second = await run(WIKI, 'after-the-move');

    expect(first.items![0]).toMatchObject({ state: 'Success', placement: { node: 'node-2' } });
    expect(second.items![0]).toMatchObject({ state: 'Success', placement: { node: 'node-1' } });
    expect(second.items![0]!.filesUnmodified).toBe(first.items![0]!.files);
  });

  test('that finds its volume attached nowhere says so, tries again, and succeeds when it is back', async () => {
    await placeWiki(cluster, undefined);
    await until('the volume to be detached', 60, async () => {
      const attachments = ['get', 'volumeattachments', '-o'];
      const volumes = await cluster.kubectl([...attachments, 'jsonpath={..persistentVolumeName}']);
      const claim = ['get', 'pvc', 'pages', '-n', 'wiki', '-o', 'jsonpath={.spec.volumeName}'];
      return !volumes.includes(await cluster.kubectl(claim)) || undefined;
    });
    const asked = mustServiceBackup(cluster, ['run', 'wiki/backup']);
    const wiki = ['get', 'sb', 'backup', '-n', 'wiki', '-o', 'json'];
    const waiting = await until('the run to wait', 30, async () => {
      const { status } = JSON.parse(await cluster.kubectl(wiki)) as { status: ServiceBackupStatus };
      return status.run?.retries ? status : undefined;
    });
    expect(waiting).toMatchObject({
      state: 'Running',
      reason: 'VolumeNotAttached',
      message: expect.stringMatching(/wiki\/pages.*Tried again at /),
      items: [{ name: 'pages', state: 'Success', lastSuccess: expect.any(String) }],
    });

    await placeWiki(cluster, 'node-2');
    expect(await asked).toMatch(/^wiki\/backup +Success/);
  });
});

describe('a restored claim', () => {
  test('is identical, and one flipped byte of it is seen', async () => {
    const status = await run(WIKI, 'to-be-restored');
    const node = status.items![0]!.placement!.node;
    await mustServiceBackup(cluster, ['restore', 'wiki/backup', '--to-claim', 'pages-restored']);
    const pair = { namespace: 'wiki', original: 'pages', restored: 'pages-restored', node };

    expect(await compareClaims(cluster, pair)).toMatchObject({
      differences: [],
      differenceCount: 0,
      files: 301,
    });

    await flipOneByte('wiki', 'pages-restored', 'pages/a/b/c/d/attachment.bin');
    const flipped = await compareClaims(cluster, pair);
    expect(flipped.differenceCount).toBe(1);
    expect(flipped.differences[0]).toMatch(/^pages\/a\/b\/c\/d\/attachment\.bin: content \(sha256\) is /);
  });
});

/** Inverts the byte at offset 1000 of a file and puts its mtime back: nothing but the content differs. */
async function flipOneByte(namespace: string, claim: string, file: string): Promise<void> {
  const program = `const fs=require('fs'),f='/data/${file}',s=fs.statSync(f),h=fs.openSync(f,'r+'),b=Buffer.alloc(1);
    fs.readSync(h,b,0,1,1000);b[0]^=255;fs.writeSync(h,b,0,1,1000);fs.closeSync(h);fs.utimesSync(f,s.atime,s.mtime)`;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'flip', namespace },
    spec: {
      restartPolicy: 'Never',
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
      containers: [
        {
          name: 'flip',
          image: 'docker.io/library/node:24.9.0-bookworm-slim',
          command: ['node', '-e', program],
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
    },
  };
  await cluster.kubectl(['create', '-f', '-'], JSON.stringify(pod));
  await cluster.kubectl([
    'wait',
    'pod/flip',
    '-n',
    namespace,
    '--for=jsonpath={.status.phase}=Succeeded',
    '--timeout=60s',
  ]);
  await cluster.kubectl(['delete', 'pod', 'flip', '-n', namespace, '--now']);
}
