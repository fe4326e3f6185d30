import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { App, Chart, Duration } from 'cdk8s';
import { BackupConfig, BackupOperator, type BackupOperatorProps, Schedule, SecretKey } from 'service-backup';
import { podTemplateName, ROLES } from '../../src/api';
import { type Manifest, manifests, one } from './app';
import { built } from './built';

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

beforeAll(built, 60_000);

const config = {
  schedule: Schedule.daily({ hour: 1, minute: 30, timeZone: 'Europe/Berlin' }),
  s3BackupConfig: {
    s3Host: 's3.example.net',
    s3Credentials: SecretKey.pair('s3-backup', 'AccessKey', 'SecretKey'),
  },
  resticPasswordSecret: SecretKey.of('restic-pw', 'pw'),
};

function operator(props: BackupOperatorProps = {}, namespace?: string): Manifest[] {
  const app = new App();
  const chart = new Chart(app, 'backups', { namespace });
  new BackupOperator(chart, 'operator', { config, ...props });
  return manifests(app);
}
const podSpec = (all: Manifest[], kind: string, name: string) => {
  const found = one(all, kind, name);
  return (kind === 'Deployment' ? found.spec : found).template.spec;
};

test('everything the operator needs comes with it, and no Secret', () => {
  const kinds = operator().map((m) => `${m.kind} ${m.metadata.namespace ?? '-'}/${m.metadata.name}`);
  expect(kinds.map((line) => line.replace(/[0-9a-f]{10}$/, '<hash>'))).toEqual([
    'Namespace -/service-backup',
    'Namespace -/service-backup-jobs',
    'CustomResourceDefinition -/backupconfigs.servicebackup.io',
    'CustomResourceDefinition -/servicebackups.servicebackup.io',
    'ServiceAccount service-backup/service-backup',
    'ClusterRole -/service-backup',
    'ClusterRoleBinding -/service-backup',
    'ClusterRole -/service-backup-declaration',
    'Role service-backup-jobs/service-backup-jobs',
    'RoleBinding service-backup-jobs/service-backup-jobs',
    'Role service-backup/service-backup-operator',
    'RoleBinding service-backup/service-backup-operator',
    'ConfigMap service-backup-jobs/service-backup-mover-<hash>',
    'PodTemplate service-backup-jobs/service-backup-mover',
    'PodTemplate service-backup-jobs/service-backup-restore',
    'PodTemplate service-backup-jobs/service-backup-maintenance',
    'PodTemplate service-backup-jobs/service-backup-bucket',
    ...['', '-mover', '-bucket', '-maintenance'].flatMap((role) => [
      `ValidatingAdmissionPolicy -/service-backup-jobs${role}`,
      `ValidatingAdmissionPolicyBinding -/service-backup-jobs${role}`,
    ]),
    'ConfigMap service-backup/service-backup-operator-<hash>',
    'Deployment service-backup/service-backup',
    'BackupConfig service-backup/default',
  ]);
});

test('the mover of a bucket has more room for young objects than one that waits for restic', () => {
  const all = operator();
  const roomOf = (role: (typeof ROLES)[number]) =>
    podSpec(all, 'PodTemplate', podTemplateName(role)).containers[0].command[1];
  expect(ROLES.map(roomOf)).toEqual(
    ROLES.map((role) => `--max-semi-space-size=${role === 'bucket' ? 2 : 1}`),
  );
});

test('the templates name the Secrets that Jobs may have credentials from: those of the app, and those that are named', () => {
  const secrets = (all: Manifest[], role: string) =>
    one(all, 'PodTemplate', `service-backup-${role}`).metadata.annotations;
  const expected = { 'servicebackup.io/secrets': 's3-backup,restic-pw,elsewhere' };
  const all = operator({ secrets: ['elsewhere', 'restic-pw'] });
  expect(secrets(all, 'mover')).toEqual(expected);
  expect(secrets(all, 'maintenance')).toEqual(expected);
});

