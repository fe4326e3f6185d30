import * as pulumi from '@pulumi/pulumi';
import {
  BackupConfig,
  BackupOperator,
  type BackupOperatorArgs,
  Duration,
  Retention,
  Schedule,
  SecretKey,
} from 'service-backup/pulumi';
import { built } from '../constructs/built';
import { deploy, one, type Registered } from './engine';

beforeAll(built, 60_000);

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const soon = <T>(value: T) => pulumi.output(Promise.resolve(value));
const CONFIG = {
  schedule: Schedule.daily({ hour: 1 }),
  s3BackupConfig: { s3Host: 's3.example.net', s3Credentials: SecretKey.pair('s3', 'id', 'secret') },
  resticPasswordSecret: SecretKey.of('restic-pw', 'pw'),
} satisfies BackupOperatorArgs['config'];

const deployed = async (args?: BackupOperatorArgs): Promise<Registered[]> => {
  const { resources, errors } = await deploy(() => new BackupOperator('operator', args));
  expect(errors).toEqual([]);
  return resources;
};
const names = (resources: Registered[]) => resources.map(({ name }) => name).sort();
/** What each resource waits for. */
const orderOf = (resources: Registered[]) =>
  Object.fromEntries(resources.map(({ name, dependsOn }) => [name, dependsOn.sort()]));

test('each object is a child, of the type that the provider knows', async () => {
  const resources = await deployed({ config: CONFIG, monitoring: true });
  const [component, ...children] = resources;
  expect(component).toMatchObject({ type: 'service-backup:index:BackupOperator', name: 'operator' });
  expect(children.every(({ parent }) => parent === 'operator')).toBe(true);
  expect(children.map(({ type, name }) => `${name} ${type.replace('kubernetes:', '')}`).sort()).toEqual([
    'operator/account core/v1:ServiceAccount',
    'operator/alerts monitoring.coreos.com/v1:PrometheusRule',
    'operator/bucket-policy admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy',
    'operator/bucket-policy-binding admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding',
    'operator/bucket-template core/v1:PodTemplate',
    'operator/cluster-binding rbac.authorization.k8s.io/v1:ClusterRoleBinding',
    'operator/cluster-role rbac.authorization.k8s.io/v1:ClusterRole',
    'operator/crd-backupconfigs.servicebackup.io apiextensions.k8s.io/v1:CustomResourceDefinition',
    'operator/crd-servicebackups.servicebackup.io apiextensions.k8s.io/v1:CustomResourceDefinition',
    'operator/declaration-role rbac.authorization.k8s.io/v1:ClusterRole',
    'operator/default servicebackup.io/v1alpha1:BackupConfig',
    'operator/deployment apps/v1:Deployment',
    'operator/jobs-binding rbac.authorization.k8s.io/v1:RoleBinding',
    'operator/jobs-policy admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy',
    'operator/jobs-policy-binding admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding',
    'operator/jobs-role rbac.authorization.k8s.io/v1:Role',
    'operator/maintenance-policy admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy',
    'operator/maintenance-policy-binding admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding',
    'operator/maintenance-template core/v1:PodTemplate',
    'operator/mover-bundle core/v1:ConfigMap',
    'operator/mover-policy admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy',
    'operator/mover-policy-binding admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding',
    'operator/mover-template core/v1:PodTemplate',
    'operator/namespace-jobNamespace core/v1:Namespace',
    'operator/namespace-namespace core/v1:Namespace',
    'operator/operator-bundle core/v1:ConfigMap',
    'operator/own-binding rbac.authorization.k8s.io/v1:RoleBinding',
    'operator/own-role rbac.authorization.k8s.io/v1:Role',
    'operator/pod-monitor monitoring.coreos.com/v1:PodMonitor',
    'operator/restore-template core/v1:PodTemplate',
  ]);
});

test('kinds and namespaces come first, then what pods use, then the rest', async () => {
  const resources = await deployed({ config: CONFIG });
  const first = [
    'operator/crd-backupconfigs.servicebackup.io',
    'operator/crd-servicebackups.servicebackup.io',
  ];
  const of = (kind: string, name?: string) => one(resources, kind, name).dependsOn.sort();
  expect(of('CustomResourceDefinition', 'servicebackups.servicebackup.io')).toEqual([]);
  expect(of('Namespace', 'service-backup')).toEqual([]);
  expect(of('ClusterRoleBinding')).toEqual(first);
  expect(of('ServiceAccount')).toEqual([...first, 'operator/namespace-namespace']);
  expect(of('BackupConfig')).toEqual(of('Deployment'));
  expect(of('Deployment')).toEqual([
    'operator/account',
    ...first,
    'operator/namespace-namespace',
    'operator/operator-bundle',
  ]);
  expect(of('PodTemplate', 'service-backup-mover')).toEqual([
    ...first,
    'operator/mover-bundle',
    'operator/namespace-jobNamespace',
  ]);
});

