import { until } from '../../demo/steps';
import { placeWiki } from './deployment';
import { FaultLab } from './fault-lab';
import { doubledJobs, jobsLeft, ledgerOf } from './ledger';
import { Gate, isData } from './s3-fault';

jest.setTimeout(180_000);

const WIKI = 'wiki';
const CLAIM = 'pages';
const FROM = 'node-2';
const TO = 'node-1';

/** From the service's pod being bound to another node to its Job being told to end. Seconds. */
const BOUND = 15;

interface Pod {
  metadata: { name: string; deletionTimestamp?: string };
  spec: { nodeName?: string };
  status: { phase: string; conditions?: { type: string; status: string; lastTransitionTime: string }[] };
}

let lab: FaultLab;
beforeAll(async () => {
  lab = await FaultLab.open('dur-yield');
});
afterAll(async () => {
  if (!lab) return;
  await lab.close();
  // Where the other tests look for it.
  await placeWiki(lab.cluster, FROM);
});

/** When wiki's pod on a node came to have a condition. */
async function since(node: string, type: string): Promise<number | undefined> {
  const { items } = JSON.parse(await lab.cluster.kubectl(['get', 'pods', '-n', WIKI, '-o', 'json'])) as {
    items: Pod[];
  };
  const pod = items.find(({ metadata, spec }) => spec.nodeName === node && !metadata.deletionTimestamp);
  const found = pod?.status.conditions?.find(
    (condition) => condition.type === type && condition.status === 'True',
  );
  return found && Date.parse(found.lastTransitionTime);
}

test('a service that must start on another node gets its volume: the backup yields, and goes on where the volume goes', async () => {
  const gate = new Gate(isData);
  const front = await lab.s3(gate.behaviour);
  await lab.makeBuckets('moves');
  await lab.apply(
    lab.config('moves', ({ s3BackupConfig }) => {
      s3BackupConfig.s3Host = front.url;
    }),
    lab.declaration('moves', [CLAIM], { backupConfig: 'dur-yield-moves' }, WIKI),
  );
  const { node } = await lab.openJob('moves', 60, WIKI);
  expect(node).toBe(FROM);
  await until('the middle of the backup', 60, async () => front.asked.find(isData));

  const moved = placeWiki(lab.cluster, TO);
  moved.catch(() => {});
  const scheduled = await until(`a pod of ${WIKI} on ${TO}`, 30, () => since(TO, 'PodScheduled'));
  const service = lab.service('moves', WIKI);
  const first = () => lab.witness.backup(service)?.status?.run?.groups[0];
  const told = await lab.witness.until(
    'the backup to yield',
    BOUND + 10,
    () => (first()?.yieldsTo ? Date.now() : undefined),
    () => JSON.stringify(lab.witness.backup(service)?.status),
  );
  const gone = await lab.witness.until('the end of its Job', 30, () =>
    first()?.finishedAt ? Date.now() : undefined,
  );
  gate.open();
  expect((told - scheduled) / 1000).toBeLessThanOrEqual(BOUND);

  await moved;
  const running = (await since(TO, 'Ready'))!;
  const ended = await lab.ended('moves', 60, undefined, WIKI);
  const seconds = (from: number, to: number) => `${Math.max(0, (to - from) / 1000).toFixed(1)} s`;
  console.log(
    `Pod bound elsewhere → Job told to end ${seconds(scheduled, told)} → mover gone ${seconds(told, gone)} → service ready ${seconds(gone, running)} → run ended ${seconds(running, Date.parse(ended.lastBackup!.timestamp))}`,
  );
  expect(ended.lastBackup).toMatchObject({ state: 'Success' });
  expect(ended.items).toMatchObject([{ name: CLAIM, state: 'Success', placement: { node: TO } }]);
  expect(await ledgerOf(lab, 'moves', WIKI)).toMatchObject([{ state: 'Success', snapshots: [CLAIM] }]);
  const groups = lab.witness.history(service).flatMap(({ status }) => status?.run?.groups ?? []);
  expect(groups).toContainEqual(
    expect.objectContaining({ node: FROM, yieldsTo: expect.stringMatching(/^wiki-/) }),
  );
  const said = lab.witness.events(service).map(({ reason }) => reason);
  expect(said).toContain('BackupYields');
  expect(doubledJobs(lab, 'moves', WIKI)).toEqual([]);
  expect(await jobsLeft(lab, 'moves', WIKI)).toEqual([]);
});