const withMaintenance = (secretName: string) => ({
  ...config,
  s3BackupConfig: {
    ...config.s3BackupConfig,
    maintenanceCredentials: SecretKey.pair(secretName, 'AccessKey', 'SecretKey'),
  },
});

test('keys that may delete are for Jobs that look after repositories, and for no other', () => {
  const all = operator({
    config: withMaintenance('maintenance-{bucket}'),
    maintenanceSecrets: ['pruner'],
  });
  const secrets = (role: string) =>
    one(all, 'PodTemplate', `service-backup-${role}`).metadata.annotations?.['servicebackup.io/secrets'];
  expect(secrets('mover')).toBe('s3-backup,restic-pw');
  expect(secrets('bucket')).toBe('s3-backup,restic-pw');
  expect(secrets('maintenance')).toBe('s3-backup,restic-pw,maintenance-{bucket},pruner');
  expect(one(all, 'BackupConfig').spec.serviceBackup.s3BackupConfig.maintenanceCredentials).toEqual({
    secretName: 'maintenance-{bucket}',
    accessKeyIDProperty: 'AccessKey',
    secretKeyProperty: 'SecretKey',
  });
});

test('that of buckets names also what is needed of the services, and the claims to copy to', () => {
  const s3ServiceConfig = {
    s3Host: 's3.example.net',
    s3Credentials: SecretKey.pair('of-{bucket}', 'AccessKey', 'SecretKey'),
  };
  const { metadata } = one(
    operator({
      config: { ...config, s3ServiceConfig, scratchVol: { claimName: 'scratch' } },
      secrets: ['{bucket}-elsewhere'],
      scratchClaims: ['more'],
    }),
    'PodTemplate',
    'service-backup-bucket',
  );
  expect(metadata.annotations).toEqual({
    'servicebackup.io/secrets': 's3-backup,restic-pw,of-{bucket},{bucket}-elsewhere',
    'servicebackup.io/scratch-claims': 'scratch,more',
  });
});

test('kinds without a namespace get none from the chart', () => {
  for (const object of operator({}, 'backups')) {
    const namespaced =
      !/^(Namespace|CustomResourceDefinition|ClusterRole.*|ValidatingAdmissionPolicy.*)$/.test(object.kind);
    expect(object.metadata.namespace !== undefined).toBe(namespaced);
  }
});

test('the config says what was written, and nothing else', () => {
  expect(one(operator(), 'BackupConfig').spec).toEqual({
    serviceBackup: {
      schedule: '30 1 * * *',
      timeZone: 'Europe/Berlin',
      s3BackupConfig: {
        s3Host: 's3.example.net',
        s3Credentials: {
          secretName: 's3-backup',
          accessKeyIDProperty: 'AccessKey',
          secretKeyProperty: 'SecretKey',
        },
      },
      resticPasswordSecret: { secretName: 'restic-pw', secretKey: 'pw' },
    },
  });
});