test('its outputs say where it is, and where its Jobs run', async () => {
  const { outputsOf } = await deploy(() => {
    new BackupOperator('operator', { namespace: soon('backups') });
    new BackupConfig('nightly', CONFIG);
  });
  expect(outputsOf('operator')).toEqual({ namespace: 'backups', jobNamespace: 'service-backup-jobs' });
  expect(outputsOf('nightly')).toEqual({ name: 'nightly', namespace: 'service-backup' });
});

test('what backups need stays when the operator is destroyed: kinds, the Job namespace, the program of its Jobs', async () => {
  const resources = await deployed({ config: CONFIG });
  expect(names(resources.filter(({ retainOnDelete }) => retainOnDelete))).toEqual([
    'operator/crd-backupconfigs.servicebackup.io',
    'operator/crd-servicebackups.servicebackup.io',
    'operator/mover-bundle',
    'operator/namespace-jobNamespace',
  ]);
});

test('a name that becomes an Output changes no name in the stack, and what waits for what; nor does another name', async () => {
  const plain = await deployed({ namespace: 'backups', jobNamespace: 'backup-jobs' });
  const outputs = await deployed({ namespace: soon('backups'), jobNamespace: soon('backup-jobs') });
  const others = await deployed({ namespace: 'elsewhere' });
  expect(orderOf(outputs)).toEqual(orderOf(plain));
  expect(orderOf(others)).toEqual(orderOf(plain));
  expect(one(outputs, 'Namespace', 'backup-jobs').retainOnDelete).toBe(true);
  expect(one(outputs, 'Deployment').inputs).toEqual(one(plain, 'Deployment').inputs);
});

