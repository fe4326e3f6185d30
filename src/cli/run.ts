import { setTimeout as sleep } from 'node:timers/promises';
import { ANNOTATION, type ServiceBackup } from '../api';
import { RESOURCES } from '../kube/resources';
import { readService } from './declaration';
import { Failure } from './failure';
import { LOOK_AGAIN, patiently } from './patience';
import { nameOf, type ServiceReference } from './service-reference';
import { serviceReport } from './service-report';
import { answerJson, type Session } from './session';

/** `service-backup run NAMESPACE/NAME`: asks for a run, and waits for its end. */
export async function run(session: Session, reference: ServiceReference): Promise<void> {
  const { kube, narrator, signal } = session;
  narrator.waitFor('the API server');
  await readService(kube, reference);
  const value = `${session.now().toISOString()} ${process.pid}`;
  await kube.patch(RESOURCES.serviceBackups, reference.name, reference.namespace, {
    metadata: { annotations: { [ANNOTATION.runNow]: value } },
  });
  const look = () => patiently(() => readService(kube, reference), session);
  let id: string | undefined;
  for (;;) {
    const service = await look().catch((error: Error) => {
      throw signal.aborted ? goesOn(reference) : error;
    });
    const progress = progressOf(service, value, id);
    id = progress.id;
    if (progress.state === 'ended') {
      answer(session, service);
      return;
    }
    if (progress.state === 'cannot start') throw new Failure(progress.words);
    narrator.waitFor(progress.words);
    await sleep(LOOK_AGAIN, undefined, { signal }).catch(() => {
      throw goesOn(reference);
    });
  }
}

const goesOn = (reference: ServiceReference): Failure =>
  new Failure(
    `The run of ${nameOf(reference)} was asked for, and is not waited for any longer: 'service-backup status ${nameOf(reference)}' tells how it goes.`,
  );

export interface RunProgress {
  state: 'asked' | 'cannot start' | 'under way' | 'ended';
  /** Of the run, once it is known. */
  id?: string;
  words: string;
}

/** How far the run is that was asked for by `value`; `id` once it is known. Ids of runs can be sorted. */
export function progressOf(
  { metadata, status = {} }: ServiceBackup,
  value: string,
  id?: string,
): RunProgress {
  const name = nameOf(metadata);
  const { run: current, lastBackup: last, conditions = [], seenRunNow = [], message } = status;
  if (id === undefined && !seenRunNow.includes(value)) {
    const ready = conditions.find(({ type }) => type === 'Ready');
    if (ready?.status === 'False' && !current)
      return {
        state: 'cannot start',
        words: `${ready.message} The run is asked for, and starts when that is mended.`,
      };
    return { state: 'asked', words: current ? `the run under way of ${name}` : 'the operator to take it up' };
  }
  const mine = id ?? current?.id ?? last?.run ?? '';
  if (current?.id !== mine && last && last.run >= mine) return { state: 'ended', id: mine, words: '' };
  return { state: 'under way', id: mine, words: message ?? `the run of ${name}` };
}

function answer(session: Session, service: ServiceBackup): void {
  const { lastBackup } = service.status!;
  session.narrator.rest();
  if (session.json) answerJson(session, { service: nameOf(service.metadata), ...lastBackup });
  else session.answer(serviceReport(service, session));
  if (lastBackup?.state !== 'Success')
    throw new Failure(`The run ended with ${lastBackup?.state}: ${lastBackup?.message ?? ''}`);
}
