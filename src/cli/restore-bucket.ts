import { CONTRACT_VERSION, type RestoreBucketTask, SCRATCH } from '../api';
import { type Declaration, readDeclaration } from './declaration';
import { Failure } from './failure';
import { fillBucket } from './fill-bucket';
import { readTemplate } from './mover-job';
import { restoreBucketJob } from './restore-bucket-job';
import { type BucketRequest, chooseItem } from './restore-plan';
import { documentOf, newsOfOthers, summaryOf } from './restored-objects';
import { scratchFor } from './scratch';
import type { ServiceReference } from './service-reference';
import { serviceSystem } from './service-s3';
import { answerJson, type Session } from './session';
import { whyFailed } from './snapshots';

/** `service-backup restore NAMESPACE/NAME --to-bucket NAME` */
export async function restoreBucket(
  session: Session,
  reference: ServiceReference,
  request: BucketRequest,
): Promise<void> {
  const { kube, narrator } = session;
  const began = session.now().getTime();
  narrator.waitFor('the API server');
  const declaration = await readDeclaration(kube, reference, session.operatorNamespace);
  const task = taskOf(declaration, request);
  const template = await readTemplate(kube, 'bucket', declaration.jobNamespace);
  const scratch = scratchFor(task.item, request, declaration.service, declaration.settings);
  const job = restoreBucketJob(declaration, template, task, scratch);
  const done = await fillBucket(job, task, declaration.startDeadlineSeconds, session);
  narrator.rest();
  const restored = { task, ...done, seconds: (session.now().getTime() - began) / 1000 };
  if (session.json) answerJson(session, documentOf(restored));
  const succeeded = done.end.exitCode === 0 && done.result?.state === 'Success';
  for (const line of newsOfOthers(restored)) narrator.say(`  ${line}`);
  if (!succeeded) throw new Failure(`The restore failed: ${whyFailed(done.result, done.end)}`);
  if (!session.json) session.answer(summaryOf(restored, session));
}

function taskOf(declaration: Declaration, request: BucketRequest): RestoreBucketTask {
  const { service, settings, repository } = declaration;
  const { select, toBucket, prefix, overwrite, dryRun } = request;
  return {
    version: CONTRACT_VERSION,
    kind: 'restore-bucket',
    repository,
    item: chooseItem(service, request.item, 'bucket'),
    select,
    to: { ...serviceSystem(settings).s3, bucket: toBucket },
    ...(prefix !== undefined && { prefix }),
    overwrite,
    dryRun,
    scratch: SCRATCH.path,
  };
}