test('every setting reaches the config', () => {
  const all = operator({
    config: {
      ...config,
      s3BackupConfig: { ...config.s3BackupConfig, region: 'eu-1', tls: { caBundle: PEM } },
      s3ServiceConfig: {
        s3Host: 's3.services.example.net',
        s3Credentials: SecretKey.pair('of-{bucket}', 'id', 'key'),
        addressing: 'virtual',
        fullPassRuns: 7,
      },
      scratchVol: { size: '50Gi', storageClassName: 'fast' },
      buckets: [{ namespaces: ['wiki'], backup: ['*'], service: ['{namespace}', 'media'] }],
      jitter: Duration.minutes(10),
      suspend: true,
      startingDeadline: Duration.hours(6),
      roundDeadline: Duration.hours(4),
      maxParallelJobs: 4,
      startDeadline: Duration.minutes(1),
      deadline: Duration.hours(2),
      runDeadline: Duration.hours(3),
      backoffLimit: 1,
      nodeLost: Duration.minutes(10),
      stall: Duration.seconds(30),
      maxForgetPercent: 0,
      check: {
        schedule: Schedule.weekly({ weekday: 'saturday', hour: 6, timeZone: 'Europe/Berlin' }),
        dataParts: 1,
        suspend: false,
      },
      prune: { schedule: Schedule.cron('0 7 1 * *'), maxUnusedPercent: 0, suspend: true },
      recoveryKey: 'Declined',
      notify: {
        success: 'https://uptime.example.net/push/{namespace}-{name}?status=up&msg={state}',
        failure: 'http://uptime.example.net:3001/push/{namespace}-{name}?status=down&msg={reason}',
      },
      drivers: [{ name: 'x.csi.example.net', staging: 'none' }],
    },
    jobNamespace: 'jobs',
  });
  expect(one(all, 'BackupConfig').spec.serviceBackup).toMatchObject({
    s3BackupConfig: { region: 'eu-1', tls: { caBundle: PEM } },
    s3ServiceConfig: {
      s3Host: 's3.services.example.net',
      s3Credentials: { secretName: 'of-{bucket}', accessKeyIDProperty: 'id', secretKeyProperty: 'key' },
      addressing: 'virtual',
      fullPassRuns: 7,
    },
    scratchVol: { size: '50Gi', storageClassName: 'fast' },
    buckets: [{ namespaces: ['wiki'], backup: ['*'], service: ['{namespace}', 'media'] }],
    jitterSeconds: 600,
    suspend: true,
    startingDeadlineSeconds: 21_600,
    roundDeadlineSeconds: 14_400,
    maxParallelJobs: 4,
    jobSpec: {
      jobNS: 'jobs',
      startDeadlineSeconds: 60,
      deadlineSeconds: 7200,
      runDeadlineSeconds: 10_800,
      backoffLimit: 1,
      nodeLostSeconds: 600,
      stallSeconds: 30,
    },
    maxForgetPercent: 0,
    check: { schedule: '0 6 * * 6', dataParts: 1, suspend: false },
    prune: { schedule: '0 7 1 * *', maxUnusedPercent: 0, suspend: true },
    recoveryKey: 'Declined',
    notify: {
      success: 'https://uptime.example.net/push/{namespace}-{name}?status=up&msg={state}',
      failure: 'http://uptime.example.net:3001/push/{namespace}-{name}?status=down&msg={reason}',
    },
    drivers: [{ name: 'x.csi.example.net', staging: 'none' }],
  });
});

test('a group of settings in which nothing is written leaves nothing in the config', () => {
  const { spec } = one(
    operator({ config: { ...config, scratchVol: {}, check: {}, prune: {}, notify: {} } }),
    'BackupConfig',
  );
  expect(Object.keys(spec.serviceBackup)).toEqual([
    'schedule',
    'timeZone',
    's3BackupConfig',
    'resticPasswordSecret',
  ]);
});

test('a config may be declared apart, under another name', () => {
  const app = new App();
  const chart = new Chart(app, 'backups');
  new BackupOperator(chart, 'operator');
  new BackupConfig(chart, 'offsite', config);
  expect(one(manifests(app), 'BackupConfig').metadata).toEqual({
    name: 'offsite',
    namespace: 'service-backup',
  });
});

describe('rights', () => {
  const rules = (all: Manifest[]) => all.filter((m) => /Role$/.test(m.kind)).flatMap((m) => m.rules);

  test('no rule names Secrets, ConfigMaps or everything', () => {
    for (const rule of rules(operator())) {
      for (const word of [...rule.apiGroups, ...rule.resources, ...rule.verbs])
        expect(word).not.toContain('*');
      expect(rule.resources).not.toContain('secrets');
      expect(rule.resources).not.toContain('configmaps');
    }
  });

  test('claims and pods are read only where a declaration binds it: no ClusterRoleBinding does', () => {
    const bound = operator().filter((m) => m.kind === 'ClusterRoleBinding');
    expect(bound.map((m) => m.roleRef.name)).toEqual(['service-backup']);
    const everywhere = one(operator(), 'ClusterRole', 'service-backup').rules.flatMap(
      (rule: { resources: string[] }) => rule.resources,
    );
    expect(everywhere).not.toContain('persistentvolumeclaims');
    expect(everywhere).not.toContain('pods');
  });
});

