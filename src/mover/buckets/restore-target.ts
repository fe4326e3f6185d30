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
  if (await store.head(OWNER_KEY)) throw refused(to.bucket, `holds a repository of backups (${OWNER_KEY})`);
  // Nobody else has such names, so that the first page is enough.
  for await (const page of store.list('keys/')) {
    if (page.some(({ key }) => RESTIC_KEY.test(key)))
      throw refused(to.bucket, 'holds a restic repository (keys/…)');
    return;
  }
}

const originOf = (endpoint: string): string => new URL(endpoint).origin;

const refused = (bucket: string, why: string): Fault =>
  new Fault(
    'TargetIsRepository',
    `The bucket ${bucket} ${why}: nothing was written. Restore into another bucket.`,
  );
