import type { RestoreBucketTask } from '../api';
import type { Job } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import { explain } from './explain';
import { Failure } from './failure';
import { tellSnapshot } from './fill-claim';
import { NEWS_SHOWN, type Reported, tellNews } from './restored-objects';
import { followJob, type JobEnd, NotStarted } from './run-job';
import type { Session } from './session';
import { createJob } from './suspended-job';

/** Makes the Job, follows it to its end, and deletes it. */
export async function fillBucket(
  job: Job,
  { to }: Pick<RestoreBucketTask, 'to'>,
  startDeadlineSeconds: number,
  session: Session,
): Promise<Reported & { end: JobEnd }> {
  const { kube, narrator, timeZone } = session;
  const { name, namespace = '' } = job.metadata;
  const { uid } = await createJob(job, 'A restore to this bucket', kube);
  const filled: Reported = { news: [] };
  try {
    const end = await followJob(
      {
        name,
        namespace,
        uid,
        startDeadlineSeconds,
        doing: 'the repository to be opened',
        onLine(line) {
          if (line.type === 'snapshot') {
            filled.snapshot = line;
            narrator.say(`  ${tellSnapshot(line, timeZone, 'object')}`);
            narrator.waitFor('the first object');
          }
          if (line.type === 'progress') narrator.progress(line);
          if (line.type === 'object') {
            filled.news.push(line);
            if (!session.json && filled.news.length <= NEWS_SHOWN) narrator.say(`  ${tellNews(line)}`);
          }
          if (line.type === 'result') filled.result = line;
        },
      },
      session,
    );
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
