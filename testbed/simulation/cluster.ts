import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import type { ServiceBackupSettings } from '../../src/api/backup-config';
import type { BackupConfig } from '../../src/api/kinds';
import { BackupOperator, Schedule, SecretKey } from '../../src/constructs';
import { isKubeError } from '../../src/kube/error';
import type { KubeObject } from '../../src/kube/objects';
import { RESOURCES, type Resource } from '../../src/kube/resources';
import type { Rest } from '../../src/kube/rest';
import { until } from '../machine/wait';
import { administrator, each } from './access';
import { paths } from './layout';

export const OPERATOR_NAMESPACE = 'service-backup';
export const JOB_NAMESPACE = 'service-backup-jobs';
/** The CSI driver of all simulated volumes. */
export const DRIVER = 'csi.simulated.local';

const BUILTIN: Record<string, string> = {
  CustomResourceDefinition: 'customresourcedefinitions',
  ServiceAccount: 'serviceaccounts',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  CSIDriver: 'csidrivers',
  Namespace: 'namespaces',
  ConfigMap: 'configmaps',
  PodTemplate: 'podtemplates',
  BackupConfig: 'backupconfigs',
  ServiceBackup: 'servicebackups',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
};

function resourceOf({ apiVersion, kind, metadata }: KubeObject): Resource {
  const plural = BUILTIN[kind ?? ''];
  if (!plural || !apiVersion)
    throw new Error(
      `${kind} ${metadata.name} is of a kind that the simulation does not know: name its plural.`,
    );
  return { apiVersion, kind: kind!, plural, namespaced: metadata.namespace !== undefined };
}

/** Creates objects; one that is there already stays as it is. */
export async function create(kube: Rest, objects: readonly KubeObject[]): Promise<void> {
  await each(objects, (object) =>
    kube.create(resourceOf(object), object).catch((error: unknown) => {
      if (!isKubeError(error, 'AlreadyExists')) throw error;
    }),
  );
}

/** What a program of ours synthesises. */
export function synthesised(build: (chart: Chart) => void): KubeObject[] {
  const app = new App();
  build(new Chart(app, 'simulated'));
  return app.charts.flatMap((chart) => chart.toJson() as KubeObject[]);
}

/**
 * Deploys what BackupOperator synthesises: kinds, rights, templates of Jobs, settings. The operator itself runs as a process
 * beside it, so that a test can kill it at any moment.
 */
export async function deployOperator(settings: Partial<ServiceBackupSettings> = {}): Promise<Rest> {
  const kube = administrator();
  const objects = synthesised(
    (chart) =>
      new BackupOperator(chart, 'operator', {
        config: {
          // Once a year: a test says itself when something is due.
          schedule: Schedule.cron('0 0 1 1 *'),
          s3BackupConfig: {
            s3Host: 's3.simulated.local',
            s3Credentials: SecretKey.pair('s3-backup', 'AccessKey', 'SecretKey'),
          },
          resticPasswordSecret: SecretKey.of('restic-pw', 'pw'),
        },
      }),
  ).filter(({ kind }) => kind !== 'Deployment');
  const ofKind = (...kinds: string[]) => objects.filter(({ kind }) => kinds.includes(kind ?? ''));
  await create(kube, ofKind('Namespace', 'CustomResourceDefinition'));
  await create(
    kube,
    objects.filter(({ kind }) => kind !== 'BackupConfig'),
  );
  const config = ofKind('BackupConfig')[0] as KubeObject & { spec: { serviceBackup: ServiceBackupSettings } };
  Object.assign(config.spec.serviceBackup, settings);
  // A kind is served a moment after its definition was taken.
  await until({ what: 'the kinds of servicebackup.io to be served', seconds: 30 }, async () => {
    await create(kube, [config]);
    return true;
  });
  const driver = { metadata: { name: DRIVER }, spec: { attachRequired: true } };
  await create(kube, [{ apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', ...driver }]);
  await until({ what: `the default account of ${JOB_NAMESPACE}`, seconds: 30 }, () =>
    kube.get(
      { apiVersion: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true },
      'default',
      JOB_NAMESPACE,
    ),
  );
  await writeAccount(kube);
  return kube;
}

/** The account of the operator, as the kubelet would put it into its pod. */
async function writeAccount(kube: Rest): Promise<void> {
  const path = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/serviceaccounts/service-backup/token`;
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 86_400 },
  };
  const text = await kube.transport.text({ method: 'POST', path, body });
  const { status } = JSON.parse(text) as { status: { token: string } };
  mkdirSync(paths.account, { recursive: true, mode: 0o700 });
  copyFileSync(join(paths.pki, 'ca.crt'), join(paths.account, 'ca.crt'));
  writeFileSync(join(paths.account, 'token'), status.token, { mode: 0o600 });
}

/** Changes settings of the BackupConfig. */
export const configure = (kube: Rest, settings: Partial<ServiceBackupSettings>): Promise<unknown> =>
  kube.patch(RESOURCES.backupConfigs, 'default', OPERATOR_NAMESPACE, { spec: { serviceBackup: settings } });

/** What an operator with a Lease of its own needs beside the other one: its namespace, its settings, its right to the Lease. */
export async function deployBeside(kube: Rest, namespace: string): Promise<void> {
  const config = (await kube.get<BackupConfig>(RESOURCES.backupConfigs, 'default', OPERATOR_NAMESPACE))!;
  const role = `${OPERATOR_NAMESPACE}-operator`;
  const rights = { kind: 'Role', name: role, apiGroup: 'rbac.authorization.k8s.io' };
  const subject = { kind: 'ServiceAccount', name: 'service-backup', namespace: OPERATOR_NAMESPACE };
  const rules = [
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
    { apiGroups: ['servicebackup.io'], resources: ['backupconfigs'], verbs: ['list', 'watch'] },
  ];
  const metadata = { name: role, namespace };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  await create(kube, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }]);
  await create(kube, [
    { apiVersion, kind: 'Role', metadata, rules } as KubeObject,
    { apiVersion, kind: 'RoleBinding', metadata, roleRef: rights, subjects: [subject] } as KubeObject,
    { ...config, metadata: { name: 'default', namespace } },
  ]);
}
