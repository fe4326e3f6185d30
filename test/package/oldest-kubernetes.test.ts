import type { PodTemplate } from '../../src/kube/objects';
import type { BucketPlacement } from '../../src/operator/placement';
import { repositoryRef } from '../../src/operator/repository-ref';
import { type Settings, settingsOf } from '../../src/operator/settings';
import { type StepJob, stepJob } from '../../src/operator/step-job';
import { one } from '../constructs/app';
import { built } from '../constructs/built';
import { everything } from '../constructs/everything';
import { backup, config, group, maintenance, placement, serviceS3 } from '../operator/fixtures';
import { type KubeObject, KubernetesSchema } from './kubernetes-schema';

/** The last of the oldest release that docs/versions.md promises. */
const OLDEST = 'v1.30.14';

/** Of other people: whose kinds the schemas of Kubernetes do not have. */
const THEIRS = /^(monitoring\.coreos\.com|servicebackup\.io)\//;

let schema: KubernetesSchema;
beforeAll(() => {
  built();
  schema = new KubernetesSchema(OLDEST);
}, 300_000);

/** The Job that the operator makes of a template that was synthesised. */
function jobOf(wanted: StepJob, templateName: string): KubeObject {
  const declared = backup(['data']);
  const settings = settingsOf(
    declared,
    config({ s3ServiceConfig: serviceS3 }),
    'service-backup-jobs',
  ) as Settings;
  return stepJob(wanted, {
    template: one(everything(), 'PodTemplate', templateName) as unknown as PodTemplate,
    backup: declared,
    settings,
    repository: repositoryRef(declared, settings, 'cluster-uid'),
    jobNamespace: 'service-backup-jobs',
  }) as KubeObject;
}

test('the oldest Kubernetes knows each field of what is synthesised', () => {
  const objects = everything().filter(({ apiVersion }) => !THEIRS.test(apiVersion));
  expect(objects.length).toBeGreaterThan(20);
  expect(objects.flatMap((object) => schema.problemsOf(object))).toEqual([]);
});

test('the oldest Kubernetes knows each field of the Jobs that the operator makes', () => {
  const common = { run: '0tovstcs', deadlineSeconds: 7200 };
  const step = group('j1', 'node-1', ['data']);
  const bucket: BucketPlacement = { node: '', because: 'a test', secret: 'service-s3' };
  const jobs = [
    jobOf({ ...common, step, placements: [placement('node-1')] }, 'service-backup-mover'),
    jobOf({ ...common, step: group('j3', '', ['s3:files']), buckets: [bucket] }, 'service-backup-bucket'),
    jobOf({ ...common, step: maintenance('j2', { prune: true }) }, 'service-backup-maintenance'),
  ];
  expect(jobs.flatMap((job) => schema.problemsOf(job))).toEqual([]);
});

test('a field that came later is found, and so is one that is missing, of another type, or of another kind', () => {
  const deployment = one(everything(), 'Deployment');
  const spec = { ...deployment.spec.template.spec, resources: {}, hostname: 7 };
  const { selector: _, ...rest } = deployment.spec;
  const changed = { ...deployment, spec: { ...rest, template: { ...deployment.spec.template, spec } } };
  expect(schema.problemsOf(changed)).toEqual([
    'Deployment service-backup.spec.selector: it is missing.',
    'Deployment service-backup.spec.template.spec.resources: there is no such field.',
    'Deployment service-backup.spec.template.spec.hostname: it is of type number, not string.',
  ]);
  expect(
    schema.problemsOf({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingAdmissionPolicy',
      metadata: { name: 'p' },
    }),
  ).toEqual(['MutatingAdmissionPolicy p: admissionregistration.k8s.io/v1 has no such kind.']);
});