describe('namespaces', () => {
  test("the operator's is restricted, that of the Jobs is privileged: they read volumes by host path", () => {
    const level = (name: string) =>
      one(operator(), 'Namespace', name).metadata.labels?.['pod-security.kubernetes.io/enforce'];
    expect(level('service-backup')).toBe('restricted');
    expect(level('service-backup-jobs')).toBe('privileged');
  });

  test('they can be left to someone else', () => {
    expect(operator({ createNamespaces: false }).filter((m) => m.kind === 'Namespace')).toEqual([]);
  });

  test('other names are used everywhere', () => {
    const all = operator({ namespace: 'ops', jobNamespace: 'ops-jobs' });
    expect(new Set(all.map((m) => m.metadata.namespace))).toEqual(new Set([undefined, 'ops', 'ops-jobs']));
    expect(one(all, 'Deployment').spec.template.spec.containers[0].env).toContainEqual({
      name: 'JOB_NAMESPACE',
      value: 'ops-jobs',
    });
  });
});

describe('programs travel as data', () => {
  test.each([
    ['operator', 'Deployment', 'service-backup'],
    ['mover', 'PodTemplate', 'service-backup-mover'],
    ['mover', 'PodTemplate', 'service-backup-restore'],
    ['mover', 'PodTemplate', 'service-backup-maintenance'],
  ])('%s: the ConfigMap of %s %s is named by its content, and cannot be changed', (program, kind, name) => {
    const all = operator();
    const spec = podSpec(all, kind, name);
    const mounted = spec.volumes.find((v: { name: string }) => v.name === 'bundle').configMap.name;
    const map = one(all, 'ConfigMap', mounted);
    const bytes = Buffer.from(map.binaryData[`${program}.js.gz`], 'base64');
    const sha256 = createHash('sha256').update(bytes).digest('hex');

    expect(map.immutable).toBe(true);
    expect(mounted).toBe(`service-backup-${program}-${sha256.slice(0, 10)}`);
    expect(spec.containers[0].command.slice(-3, -1)).toEqual([`/bundle/${program}.js.gz`, sha256]);
    expect(gunzipSync(bytes).length).toBeGreaterThan(0);
  });

  test('images are stock ones, and can be named', () => {
    const images = (all: Manifest[]) =>
      ROLES.map(podTemplateName).flatMap((name) => {
        const { initContainers, containers } = podSpec(all, 'PodTemplate', name);
        return [initContainers[0].image, containers[0].image];
      });
    expect(new Set(images(operator()))).toEqual(
      new Set(['docker.io/restic/restic:0.18.0', 'docker.io/library/node:24.9.0-bookworm-slim']),
    );
    expect(new Set(images(operator({ images: { node: 'n', restic: 'r' } })))).toEqual(new Set(['n', 'r']));
  });
});

test('the operator leaves a node that is lost after half a minute', () => {
  const { tolerations } = podSpec(operator(), 'Deployment', 'service-backup');
  const noExecute = { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 };
  expect(tolerations).toEqual([
    { key: 'node.kubernetes.io/not-ready', ...noExecute },
    { key: 'node.kubernetes.io/unreachable', ...noExecute },
  ]);
});

