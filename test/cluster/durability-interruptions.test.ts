import { until } from '../../demo/steps';
import { placeWiki } from './deployment';
import { FaultLab, ON_NODE_1, ON_NODE_2 } from './fault-lab';
import { doubledJobs, jobsLeft, ledgerOf } from './ledger';
import { type Asked, type FaultyS3, Gate, isData, pass } from './s3-fault';
import { begin, type Stories } from './stories';

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

/** From the first request for data on every connection is cut, until `times` more requests were in vain. */
function awayFor(times: number): (asked: Asked) => 'cut' | 'pass' {
  let refused = 0;
  return (asked) => {
    if (refused === 0 && !isData(asked)) return 'pass';
    refused += 1;
    return refused <= times ? 'cut' : 'pass';
  };
}

/** A service whose S3 system is that front. */
async function at(front: FaultyS3, name: string, claim: string, stallSeconds: number): Promise<void> {
  await lab.makeBuckets(name);
  await lab.apply(
    lab.config(name, (settings) => {
      settings.s3BackupConfig.s3Host = front.url;
      settings.jobSpec = { startDeadlineSeconds: 90, stallSeconds, backoffLimit: 1 };
    }),
    lab.declaration(name, [claim], { backupConfig: `dur-cut-${name}` }),
  );
}

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

const STORIES: Stories = {
  'S3 goes in mid-backup and is soon back: the backup goes on as if nothing had been': async () => {
    const front = await lab.s3(awayFor(4));
    await at(front, 'short', ON_NODE_1, 200);
    const status = await lab.ended('short');
    expect(status).toMatchObject({ state: 'Success', lastBackup: { state: 'Success' } });
    expect(await ledgerOf(lab, 'short')).toMatchObject([{ state: 'Success', snapshots: [ON_NODE_1] }]);
    expect(lab.witness.jobs(lab.service('short'))).toHaveLength(1);
    expect(
      lab.witness.history(lab.service('short')).flatMap(({ status }) => status?.run?.retries ?? []),
    ).toEqual([]);
  },

  'S3 takes no data until the mover gives up: the item is tried again in the same run, which is a Success':
    async () => {
      // All else it takes: with a lock that it cannot remove restic needs a minute more to end.
      const front = await lab.s3((asked) => (isData(asked) ? 'cut' : 'pass'));
      await at(front, 'long', ON_NODE_2, 5);
      const service = lab.service('long');
      const waits = await lab.witness.until('the item to wait for its next try', 60, () => {
        const { run } = lab.witness.backup(service)?.status ?? {};
        return run?.retries && { run, ...lab.witness.backup(service)!.status! };
      });
      expect(waits).toMatchObject({
        state: 'Running',
        reason: 'StorageNotAnswering',
        run: { done: [], retries: [{ name: ON_NODE_2, attempts: 1, reason: 'StorageNotAnswering' }] },
      });
      expect(waits.message).toMatch(/Tried again at/);
      front.behaviour = pass;
      const ended = await lab.ended('long');
      expect(ended).toMatchObject({ state: 'Success', lastBackup: { run: waits.run.id, state: 'Success' } });
      expect(await ledgerOf(lab, 'long')).toMatchObject([{ state: 'Success', snapshots: [ON_NODE_2] }]);
      expect(lab.witness.jobs(service)).toHaveLength(2);
      expect(doubledJobs(lab, 'long')).toEqual([]);
      expect(await jobsLeft(lab, 'long')).toEqual([]);
    },

  'a service that must start on another node gets its volume: the backup yields, and goes on where the volume goes':
    async () => {
      const gate = new Gate(isData);
      const front = await lab.s3(gate.behaviour);
      await lab.makeBuckets('moves');
      await lab.apply(
        lab.config('moves', ({ s3BackupConfig }) => {
          s3BackupConfig.s3Host = front.url;
        }),
        lab.declaration('moves', [CLAIM], { backupConfig: 'dur-cut-moves' }, WIKI),
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
    },
};

let begun: Record<string, Promise<void>> = {};
beforeAll(async () => {
  lab = await FaultLab.open('dur-cut');
  begun = begin(STORIES);
});
afterAll(async () => {
  if (!lab) return;
  await lab.close();
  // Where the other tests look for it.
  await placeWiki(lab.cluster, FROM);
});

test.each(Object.keys(STORIES))('%s', (name) => begun[name]);
