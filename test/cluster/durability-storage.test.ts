import { FaultLab, ON_NODE_1, ON_NODE_2 } from './fault-lab';
import { doubledJobs, jobsLeft, ledgerOf } from './ledger';
import { type Asked, type FaultyS3, isData, pass } from './s3-fault';
import { begin, type Stories } from './stories';

jest.setTimeout(180_000);

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
      settings.jobSpec = { startDeadlineSeconds: 20, stallSeconds, backoffLimit: 1 };
    }),
    lab.declaration(name, [claim], { backupConfig: `dur-s3-${name}` }),
  );
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
};

let begun: Record<string, Promise<void>> = {};
beforeAll(async () => {
  lab = await FaultLab.open('dur-s3');
  begun = begin(STORIES);
});
afterAll(() => lab?.close());

test.each(Object.keys(STORIES))('%s', (name) => begun[name]);
