import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { attach, down, type Testbed, up } from '../../testbed';
import { membersOf } from '../../testbed/machine/cgroups';
import { recorded } from '../../testbed/machine/processes';
import { readRecord } from '../../testbed/machine/record';
import { until } from '../../testbed/machine/wait';
import { isRunning } from '../../testbed/parts';
import { listeners, processesOfTestbed, remains } from './machine';

/** Enough for a slow machine; a warm one needs a tenth. */
const SECOND = 1000;
jest.setTimeout(120 * SECOND);

let mine = false;

beforeAll(async () => {
  if (readRecord()) {
    throw new Error(
      'A testbed is running that these tests did not start. They destroy it: stop it with `npm run testbed -- down` first.',
    );
  }
  mine = true;
});

afterAll(async () => {
  if (mine) await down();
});

const cli = (...args: string[]): ChildProcess =>
  spawn(join(__dirname, '../../node_modules/.bin/tsx'), [join(__dirname, '../../testbed/cli.ts'), ...args], {
    stdio: 'ignore',
  });

const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));

describe('a testbed', () => {
  let testbed: Testbed;

  test('starts over the remains of one that was killed while starting', async () => {
    const first = cli('up');
    const starting = until(
      { what: 'a testbed to be half started', seconds: 60, everyMilliseconds: 20 },
      async () => recorded().some(({ name }) => name === 'kube-apiserver'),
    );
    await starting;
    first.kill('SIGKILL');
    await ended(first);
    expect(remains()).not.toEqual([]);

    testbed = await up();

    expect(await testbed.kubectl(['get', 'nodes', '--output=name'])).toBe('node/node-1\nnode/node-2\n');
  });

  test('starts over the remains of one whose processes were killed, and two programs that start one share it', async () => {
    for (const { pid } of recorded()) process.kill(pid, 'SIGKILL');
    await until({ what: 'the API server to be dead', seconds: 10 }, async () => !isRunning('kube-apiserver'));

    const other = cli('up');
    testbed = await up();

    expect(await ended(other)).toBe(0);
    expect(processesOfTestbed().filter((command) => command.includes('/kube-apiserver'))).toHaveLength(1);
    expect(await testbed.kubectl(['get', 'nodes', '--output=name'])).toBe('node/node-1\nnode/node-2\n');
  });

  test('that is running is joined, not started again', async () => {
    const { startedAt } = readRecord()!;

    await up();

    expect(readRecord()!.startedAt).toBe(startedAt);
    expect((await attach()).kubeconfig).toBe(testbed.kubeconfig);
  });

  test('listens on nothing but loopback and its own bridge', () => {
    const ours = new Set(membersOf());
    const addresses = listeners()
      .filter(({ pid }) => ours.has(pid))
      .map(({ address }) => address);

    expect(addresses).toContain('10.88.0.1:6443');
    expect(addresses.filter((address) => !/^(127\.0\.0\.1|10\.88\.0\.1):/.test(address))).toEqual([]);
  });

  test('runs a pod with a volume of each class', async () => {
    await testbed.kubectl(['apply', '--filename=-'], {
      input: JSON.stringify(podWithVolumes('keeper', 'node-2')),
    });

    await podRuns(testbed, 'keeper');

    // Each style of staging has its own place for the mount.
    const mounts = await testbed.kubectl(['exec', 'keeper', '--', 'cat', '/proc/mounts']);
    expect(mounts).toMatch(/^\/dev\/loop\d+ \/plain ext4/m);
    expect(mounts).toMatch(/^\/dev\/loop\d+ \/ceph ext4/m);
    await testbed.kubectl([
      'exec',
      'keeper',
      '--',
      'sh',
      '-c',
      'echo kept > /plain/file; echo kept > /ceph/file; sync',
    ]);
  });

  test('brings a node that was killed wholly back, with its pods and their data', async () => {
    await testbed.kill('node-2');
    expect(listeners().map(({ address }) => address)).not.toContain('10.88.0.1:10251');

    await testbed.start('node-2');

    await until({ what: 'the pod to run again', seconds: 60 }, async () => {
      const data = await testbed.kubectl(['exec', 'keeper', '--', 'cat', '/plain/file', '/ceph/file']);
      return data === 'kept\nkept\n';
    });
  });

  test.each(['etcd', 'kube-apiserver', 's3', 'node-1/kubelet', 'node-2/csi'] as const)(
    'whose %s was killed serves again',
    async (part) => {
      await testbed.kill(part);
      expect(isRunning(part)).toBe(false);

      await testbed.start(part);

      await testbed.createBucket('bucket');
      await until({ what: 'the cluster to answer', seconds: 60 }, () =>
        testbed.kubectl(['get', 'namespaces']),
      );
    },
  );

  test('attaches volumes again after its CSI controller was killed', async () => {
    await testbed.restart('csi-controller');

    await testbed.kubectl(['apply', '--filename=-'], {
      input: JSON.stringify(podWithVolumes('later', 'node-1')),
    });

    await podRuns(testbed, 'later');
  });

  test('fails a CSI call on purpose, until it is told to stop', async () => {
    testbed.faults.set('NodeStageVolume', 'the cable is out');
    await testbed.kubectl(['apply', '--filename=-'], {
      input: JSON.stringify(podWithVolumes('cut-off', 'node-1')),
    });
    await until({ what: 'the failure to be reported', seconds: 60 }, async () =>
      (await testbed.kubectl(['get', 'events'])).includes('the cable is out'),
    );

    testbed.faults.clear();

    await podRuns(testbed, 'cut-off');
  });

  test('that was stopped leaves no process, mount, loop device, bridge, cgroup, table or socket', async () => {
    const ours = new Set(membersOf());

    await down();

    expect(remains()).toEqual([]);
    expect(listeners().filter(({ pid }) => ours.has(pid))).toEqual([]);
    await expect(attach()).rejects.toThrow('No testbed is running: start one with `npm run testbed -- up`.');
  });
});

const podRuns = (testbed: Testbed, name: string) =>
  testbed.kubectl(['wait', `pod/${name}`, '--for=condition=Ready', '--timeout=90s']);

function podWithVolumes(name: string, node: string) {
  const classes = ['plain', 'ceph'];
  const claims = classes.map((storageClassName) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: `${name}-${storageClassName}` },
    spec: { storageClassName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '32Mi' } } },
  }));
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      nodeSelector: { 'kubernetes.io/hostname': node },
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'main',
          image: 'busybox:1.36',
          command: ['sleep', 'infinity'],
          volumeMounts: classes.map((of) => ({ name: of, mountPath: `/${of}` })),
        },
      ],
      volumes: classes.map((of) => ({ name: of, persistentVolumeClaim: { claimName: `${name}-${of}` } })),
    },
  };
  return { apiVersion: 'v1', kind: 'List', items: [...claims, pod] };
}
