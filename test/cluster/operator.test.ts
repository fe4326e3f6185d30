import type { Cluster } from '../../demo/cluster';
import { until } from '../../demo/steps';
import { FaultLab, ON_NODE_1 } from './fault-lab';

jest.setTimeout(240_000);

let lab: FaultLab;
let cluster: Cluster;

const read = async (kind: string, name: string, namespace: string) =>
  JSON.parse(await cluster.kubectl(['get', kind, name, '-n', namespace, '-o', 'json']));

const operatorPod = async (): Promise<string | undefined> => {
  const out = await cluster.kubectl(['get', 'pods', '-n', 'service-backup', '-o', 'json']);
  const { items } = JSON.parse(out) as {
    items: { metadata: { name: string; deletionTimestamp?: string }; status: { phase: string } }[];
  };
  return items.find(({ metadata, status }) => !metadata.deletionTimestamp && status.phase === 'Running')
    ?.metadata.name;
};
const holder = async (): Promise<string> =>
  (await read('lease', 'service-backup', 'service-backup')).spec.holderIdentity ?? '';

beforeAll(async () => {
  lab = await FaultLab.open('operator');
  cluster = lab.cluster;
});
afterAll(() => lab?.close());

describe('an operator', () => {
  test('that is told to go is succeeded at once: it gives its Lease back', async () => {
    const old = await holder();
    await cluster.kubectl(['delete', 'pod', old, '-n', 'service-backup', '--wait=false']);
    const successor = await until('another holder of the Lease', 20, async () => {
      const now = await holder();
      return now && now !== old ? now : undefined;
    });
    await until('its pod to be seen', 20, async () => (await operatorPod()) === successor || undefined);
  });

  test('tells how it is, and what it knows', async () => {
    await lab.makeBuckets('known');
    await lab.apply(lab.declaration('known', [ON_NODE_1]));
    expect((await lab.ended('known')).state).toBe('Success');
    const pod = await until('a pod', 30, operatorPod);
    const ask = (path: string) =>
      cluster.kubectl(['get', '--raw', `/api/v1/namespaces/service-backup/pods/${pod}:8080/proxy${path}`]);
    await until('its readiness', 30, async () => ((await ask('/readyz').catch(() => '')) ? true : undefined));
    expect(await ask('/healthz')).toBe('ok\n');
    expect(await ask('/metrics')).toContain(
      'service_backup_last_state{namespace="guestbook",name="operator-known"} 0',
    );
  });
});
