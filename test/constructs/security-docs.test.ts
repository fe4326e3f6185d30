import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { BackupBucket, BackupOperator, BucketAdmin, SecretKey } from '../../src';
import { podTemplateName, type Role, SERVICE_CREDENTIAL_VARIABLES } from '../../src/api';
import { restoreJob } from '../../src/cli/mover-job';
import type { Container, PodSpec, PodTemplate } from '../../src/kube/objects';
import { repositoryRef } from '../../src/operator/repository-ref';
import { type Settings, settingsOf } from '../../src/operator/settings';
import { stepJob } from '../../src/operator/step-job';
import { backup, config, group, placement, serviceS3 } from '../operator/fixtures';
import { type Manifest, manifests, one } from './app';
import { built } from './built';

const DOCS = join(__dirname, '..', '..', 'docs');

/** What says nothing of rights: what runs, how much of it, where, and when it counts as ended. */
const OF_POD = ['containers', 'initContainers', 'volumes', 'tolerations', 'affinity', 'restartPolicy'];
const OF_CONTAINER = ['name', 'image', 'command', 'env', 'volumeMounts', 'resources', 'ports'];
const ENDS = ['terminationGracePeriodSeconds', 'terminationMessagePath', 'terminationMessagePolicy'];
const OF_SERVICE: string[] = Object.values(SERVICE_CREDENTIAL_VARIABLES);
const ELSEWHERE = [...OF_POD, ...OF_CONTAINER, ...ENDS, 'readinessProbe', 'livenessProbe'];

/** `a.b: value`, for every leaf. */
const leaves = (value: unknown, path: string): string[] =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key))
    : [`${path}: ${Array.isArray(value) ? value.join(', ') : value}`];

const fieldsIn = (object: object): string[] =>
  leaves(Object.fromEntries(Object.entries(object).filter(([key]) => !ELSEWHERE.includes(key))), '');

/** Who mounts a volume, and how. */
function mountsOf(volume: string, containers: Container[]): string[] {
  return containers.flatMap(({ name, volumeMounts = [] }) =>
    volumeMounts
      .filter((mount) => mount.name === volume)
      .map(({ readOnly, mountPropagation: passed, name: _, mountPath, ...more }) => {
        const how = [readOnly ? 'reads' : 'writes', ...(passed ? [`propagation ${passed}`] : [])];
        return [`${name} ${how[0]}`, ...how.slice(1), ...fieldsIn(more)].join(', ');
      }),
  );
}

/** Everything in a pod that gives or takes a right, a line each. */
function rightsOf(spec: PodSpec): string[] {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const [first = [], ...others] = containers.map(fieldsIn);
  const shared = first.filter((field) => others.every((fields) => fields.includes(field)));
  const own = containers.flatMap((container) => {
    const secrets = (container.env ?? []).filter(({ valueFrom }) => valueFrom?.secretKeyRef);
    const fields = fieldsIn(container).filter((field) => !shared.includes(field));
    for (const [of, names] of [
      ['env from Secrets', secrets.filter(({ name }) => !OF_SERVICE.includes(name))],
      ["env from the service's Secret", secrets.filter(({ name }) => OF_SERVICE.includes(name))],
    ] as const)
      if (names.length > 0) fields.push(`${of}: ${names.map(({ name }) => name).join(', ')}`);
    return fields.map((field) => `${container.name}: ${field}`);
  });
  const volumes = (spec.volumes ?? []).map(({ name, ...source }) => {
    const [[kind, { type }] = ['', {}]] = Object.entries(source) as [string, { type?: string }][];
    return `volume ${name}: ${[kind, type, ...mountsOf(name, containers)].filter(Boolean).join('; ')}`;
  });
  return [
    ...fieldsIn(spec),
    ...volumes,
    ...shared.map((field) => `every container: ${field}`),
    ...own,
  ].sort();
}

