import { decodeOutcome, type KeyLine, type ResultLine } from '../api';
import type { Job, KubeObject } from '../kube/objects';
import { RESOURCES, type Resource } from '../kube/resources';
import { claimsOf } from '../operator/items';
import { type Declaration, readDeclaration } from './declaration';
import { explain } from './explain';
import { Failure } from './failure';
import {
  labelsByHand,
  RECOVERY_PASSWORD_KEY,
  readTemplate,
  recoveryKeyJob,
  recoveryKeyJobName,
} from './mover-job';
import { recoveryNote, tellRecoveryNote } from './recovery-note';
import { recoveryPassword } from './recovery-password';
import { checkRights, type Right } from './rights';
import { followJob, type JobEnd, NotStarted } from './run-job';
import { nameOf, type ServiceReference } from './service-reference';
import { answerJson, type Session } from './session';
import { whyFailed } from './snapshots';
import { createSuspended, type Owner, start } from './suspended-job';

/** Not among RESOURCES: nothing but this command ever speaks of Secrets, and it only writes and deletes its own. */
const SECRETS: Resource = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };

interface Secret extends KubeObject {
  stringData: Record<string, string>;
  immutable: boolean;
}

const rightsIn = (namespace: string): Right[] => [
  { verb: 'create', group: '', resource: 'secrets', namespace },
  { verb: 'delete', group: '', resource: 'secrets', namespace },
  { verb: 'patch', group: 'batch', resource: 'jobs', namespace },
  { verb: 'delete', group: 'batch', resource: 'jobs', namespace },
];

/** `service-backup recovery-key NAMESPACE/NAME [--again]` */
export async function recoveryKey(
  session: Session,
  reference: ServiceReference,
  again: boolean,
): Promise<void> {
  const { kube, narrator } = session;
  narrator.waitFor('the API server');
  const declaration = await readDeclaration(kube, reference, session.operatorNamespace);
  const { service, jobNamespace, repository } = declaration;
  if (service.status?.repository?.recoveryKey && !again)
    throw new Failure(
      `${nameOf(reference)} has a recovery key already: to make another beside it, add --again.`,
    );
  await checkRights(kube, 'To make a recovery key', rightsIn(jobNamespace));

  const job = recoveryKeyJob(declaration, await readTemplate(kube, 'maintenance', jobNamespace));
  const password = recoveryPassword();
  const key = await addKey(job, declaration, password, session);
  narrator.rest();
  const note = recoveryNote(repository, claimsOf(service), { ...key, password });
  // Before anything else can go wrong: nobody else has the password.
  if (session.json) answerJson(session, note);
  else session.answer(tellRecoveryNote(note, session.paint));
  const left = await remove(job, session);
  if (left) narrator.say(`  ${left}`);
}

/** Makes the Job and the Secret with its password, follows the Job, and gives the key; when there is none, both are removed again. */
async function addKey(
  job: Job,
  declaration: Declaration,
  password: string,
  session: Session,
): Promise<{ id?: string }> {
  const { kube, narrator } = session;
  const { name, namespace = '' } = job.metadata;
  const owner = await createSuspended(job, 'The making of a recovery key', kube);
  let begun = false;
  let key: KeyLine | undefined;
  let result: ResultLine | undefined;
  try {
    await kube.create(SECRETS, secretOf(declaration, owner, password));
    begun = true;
    await start(job, kube);
    const end = await followJob(
      {
        name,
        namespace,
        uid: owner.uid,
        startDeadlineSeconds: declaration.startDeadlineSeconds,
        doing: `the key to be added to the repository in bucket ${declaration.repository.bucket}`,
        onLine(line) {
          if (line.type === 'key') key = line;
          if (line.type === 'result') result = line;
        },
      },
      session,
    );
    const made = keyOf(key, end);
    if (made) return made;
    throw new Failure(whyFailed(result, end));
  } catch (error) {
    // The key is there, whatever became of the Job afterwards.
    if (key) return { id: key.id };
    narrator.rest();
    const why = session.signal.aborted ? 'the command was interrupted.' : explain(error);
    const left = await remove(job, session);
    // Only who never ran, or says so, has surely added nothing.
    const surely = !begun || result !== undefined || error instanceof NotStarted;
    throw new Failure(tellNotMade(why, surely, left));
  }
}

/** The key that was added: by the report, else (its log was lost) by the outcome; `undefined` when neither tells of one. */
export function keyOf(
  line: KeyLine | undefined,
  end: Pick<JobEnd, 'exitCode' | 'message'>,
): { id?: string } | undefined {
  if (line) return { id: line.id };
  return end.exitCode === 0 && decodeOutcome(end.message)?.recoveryKey ? {} : undefined;
}

/** @param surely whether it is known that nothing was added */
export function tellNotMade(why: string, surely: boolean, left: string | undefined): string {
  const told = surely
    ? `No recovery key was made: ${why}`
    : `Whether a recovery key was added is not known: ${why} Nobody has the password of one that was, and it does no harm: give the command again, with --again.`;
  return left ? `${told} ${left}` : told;
}

const secretOf = (declaration: Declaration, owner: Owner, password: string): Secret => ({
  metadata: {
    name: recoveryKeyJobName(declaration),
    namespace: declaration.jobNamespace,
    labels: labelsByHand(declaration, 'recovery-key'),
    ownerReferences: [owner],
  },
  immutable: true,
  stringData: { [RECOVERY_PASSWORD_KEY]: password },
});

/** Removes the Secret, then the Job; gives what is left, if that cannot be done. A second Ctrl-C ends the process instead. */
async function remove({ metadata }: Job, { kube }: Session): Promise<string | undefined> {
  const { name, namespace = '' } = metadata;
  try {
    await kube.delete(SECRETS, name, namespace);
    await kube.delete(RESOURCES.jobs, name, namespace);
    return undefined;
  } catch (error) {
    return `Job and Secret ${namespace}/${name} could not be removed (${explain(error)}): remove them by 'kubectl delete job,secret -n ${namespace} ${name}'.`;
  }
}