describe('pods', () => {
  test('the operator runs without root, without capabilities, on a read-only file system', () => {
    const spec = podSpec(operator(), 'Deployment', 'service-backup');
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test.each([
    ['service-backup-mover', ['DAC_READ_SEARCH']],
    ['service-backup-restore', ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'MKNOD', 'SETFCAP']],
  ])('%s has uid 0 with no capability but %j, and no token', (name, add) => {
    const spec = podSpec(operator(), 'PodTemplate', name);
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(spec.restartPolicy).toBe('Never');
    expect(spec.terminationGracePeriodSeconds).toBe(90);
    expect(spec.securityContext).toEqual({
      runAsUser: 0,
      runAsGroup: 0,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const container of [...spec.initContainers, ...spec.containers]) {
      expect(container.securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
      });
    }
    expect(spec.initContainers[0].securityContext.capabilities).toEqual({ drop: ['ALL'] });
    expect(spec.containers[0].securityContext.capabilities).toEqual({ drop: ['ALL'], add });
  });

  test('what looks after the repository has no right at all: not root, no capability, no token, no node of its own', () => {
    const spec = podSpec(operator(), 'PodTemplate', 'service-backup-maintenance');
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(spec.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const container of [...spec.initContainers, ...spec.containers]) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    expect(spec.tolerations).toBeUndefined();
  });

  test('what reads buckets has no right either; its copies are its own, and are not touched at each start', () => {
    const { securityContext, tolerations, containers } = podSpec(
      operator(),
      'PodTemplate',
      'service-backup-bucket',
    );
    expect(securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(containers[0].securityContext.capabilities).toEqual({ drop: ['ALL'] });
    expect(tolerations).toBeUndefined();
  });

  test.each(ROLES)(
    '%s: the template brings no volume but its program, its tools and room to work',
    (role) => {
      const { volumes, containers } = podSpec(operator(), 'PodTemplate', podTemplateName(role));
      const sources = volumes.map(({ name, ...source }: { name: string }) => [name, Object.keys(source)]);
      expect(sources).toEqual([
        ['bundle', ['configMap']],
        ['tools', ['emptyDir']],
        ['cache', ['emptyDir']],
        ['tmp', ['emptyDir']],
      ]);
      expect(containers[0].volumeMounts.map(({ name }: { name: string }) => name)).toEqual(
        volumes.map(({ name }: { name: string }) => name),
      );
    },
  );

  test('restic comes from its own image, with the authorities it trusts: a slim Node image has neither', () => {
    const { initContainers, containers, volumes } = podSpec(
      operator(),
      'PodTemplate',
      'service-backup-mover',
    );
    expect(initContainers[0].command).toEqual([
      'cp',
      '/usr/bin/restic',
      '/etc/ssl/certs/ca-certificates.crt',
      '/tools/',
    ]);
    expect(containers[0].env).toEqual([
      { name: 'RESTIC_BINARY', value: '/tools/restic' },
      { name: 'RESTIC_CACHE_DIR', value: '/cache' },
      { name: 'SSL_CERT_FILE', value: '/tools/ca-certificates.crt' },
    ]);
    // The file system is read-only: what is written, is written there.
    for (const name of ['tools', 'cache', 'tmp']) expect(volumes).toContainEqual({ name, emptyDir: {} });
  });

  test('a Job goes where its volumes are, whatever taints the node has, and leaves a dead one after five minutes', () => {
    expect(podSpec(operator(), 'PodTemplate', 'service-backup-mover').tolerations).toEqual([
      { operator: 'Exists', effect: 'NoSchedule' },
      { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ]);
  });

  test('the operator is ready as soon as it says so: it is asked every second', () => {
    const [container] = podSpec(operator(), 'Deployment', 'service-backup').containers;
    expect(container.readinessProbe).toMatchObject({
      httpGet: { path: '/readyz', port: 8080 },
      periodSeconds: 1,
    });
    expect(container.livenessProbe).toMatchObject({ httpGet: { path: '/healthz', port: 8080 } });
  });

  test('there is one operator at a time, and its resources can be named', () => {
    const { spec } = one(operator({ resources: { memoryLimit: '1Gi' } }), 'Deployment');
    expect(spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(spec.template.spec.containers[0].resources).toEqual({
      requests: { cpu: '20m', memory: '64Mi' },
      limits: { memory: '1Gi' },
    });
  });
});

test('the same operator gives the same bytes', () => {
  expect(JSON.stringify(operator())).toBe(JSON.stringify(operator()));
});
