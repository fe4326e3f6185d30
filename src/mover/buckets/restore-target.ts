import type { RestoreBucketTask } from '../../api/task';
import { Fault } from '../fault';
import type { ObjectStore } from '../objects/object-store';
import { OWNER_KEY } from '../owner';

/** How restic names its keys. */
const RESTIC_KEY = /^keys\/[0-9a-f]{64}$/;

/**
 * No restore writes beside backups, whatever it is asked for: among them it could write over their keys.
 *
 * @throws TargetIsRepository, and what the S3 system may be at fault with
 */
export async function refuseRepository(
  { repository, to }: Pick<RestoreBucketTask, 'repository' | 'to'>,
  store: ObjectStore,
): Promise<void> {
  const isOwn = repository.bucket === to.bucket && originOf(repository.endpoint) === originOf(to.endpoint);
  if (isOwn) throw refused(to.bucket, 'holds the backups themselves');
  if (await lists(store, OWNER_KEY, (key) => key === OWNER_KEY))
    throw refused(to.bucket, `holds a repository of backups (${OWNER_KEY})`);
  if (await lists(store, 'keys/', (key) => RESTIC_KEY.test(key)))
    throw refused(to.bucket, 'holds a restic repository (keys/…)');
}

/** Whether such a key is among the first that begin so: nobody else has such names. */
async function lists(store: ObjectStore, prefix: string, is: (key: string) => boolean): Promise<boolean> {
  for await (const page of store.list(prefix)) return page.some(({ key }) => is(key));
  return false;
}

const originOf = (endpoint: string): string => new URL(endpoint).origin;

const refused = (bucket: string, why: string): Fault =>
  new Fault(
    'TargetIsRepository',
    `The bucket ${bucket} ${why}: nothing was written. Restore into another bucket.`,
  );