test('an Output may stand in every setting', async () => {
  const resources = await deployed({
    namespace: soon('backups'),
    kubeletDirectory: soon('/var/lib/k0s/kubelet'),
    images: {
      node: soon('registry.example.net/node:24'),
      restic: soon('registry.example.net/restic:0.18'),
      pullSecrets: [soon('registry')],
    },
    secrets: [soon('elsewhere')],
    maintenanceSecrets: [soon('pruner')],
    scratchClaims: [soon('more')],
    resources: { cpuRequest: soon('50m'), memoryLimit: soon('512Mi') },
    nodeSelector: { pool: soon('infra') },
    tolerations: [{ key: soon('dedicated'), operator: 'Exists', tolerationSeconds: soon(60) }],
    priorityClassName: soon('important'),
    logLevel: soon('warn' as const),
    jobs: {
      resources: { memoryLimit: soon('4Gi') },
      priorityClassName: soon('patient'),
      seLinuxOptions: { type: soon('spc_t') },
    },
    networkPolicies: { s3Ports: [443, soon(9000)] },
    monitoring: { labels: { release: soon('prometheus') } },
    config: {
      schedule: Schedule.cron(soon('30 1 * * *'), { timeZone: soon('Etc/UTC') }),
      s3BackupConfig: {
        s3Host: soon('s3.example.net'),
        region: soon('eu'),
        tls: { caBundle: soon(PEM) },
        s3Credentials: SecretKey.pair(soon('s3'), soon('id'), soon('secret')),
      },
      s3ServiceConfig: {
        s3Host: soon('s3.services.example.net'),
        s3Credentials: SecretKey.pair(soon('of-{bucket}'), soon('id'), soon('secret')),
        addressing: soon('virtual' as const),
        fullPassRuns: soon(7),
      },
      scratchVol: { claimName: soon('scratch') },
      buckets: [{ backup: [soon('{namespace}.*')], service: [soon('{namespace}')] }],
      resticPasswordSecret: SecretKey.of(soon('restic-pw'), soon('pw')),
      retention: Retention.of({ last: soon(1), hourly: soon(2), monthly: soon(3), yearly: soon(4) }),
      maxForgetPercent: soon(30),
      check: { schedule: Schedule.cron(soon('0 4 * * 0')), dataParts: soon(7), suspend: soon(true) },
      prune: { schedule: Schedule.cron(soon('0 5 * * 0')), maxUnusedPercent: soon(5), suspend: soon(false) },
      recoveryKey: soon('Declined' as const),
      notify: { success: soon('https://a.example.net/'), failure: soon('https://b.example.net/') },
      jitter: Duration.minutes(soon(2)),
      suspend: soon(false),
      startingDeadline: Duration.hours(soon(1)),
      roundDeadline: Duration.days(soon(1)),
      maxParallelJobs: soon(4),
      startDeadline: Duration.parse(soon('PT5M')),
      deadline: Duration.seconds(soon(3600)),
      runDeadline: Duration.hours(soon(2)),
      backoffLimit: soon(5),
      nodeLost: Duration.millis(soon(400_000)),
      stall: Duration.seconds(soon(60)),
      drivers: [{ name: soon('csi.example.net'), staging: soon('handle' as const) }],
    },
  });
  expect(one(resources, 'BackupConfig').inputs).toMatchObject({
    metadata: { name: 'default', namespace: 'backups' },
    spec: {
      serviceBackup: {
        schedule: '30 1 * * *',
        timeZone: 'Etc/UTC',
        s3BackupConfig: {
          s3Host: 's3.example.net',
          region: 'eu',
          tls: { caBundle: PEM },
          s3Credentials: { secretName: 's3', accessKeyIDProperty: 'id', secretKeyProperty: 'secret' },
        },
        s3ServiceConfig: {
          s3Host: 's3.services.example.net',
          s3Credentials: {
            secretName: 'of-{bucket}',
            accessKeyIDProperty: 'id',
            secretKeyProperty: 'secret',
          },
          addressing: 'virtual',
          fullPassRuns: 7,
        },
        scratchVol: { claimName: 'scratch' },
        buckets: [{ backup: ['{namespace}.*'], service: ['{namespace}'] }],
        resticPasswordSecret: { secretName: 'restic-pw', secretKey: 'pw' },
        resticRetentionPolicy: { last: 1, hourly: 2, monthly: 3, yearly: 4 },
        maxForgetPercent: 30,
        check: { schedule: '0 4 * * 0', dataParts: 7, suspend: true },
        prune: { schedule: '0 5 * * 0', maxUnusedPercent: 5, suspend: false },
        recoveryKey: 'Declined',
        notify: { success: 'https://a.example.net/', failure: 'https://b.example.net/' },
        jitterSeconds: 120,
        suspend: false,
        startingDeadlineSeconds: 3600,
        roundDeadlineSeconds: 86_400,
        maxParallelJobs: 4,
        jobSpec: {
          startDeadlineSeconds: 300,
          deadlineSeconds: 3600,
          runDeadlineSeconds: 7200,
          backoffLimit: 5,
          nodeLostSeconds: 400,
          stallSeconds: 60,
        },
        drivers: [{ name: 'csi.example.net', staging: 'handle' }],
      },
    },
  });
  const pod = one(resources, 'Deployment').inputs.spec.template.spec;
  expect(pod).toMatchObject({
    imagePullSecrets: [{ name: 'registry' }],
    nodeSelector: { pool: 'infra' },
    priorityClassName: 'important',
  });
  expect(pod.tolerations.at(-1)).toEqual({ key: 'dedicated', operator: 'Exists', tolerationSeconds: 60 });
  expect(pod.containers[0]).toMatchObject({
    image: 'registry.example.net/node:24',
    resources: { requests: { cpu: '50m' }, limits: { memory: '512Mi' } },
  });
  expect(pod.containers[0].env.slice(-2)).toEqual([
    { name: 'KUBELET_DIRECTORY', value: '/var/lib/k0s/kubelet' },
    { name: 'LOG_LEVEL', value: 'warn' },
  ]);
  expect(one(resources, 'PodTemplate', 'service-backup-mover').inputs.template.spec).toMatchObject({
    imagePullSecrets: [{ name: 'registry' }],
    priorityClassName: 'patient',
    securityContext: { seLinuxOptions: { type: 'spc_t' } },
    containers: [{ resources: { limits: { memory: '4Gi' } } }],
  });
  expect(one(resources, 'PodTemplate', 'service-backup-maintenance').inputs.metadata.annotations).toEqual({
    'servicebackup.io/secrets': 's3,restic-pw,elsewhere,pruner',
  });
  expect(one(resources, 'PodTemplate', 'service-backup-bucket').inputs.metadata.annotations).toEqual({
    'servicebackup.io/secrets': 's3,restic-pw,of-{bucket},elsewhere',
    'servicebackup.io/scratch-claims': 'scratch,more',
  });
  const fence = one(resources, 'ValidatingAdmissionPolicy', 'service-backup-jobs-mover').inputs.spec;
  expect(fence.variables).toContainEqual({ name: 'kubelet', expression: "'/var/lib/k0s/kubelet'" });
  const network = one(resources, 'NetworkPolicy', 'service-backup-jobs').inputs.spec;
  expect(network.egress[0].ports.slice(-2)).toEqual([
    { protocol: 'TCP', port: 443 },
    { protocol: 'TCP', port: 9000 },
  ]);
  expect(one(resources, 'PodMonitor').inputs.metadata.labels).toEqual({ release: 'prometheus' });
});

test('without the fence the deployment warns once of what that means', async () => {
  const warned = jest.spyOn(console, 'warn').mockReturnValue();
  try {
    const resources = await deployed({ fence: false, namespace: soon('backups') });
    expect(names(resources).filter((name) => name.includes('policy'))).toEqual([]);
    expect(warned.mock.calls).toEqual([
      [
        expect.stringMatching(
          /operator: fence is false: nothing keeps whoever has the token of the operator/,
        ),
      ],
    ]);
  } finally {
    warned.mockRestore();
  }
});
