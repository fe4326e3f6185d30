import { type BackupOperatorProps, Schedule, SecretKey } from 'service-backup';

/** Every option that an object shows, but for the kinds of the Prometheus Operator, which few API servers know. */
export const ALL_OPTIONS = {
  config: {
    schedule: Schedule.daily({ hour: 1 }),
    s3BackupConfig: {
      s3Host: 'http://s3:9000',
      s3Credentials: SecretKey.pair('s3', 'AccessKey', 'SecretKey'),
      maintenanceCredentials: SecretKey.pair('maintenance-{bucket}', 'AccessKey', 'SecretKey'),
    },
    s3ServiceConfig: {
      s3Host: 'http://s3:9000',
      s3Credentials: SecretKey.pair('of-{bucket}', 'AccessKey', 'SecretKey'),
      addressing: 'virtual',
      fullPassRuns: 7,
    },
    scratchVol: { claimName: 'scratch' },
    resticPasswordSecret: SecretKey.of('restic', 'pw'),
  },
  secrets: ['offsite'],
  maintenanceSecrets: ['pruner'],
  scratchClaims: ['more'],
  kubeletDirectory: '/var/lib/k0s/kubelet',
  images: {
    node: `docker.io/library/node@sha256:${'0a'.repeat(32)}`,
    restic: `docker.io/restic/restic:0.18.0@sha256:${'0a'.repeat(32)}`,
    pullSecrets: ['registry'],
  },
  resources: { cpuRequest: '100m', cpuLimit: '1', memoryRequest: '128Mi', memoryLimit: '512Mi' },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [
    { key: 'dedicated', operator: 'Equal', value: 'infra', effect: 'NoExecute', tolerationSeconds: 60 },
  ],
  priorityClassName: 'system-cluster-critical',
  logLevel: 'debug',
  jobs: {
    resources: { cpuRequest: '100m', cpuLimit: '2', memoryRequest: '512Mi', memoryLimit: '4Gi' },
    priorityClassName: 'system-node-critical',
    seLinuxOptions: { type: 'spc_t', level: 's0' },
  },
  networkPolicies: { operatorPorts: [443, 6443, 3001], s3Ports: [9000] },
} satisfies BackupOperatorProps;
