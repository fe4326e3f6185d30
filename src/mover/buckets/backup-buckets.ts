import type { BackupBucketsTask, BucketItem } from '../../api/task';
import { inTurn, type Means, runBackup } from '../backup';
import type { Judgement } from '../backup-outcome';
import { Fault, failureFrom, isDiskFull } from '../fault';
import { ObjectStore } from '../objects/object-store';
import { objectsTag } from '../snapshots';
import { excluder } from './exclude-keys';
import { LISTING, recover, Unusable } from './index-file';
import { judgeBucket, refuseEmpty } from './judge-bucket';
import { writeListing } from './listing';
import { mostNeeded, needOf, type Pulled, pull } from './pull';
import { becameFull, Scratch } from './scratch';
import { serviceKeys } from './service-keys';

/** What a backup of buckets needs beside its task. */
export interface BucketMeans extends Means {
  env: NodeJS.ProcessEnv;
  /** Aborted when the Job is told to stop. */
  signal: AbortSignal;
}

/** Backs up buckets one after the other: each is first copied to the scratch volume, and from there into the repository. */
export const backupBuckets = (task: BackupBucketsTask, means: BucketMeans): Promise<void> =>
  inTurn(task.items, means, (item) => backupBucket(task, item, means));

async function backupBucket(
  task: BackupBucketsTask,
  item: BucketItem,
  means: BucketMeans,
): Promise<Judgement> {
  let scratch: Scratch | undefined;
  let store: ObjectStore | undefined;
  const began = performance.now();
  try {
    const { env, signal } = means;
    store = new ObjectStore({ ...task.source, bucket: item.bucket, ...serviceKeys(env), signal });
    const { owner, deadPods = [] } = task.repository;
    scratch = await Scratch.open(task.source, item.bucket, owner.uid, deadPods);
    const pulled = await pullInto(scratch, store, task, item, means);
    const judgement = await backUp(scratch, pulled, task, item, means);
    const { outcome } = judgement;
    if (outcome.snapshot) outcome.seconds = Math.round((performance.now() - began) / 1000);
    return judgement;
  } catch (error) {
    const fault = isDiskFull(error) ? await becameFull(item.bucket, task.source.scratch) : error;
    const failure = failureFrom(fault, 'BackupFailed');
    return {
      outcome: { state: 'Failed', ...failure },
      ...(failure.reason === 'Cancelled' && { stop: true as const }),
    };
  } finally {
    store?.close();
    await scratch?.close();
  }
}

async function pullInto(
  scratch: Scratch,
  store: ObjectStore,
  task: BackupBucketsTask,
  item: BucketItem,
  { log }: BucketMeans,
): Promise<Pulled> {
  const { bucket, previous } = item;
  const { endpoint, fullPassRuns } = task.source;
  const attempt = async () => {
    const { pass } = await scratch.begin(fullPassRuns);
    await recover(scratch.directory);
    const listed = await list(scratch, store, item, log);
    // Where all of it would fit once more, nobody needs to know how much is there already.
    if (!(await scratch.hasRoom(mostNeeded(listed))))
      await scratch.makeRoom(await needOf(scratch, pass), log);
    // Of what restic has no parent, it reads all: what lies on the scratch volume must be what was fetched.
    const verify = previous === undefined;
    const pulled = await pull({ store, scratch, bucket, endpoint, pass, verify, log });
    const { objects, fetched, gone, unreadable } = pulled;
    log(
      `bucket ${bucket}: ${objects} objects, ${fetched} of them fetched; ${gone} went meanwhile, ${unreadable.count} could not be read`,
    );
    if (objects === 0 && unreadable.count > 0)
      throw new Fault(
        'UnreadableObjects',
        `No object of bucket ${bucket} could be read: ${unreadable.why} No snapshot was made.`,
      );
    return pulled;
  };
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    log(`bucket ${bucket}: the copy on the scratch volume is damaged, and made anew: ${error.message}`);
    await scratch.discard();
    return await attempt();
  }
}

/** Nothing is changed before the listing has come to its end, and is none to be refused. */
async function list(
  scratch: Scratch,
  store: ObjectStore,
  item: BucketItem,
  log: (line: string) => void,
): Promise<{ objects: number; bytes: number }> {
  const excluded = excluder(item.exclude);
  const count = { listed: 0, excluded: 0 };
  let bytes = 0;
  async function* kept() {
    for await (const page of store.list()) {
      const some = page.filter(({ key }) => !excluded(key));
      count.listed += some.length;
      count.excluded += page.length - some.length;
      for (const { size } of some) bytes += size;
      yield some;
    }
  }
  await writeListing(kept(), scratch.path(LISTING), () => refuseEmpty(item, count));
  log(`bucket ${item.bucket}: ${count.listed} objects listed, and ${count.excluded} that are excluded`);
  return { objects: count.listed, bytes };
}

async function backUp(
  scratch: Scratch,
  pulled: Pulled,
  task: BackupBucketsTask,
  item: BucketItem,
  means: BucketMeans,
): Promise<Judgement> {
  const tree = { type: item.type, name: item.name, path: scratch.copy, exclude: [] };
  const { ended, summary } = await runBackup(task, tree, [objectsTag(pulled)], means);
  const { judgement, damaged } = judgeBucket(ended, summary, item, pulled);
  // Whatever it was that restic met there: the next run makes the copy anew.
  if (damaged) await scratch.discard();
  return judgement;
}
