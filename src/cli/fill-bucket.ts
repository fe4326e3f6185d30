import type { RestoreBucketTask } from '../api';
import type { Job } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import { explain } from './explain';
import { Failure } from './failure';
import { followRestore } from './follow-restore';
import { NEWS_SHOWN, type Reported, tellNews } from './restored-objects';
import { type JobEnd, NotStarted } from './run-job';
import type { Session } from './session';
import { createJob } from './suspended-job';

/** Makes the Job, follows it to its end, and deletes it. */
export async function fillBucket(
  job: Job,
  { to }: Pick<RestoreBucketTask, 'to'>,
  startDeadlineSeconds: number,
  session: Session,
): Promise<Reported & { end: JobEnd }> {
  const { kube, narrator } = session;
  const { name, namespace = '' } = job.metadata;
  const { uid } = await createJob(job, 'A restore to this bucket', kube);
  const filled: Reported = { news: [] };
  try {
    const kind = 'object';
    const end = await followRestore({ job, uid, startDeadlineSeconds, kind }, filled, session, (line) => {
      if (line.type !== kind) return;
      filled.news.push(line);
      if (!session.json && filled.news.length <= NEWS_SHOWN) narrator.say(`  ${tellNews(line)}`);
    });
    return { ...filled, end };
  } catch (error) {
    const why = session.signal.aborted ? 'The restore was interrupted.' : explain(error);
    const left =
      error instanceof NotStarted
        ? 'Nothing was written.'
        : `What was written until then is in the bucket ${to.bucket}: the same command goes on from there.`;
    throw new Failure(`${why} ${left}`);
  } finally {
    narrator.rest();
    await kube.delete(RESOURCES.jobs, name, namespace);
  }
}
