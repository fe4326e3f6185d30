import { ANNOTATION, type ServiceBackup } from '../api';
import { isKubeError } from '../kube/error';
import { RESOURCES } from '../kube/resources';
import { readService } from './declaration';
import { Failure, UsageError } from './failure';
import { approvableOf, type Held } from './held-retention';
import { nameOf, type ServiceReference } from './service-reference';
import { answerJson, type Session } from './session';
import { formatTime } from './times';

/** The operator writes status often while a run is under way: each time, what is held is looked at anew. */
const MOST_TRIES = 10;

/** `service-backup acknowledge NAMESPACE/NAME [--yes]` */
export async function acknowledge(
  session: Session,
  reference: ServiceReference,
  yes: boolean,
): Promise<void> {
  const { kube, narrator } = session;
  narrator.waitFor('the API server');
  const service = await readService(kube, reference);
  const held = approvableOf(service);
  narrator.rest();
  if (!held.acknowledged) {
    for (const line of tellHeld(reference, held)) narrator.say(line);
    await askFor(session, yes);
    await write(session, reference, service, held);
  }
  if (session.json) {
    answerJson(session, { service: nameOf(reference), ...held, acknowledged: true });
    return;
  }
  session.answer(tellAcknowledged(service, held, session));
}

/** What is approved, before it is. */
export const tellHeld = (reference: ServiceReference, { run, reason, message, policy }: Held): string[] => [
  `  run ${run} of ${nameOf(reference)} found ${reason}: ${message}`,
  ...(policy === undefined ? [] : [`  the retention policy that is approved by it: ${policy}`]),
];

async function askFor({ confirm }: Session, yes: boolean): Promise<void> {
  if (yes) return;
  if (!confirm)
    throw new UsageError(
      'There is no terminal to ask on: look at what is approved, and give the command again with --yes.',
    );
  if (!(await confirm('  Approve it? [y/N] '))) throw new Failure('Nothing was approved.');
}

/** Approves the finding that was shown, and no other: what changed meanwhile is not approved. */
async function write(
  { kube }: Session,
  reference: ServiceReference,
  shown: ServiceBackup,
  held: Held,
): Promise<void> {
  let { resourceVersion } = shown.metadata;
  for (let tries = 1; ; tries += 1) {
    try {
      await kube.patch(RESOURCES.serviceBackups, reference.name, reference.namespace, {
        metadata: { resourceVersion, annotations: { [ANNOTATION.acknowledge]: held.run } },
      });
      return;
    } catch (error) {
      if (!isKubeError(error, 'Conflict') || tries >= MOST_TRIES) throw error;
    }
    const now = await readService(kube, reference);
    if (!isSame(approvableOf(now), held))
      throw new Failure(
        `What is held of ${nameOf(reference)} changed meanwhile, and nothing was approved: give the command again.`,
      );
    resourceVersion = now.metadata.resourceVersion;
  }
}

export const isSame = (a: Held, b: Held): boolean =>
  a.run === b.run && a.reason === b.reason && a.message === b.message && a.policy === b.policy;

export function tellAcknowledged(
  service: ServiceBackup,
  held: Held,
  { paint, timeZone }: Pick<Session, 'paint' | 'timeZone'>,
): string {
  const next = service.status?.nextBackup;
  const run = next ? `The next run, at ${formatTime(next, timeZone)},` : 'The next run';
  const now = next ? '' : ' None is scheduled: set a new runNow.';
  const unless = held.policy === undefined ? '' : ', unless the retention policy is another by then';
  return `${paint.good('acknowledged')} ${held.reason} of run ${held.run} of ${nameOf(service.metadata)}. ${run} goes by it${unless}.${now}`;
}
