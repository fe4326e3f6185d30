import { ANNOTATION, CONTRACT_VERSION, type RestoreTask } from '../api';
import { isKubeError } from '../kube/error';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../kube/objects';
import { RESOURCES } from '../kube/resources';
import { claimKey } from '../operator/items';
import { type Declaration, readDeclaration } from './declaration';
import { Failure } from './failure';
import { type Filled, fillClaim } from './fill-claim';
import { handOver } from './hand-over-volume';
import { HANDOVERS, type HandoverPlan, isSameRestore, noteOf } from './handover-note';
import { shortId } from './items-table';
import { labelsByHand, readTemplate, restoreJob, restoreJobName, TARGET_DIRECTORY } from './mover-job';
import {
  type ClaimShape,
  checkStorageClass,
  chooseItem,
  claimOf,
  type RestoreRequest,
  shapeOf,
} from './restore-plan';
import { checkRights, type Right } from './rights';
import { nameOf, type ServiceReference } from './service-reference';
import { answerJson, type Session } from './session';
import { countOf, formatBytes } from './sizes';
import { formatTime, tellDuration } from './times';

/** Everything about one restore that is settled before anything is created. */
interface Plan {
  declaration: Declaration;
  item: string;
  select: RestoreTask['select'];
  /** The claim that was asked for. */
  to: ServiceReference;
  /** The claim that the Job fills, in the Job namespace; the Job has its name. */
  from: ServiceReference;
}

/** `service-backup restore NAMESPACE/NAME --to-claim NAME` */
export async function restore(
  session: Session,
  reference: ServiceReference,
  request: RestoreRequest,
): Promise<void> {
  const { kube, narrator, operatorNamespace } = session;
  const began = session.now().getTime();
  narrator.waitFor('the API server');
  const declaration = await readDeclaration(kube, reference, operatorNamespace);
  const to = { namespace: reference.namespace, name: request.toClaim };
  const plan: Plan = {
    declaration,
    item: chooseItem(declaration.service, request.item),
    select: request.select,
    to,
    from: { namespace: declaration.jobNamespace, name: restoreJobName(declaration.cluster, to) },
  };
  const done = (await finishEarlier(session, plan)) ?? (await restoreAnew(session, plan, request));
  narrator.rest();
  tell(session, plan, done, (session.now().getTime() - began) / 1000);
}

async function restoreAnew(session: Session, plan: Plan, request: RestoreRequest): Promise<Filled> {
  const { kube } = session;
  const { declaration, item, to, from } = plan;
  const { jobNamespace, repository, startDeadlineSeconds } = declaration;
  const shape = await settleShape(session, plan, request);
  await rehearse(session, claimOf(to, shape));
  await checkRights(kube, 'To hand the restored volume over', handoverRights(jobNamespace));

  const task: RestoreTask = {
    version: CONTRACT_VERSION,
    kind: 'restore',
    repository,
    item,
    select: plan.select,
    target: TARGET_DIRECTORY,
  };
  const labels = labelsByHand(declaration, 'restore');
  const filled = await fillClaim(
    {
      job: restoreJob(declaration, await readTemplate(kube, 'restore', jobNamespace), task, from.name),
      claim: (owner) => claimOf(from, shape, { labels, owner }),
      startDeadlineSeconds,
    },
    session,
  );
  const handover: HandoverPlan = { from, to, restored: { ...requestOf(plan), ...filled } };
  await handOver(filled.volume, handover, targetClaim(plan, handover, shape), session);
  return filled;
}

/** What a restore does only when the data is there. */
const handoverRights = (namespace: string): Right[] => [
  { verb: 'update', group: '', resource: 'persistentvolumes' },
  { verb: 'list', group: 'storage.k8s.io', resource: 'volumeattachments' },
  { verb: 'delete', group: '', resource: 'persistentvolumeclaims', namespace },
  { verb: 'delete', group: 'batch', resource: 'jobs', namespace },
  { verb: 'get', group: '', resource: 'pods', namespace },
];