/** The pods as they are made: by the operator, by the command line, by the Deployment. */
function pods(all: Manifest[]): Record<string, PodSpec> {
  const template = (role: Role) => one(all, 'PodTemplate', podTemplateName(role)) as unknown as PodTemplate;
  const service = backup();
  const settings = settingsOf(service, config({ s3ServiceConfig: serviceS3 }), 'jobs') as Settings;
  const repository = repositoryRef(service, settings, 'cluster');
  const source = { backup: service, settings, repository, jobNamespace: 'jobs' };
  const of = { run: 'r', deadlineSeconds: 60 };
  const step = group('j', 'node-1', ['data']);
  const maintenance = { job: 'j', startedAt: step.startedAt, prune: true };
  const declaration = {
    service,
    settings: config().spec.serviceBackup,
    jobNamespace: 'jobs',
    cluster: 'cluster',
    repository,
    startDeadlineSeconds: 60,
    deadlineSeconds: 60,
  };
  const restore = { version: 1, kind: 'restore', repository, item: 'data', target: '/restore' } as const;
  const made = {
    'The mover': stepJob(
      { ...of, step, placements: [placement('node-1')] },
      { ...source, template: template('mover') },
    ),
    Buckets: stepJob(
      {
        ...of,
        step: group('j', '', ['s3:files']),
        buckets: [{ node: '', because: 'a test', secret: 'service-s3' }],
      },
      { ...source, template: template('bucket') },
    ),
    Restores: restoreJob(declaration, template('restore'), { ...restore, select: { latest: true } }, 'j'),
    Maintenance: stepJob({ ...of, step: maintenance }, { ...source, template: template('maintenance') }),
  };
  const specs = Object.entries(made).map(([name, job]) => [name, job.spec!.template.spec]);
  const maker = one(all, 'Job').spec.template.spec;
  const serviceAccountName = maker.serviceAccountName.replace(/wiki-backup-[0-9a-f]{10}$/, '<bucket>-<hash>');
  return Object.fromEntries([
    ...specs,
    ['The maker of a bucket', { ...maker, serviceAccountName }],
    ['The operator', one(all, 'Deployment').spec.template.spec],
  ]);
}

const SECTIONS: Record<string, string[]> = {
  'The mover': ['Every pod', 'Every Job', 'The mover'],
  Buckets: ['Every pod', 'Every Job', 'Buckets'],
  Restores: ['Every pod', 'Every Job', 'Restores'],
  Maintenance: ['Every pod', 'Every Job', 'Maintenance'],
  'The maker of a bucket': ['Every pod', 'The maker of a bucket'],
  'The operator': ['Every pod', 'The operator'],
};

beforeAll(built, 60_000);

test('docs/security.md has a row for each field of the pods that gives or takes a right, and none for another', () => {
  const app = new App();
  const chart = new Chart(app, 'operator');
  new BackupOperator(chart, 'operator');
  const pair = (secret: string) => SecretKey.pair(secret, 'AccessKey', 'SecretKey');
  new BackupBucket(chart, 'bucket', {
    bucketName: 'wiki-backup',
    s3: { s3Host: 's3.example.net', s3Credentials: pair('s3-{bucket}') },
    admin: BucketAdmin.versitygw(pair('versitygw-root')),
  });
  const made = Object.entries(pods(manifests(app))).map(([name, spec]) => [name, rightsOf(spec)]);

  const sections = readFileSync(join(DOCS, 'security.md'), 'utf8').split(/^### /m).slice(1);
  const written = new Map(
    sections.map((section) => {
      const [heading, ...lines] = section.split('\n');
      const rows = lines.map((line) => line.split('|').map((cell) => cell.trim()));
      const rights = rows.filter(([, field]) => field?.startsWith('`'));
      for (const [, field, , why, shown] of rights)
        expect([field, why !== '', isTest(shown!)]).toEqual([field, true, true]);
      return [heading!, rights.map(([, field, value]) => `${field}: ${value}`.replaceAll('`', ''))];
    }),
  );
  const together = Object.entries(SECTIONS).map(([name, parts]) => [
    name,
    parts.flatMap((part) => written.get(part) ?? []).sort(),
  ]);
  expect(Object.fromEntries(together)).toEqual(Object.fromEntries(made));
});

/** A link to a test file, whose text is in the title of one of its tests. */
function isTest(cell: string): boolean {
  const [, title, file] = /^\[(.+)\]\((.+)\)$/.exec(cell) ?? [];
  return file !== undefined && readFileSync(join(DOCS, file), 'utf8').includes(title!);
}
