import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { attach, type Testbed } from '../../testbed';

jest.setTimeout(120_000);

const NAMESPACE = 'mirror-probe';

interface Line {
  key?: string;
  now?: string | null;
  trouble?: string;
  synced?: number;
}

let testbed: Testbed;
let probe: ChildProcess;
const lines: Line[] = [];
let look: () => void = () => {};

/** Waits for a line that the probe prints, or has printed. */
async function printed(wanted: (line: Line) => boolean, seconds: number): Promise<Line> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const line = lines.find(wanted);
    if (line) return line;
    const left = deadline - Date.now();
    if (left <= 0)
      throw new Error(`${wanted} was not seen within ${seconds} s, but ${JSON.stringify(lines)}`);
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      look = resolve;
      timer = setTimeout(resolve, left);
    });
    clearTimeout(timer);
  }
}

const configMap = (name: string, value: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: NAMESPACE, labels: { probe: 'mirror', value } },
});
const apply = (object: object) => testbed.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
const is = (name: string, now: string | null) => (line: Line) =>
  line.key === `${NAMESPACE}/${name}` && line.now === now;

beforeAll(async () => {
  testbed = await attach();
  await testbed.kubectl(['create', 'namespace', NAMESPACE]);
  await apply(configMap('before', '1'));
  probe = spawn(
    process.execPath,
    [require.resolve('tsx/cli'), path.join(__dirname, 'mirror-probe.ts'), testbed.kubeconfig, NAMESPACE],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  createInterface(probe.stdout!).on('line', (line) => {
    lines.push(JSON.parse(line) as Line);
    look();
  });
});
afterAll(async () => {
  probe.kill('SIGTERM');
  await testbed.kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
});

// client-node's own informers stay dead after a reset of their socket until somebody starts them again.
test('a mirror outlives the API server, and tells what changed while it was away', async () => {
  await printed((line) => line.synced === 1, 30);
  await apply(configMap('live', '1'));
  await printed(is('live', '1'), 10);

  await testbed.kill('kube-apiserver');
  await printed((line) => line.trouble !== undefined, 30);
  await testbed.start('kube-apiserver');
  await apply(configMap('live', '2'));
  await apply(configMap('after', '1'));
  await testbed.kubectl(['delete', 'configmap', 'before', '-n', NAMESPACE]);

  await printed(is('live', '2'), 60);
  await printed(is('after', '1'), 60);
  await printed(is('before', null), 60);
});