/** A volume that an earlier call restored for the same request and could not hand over; `undefined` if there is none. */
async function finishEarlier(session: Session, plan: Plan): Promise<Filled | undefined> {
  const { kube, narrator } = session;
  const volumes = await kube.list<PersistentVolume>(RESOURCES.persistentVolumes, {
    labelSelector: HANDOVERS,
  });
  const volume = volumes.find((v) => {
    const to = noteOf(v)?.to;
    return to !== undefined && nameOf(to) === nameOf(plan.to);
  });
  const note = volume && noteOf(volume);
  if (!volume || !note) return undefined;
  const { restored } = note;
  const what = `snapshot ${shortId(restored.snapshot)} of item ${restored.item}`;
  const name = volume.metadata.name;
  if (!isSameRestore(restored, requestOf(plan)))
    throw new Failure(
      `Another restore to claim ${nameOf(plan.to)} was interrupted, of ${what}; its data is on PersistentVolume ${name}: finish it by the command that began it, or choose another name by --to-claim.`,
    );
  narrator.say(
    `  an earlier call restored ${what} to volume ${name} and could not hand it over: going on there`,
  );
  const shape: ClaimShape = {
    size: volume.spec?.capacity?.storage ?? '',
    storageClass: volume.spec?.storageClassName ?? '',
    accessModes: volume.spec?.accessModes ?? [],
  };
  await handOver(name, note, targetClaim(plan, note, shape), session);
  return { ...restored, volume: name };
}

const requestOf = ({ declaration, item, select }: Plan) => ({
  service: declaration.service.metadata.uid,
  item,
  select,
});

function targetClaim(plan: Plan, { restored }: HandoverPlan, shape: ClaimShape): PersistentVolumeClaim {
  const source = `${nameOf(plan.declaration.service.metadata)}/${restored.item} snapshot ${shortId(restored.snapshot)} of ${restored.time}`;
  return claimOf(plan.to, shape, { annotations: { [ANNOTATION.restoredFrom]: source } });
}

async function settleShape({ kube }: Session, plan: Plan, request: RestoreRequest): Promise<ClaimShape> {
  const original = claimKey(plan.item, plan.declaration.service.metadata.namespace);
  const claim = await kube.get<PersistentVolumeClaim>(
    RESOURCES.persistentVolumeClaims,
    original.name,
    original.namespace,
  );
  const shape = shapeOf(request, { name: nameOf(original), claim });
  if (shape.storageClass)
    checkStorageClass(
      shape.storageClass,
      await kube.get<StorageClass>(RESOURCES.storageClasses, shape.storageClass),
    );
  return shape;
}

/** Rights, quotas and names are tried before hours of restoring, not after. */
async function rehearse({ kube }: Session, target: PersistentVolumeClaim): Promise<void> {
  try {
    await kube.create(RESOURCES.persistentVolumeClaims, target, { dryRun: true });
  } catch (error) {
    if (isKubeError(error, 'AlreadyExists'))
      throw new Failure(
        `Claim ${target.metadata.namespace}/${target.metadata.name} exists already, and nothing is ever restored over data: choose a name that is free by --to-claim.`,
      );
    throw error;
  }
}

function tell(session: Session, { to, item, declaration }: Plan, done: Filled, seconds: number): void {
  const { snapshot, time, files, bytes, volume } = done;
  if (session.json) {
    answerJson(session, {
      service: nameOf(declaration.service.metadata),
      item,
      snapshot,
      time,
      claim: to.name,
      namespace: to.namespace,
      volume,
      files,
      bytes,
      seconds: Math.round(seconds * 10) / 10,
    });
    return;
  }
  const when = time ? ` of ${formatTime(time, session.timeZone)}` : '';
  session.answer(
    `${session.paint.good('restored')} ${item} as claim ${nameOf(to)}: ${formatBytes(bytes)} in ${countOf(files, 'file')}, snapshot ${shortId(snapshot)}${when}, in ${tellDuration(seconds)}`,
  );
}
