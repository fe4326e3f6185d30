import { CONTRACT_VERSION, decodeOutcome, type ResultLine, type SnapshotLine } from '../api';
import { RESOURCES } from '../kube/resources';
import { readDeclaration } from './declaration';
import { Failure } from './failure';
import { listJob, readTemplate } from './mover-job';
import { followJob, type JobEnd } from './run-job';
import { nameOf, type ServiceReference } from './service-reference';
import { answerJson, type Session } from './session';
import { snapshotsTable } from './snapshots-table';

/** A list that takes longer has a repository that does not answer. */
const DEADLINE_SECONDS = 900;

/** `service-backup snapshots NAMESPACE/NAME [--item NAME]` */
export async function snapshots(
  session: Session,
  reference: ServiceReference,
  item: string | undefined,
): Promise<void> {
  const all = await listSnapshots(session, reference);
  const shown = item === undefined ? all : all.filter((s) => s.item === item);
  if (session.json) answerJson(session, { service: nameOf(reference), snapshots: shown.map(documentOf) });
  else if (shown.length > 0) session.answer(snapshotsTable(shown, session));
  else session.answer(noneOf(nameOf(reference), item, all));
}

/** A list that lacks snapshots must not look whole. */
export const unreadableOf = (bucket: string, words: string): string =>
  `  warning: the bucket ${bucket} holds snapshots that cannot be read, and are not listed: ${words}`;

/** What is said instead of an empty table. */
export function noneOf(service: string, item: string | undefined, all: Pick<SnapshotLine, 'item'>[]): string {
  if (all.length === 0) return `${service} has no snapshots yet.`;
  const items = [...new Set(all.map((s) => s.item))].sort().join(', ');
  return `${service} has no snapshots of item ${item}; there are some of ${items}.`;
}

const documentOf = ({ type: _, ...snapshot }: SnapshotLine) => snapshot;

/** Every snapshot of the service, oldest first: only a whole list is given. */
async function listSnapshots(session: Session, reference: ServiceReference): Promise<SnapshotLine[]> {
  const { kube, narrator } = session;
  narrator.waitFor('the API server');
  const declaration = await readDeclaration(kube, reference, session.operatorNamespace);
  const { jobNamespace, repository, startDeadlineSeconds } = declaration;
  const job = listJob(
    declaration,
    await readTemplate(kube, 'maintenance', jobNamespace),
    { version: CONTRACT_VERSION, kind: 'list', repository },
    DEADLINE_SECONDS,
  );
  const found: SnapshotLine[] = [];
  let count: number | undefined;
  let result: ResultLine | undefined;
  const { metadata } = await kube.create(RESOURCES.jobs, job);
  try {
    const end = await followJob(
      {
        name: job.metadata.name,
        namespace: jobNamespace,
        uid: metadata.uid ?? '',
        startDeadlineSeconds,
        doing: `the list of snapshots in bucket ${repository.bucket}`,
        onLine(line) {
          if (line.type === 'snapshot') found.push(line);
          if (line.type === 'end') {
            count = line.count;
            if (line.unreadable) narrator.say(unreadableOf(repository.bucket, line.unreadable));
          }
          if (line.type === 'result') result = line;
        },
      },
      session,
    );
    if (count !== found.length || end.exitCode !== 0)
      throw new Failure(`The snapshots could not be listed: ${whyFailed(result, end)}`);
    return found;
  } finally {
    narrator.rest();
    await kube.delete(RESOURCES.jobs, job.metadata.name, jobNamespace);
  }
}

/** Why the mover failed: by its report, else by its outcome, else by what the kubelet saw of it. */
export function whyFailed(result: ResultLine | undefined, end: JobEnd): string {
  const failure = result?.message ? result : failureOf(end.message);
  if (failure?.message) return failure.reason ? `${failure.message} (${failure.reason})` : failure.message;
  if (end.exitCode === 0) return 'the report of the Job is not whole: try again.';
  return `the mover ended with exit code ${end.exitCode}${end.reason ? ` (${end.reason})` : ''} and said nothing.`;
}

function failureOf(terminationMessage: string): { reason?: string; message?: string } | undefined {
  const outcome = decodeOutcome(terminationMessage);
  return outcome?.failure ?? outcome?.items.find((item) => item.state === 'Failed');
}
