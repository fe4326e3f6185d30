import { basename } from 'node:path';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { CAPABILITIES, MOVER_CONTAINER, podTemplateName, type Role, TERMINATION_MESSAGE_PATH } from '../api';
import type { BackupOperatorProps } from './backup-operator-props';
import { BUNDLE_DIRECTORY, type Bundle } from './bundle';
import type { Images } from './images';
import { requirementsOf } from './requirements';
import { UNPRIVILEGED } from './unprivileged';

const TOOLS = '/tools';
const CACHE = '/cache';
/** The well-known authorities, for restic: a slim Node image has no such file (Node has its own), restic's image has. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** What a pod may do on its node, and to which nodes it may go. */
type Standing = Pick<k8s.PodSpec, 'securityContext' | 'nodeSelector' | 'tolerations'>;

/** Reads, or writes, the files of a volume, whoever owns them. */
const atVolume = ({ jobs }: BackupOperatorProps): Standing => ({
  securityContext: {
    runAsUser: 0,
    runAsGroup: 0,
    seccompProfile: { type: 'RuntimeDefault' },
    seLinuxOptions: jobs?.seLinuxOptions,
  },
  // Where the volume is, the Job must go; from a dead node it is evicted after five minutes.
  tolerations: [
    { operator: 'Exists', effect: 'NoSchedule' },
    { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  ],
});

/** Speaks with the S3 system and nobody else: any node will do on which an ordinary pod may run. */
const anywhere = ({ nodeSelector, tolerations }: BackupOperatorProps): Standing => ({
  securityContext: UNPRIVILEGED,
  nodeSelector,
  tolerations: tolerations && [...tolerations],
});

/** As `anywhere`; and the scratch volume is its own. */
const withScratch = (props: BackupOperatorProps): Standing => ({
  ...anywhere(props),
  securityContext: {
    ...UNPRIVILEGED,
    fsGroup: UNPRIVILEGED.runAsGroup,
    // Else the kubelet would touch every file of a copy at each start, and each would be read again to see whether it is whole.
    fsGroupChangePolicy: 'OnRootMismatch',
  },
});

const STANDING: Record<Role, (props: BackupOperatorProps) => Standing> = {
  mover: atVolume,
  restore: atVolume,
  maintenance: anywhere,
  bucket: withScratch,
};

/** Room for young objects. The mover of a volume waits for restic; that of a bucket works itself, and would spend a tenth of its time on young garbage. */
const YOUNG_MEGABYTES: Record<Role, number> = { mover: 1, restore: 1, maintenance: 1, bucket: 2 };

export interface JobTemplateOptions {
  role: Role;
  namespace: string;
  program: Bundle;
  images: Images;
  props: BackupOperatorProps;
}

/**
 * The PodTemplate of a role. The API server validates it when it is applied; who makes a Job of it fills in only the task, the
 * node, the volumes and the credentials' Secrets.
 */
export function jobTemplate(scope: Construct, options: JobTemplateOptions): k8s.KubePodTemplate {
  const { role, namespace, program, images, props } = options;
  const resources = requirementsOf(props.jobs?.resources, { cpuRequest: '50m', memoryRequest: '256Mi' });
  const capabilities = [...CAPABILITIES[role]];
  const locked = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true };
  const name = podTemplateName(role);
  return new k8s.KubePodTemplate(scope, `${role}-template`, {
    metadata: { name, namespace },
    template: {
      metadata: {
        labels: { 'app.kubernetes.io/name': 'service-backup', 'app.kubernetes.io/component': role },
      },
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        // restic gets SIGTERM and needs the time to take back its lock.
        terminationGracePeriodSeconds: 90,
        imagePullSecrets: images.pullSecrets,
        priorityClassName: props.jobs?.priorityClassName,
        ...STANDING[role](props),
        initContainers: [
          {
            name: 'restic',
            image: images.restic,
            command: ['cp', '/usr/bin/restic', CERTIFICATES, `${TOOLS}/`],
            resources,
            securityContext: { ...locked, capabilities: { drop: ['ALL'] } },
            volumeMounts: [{ name: 'tools', mountPath: TOOLS }],
          },
        ],
        containers: [
          {
            name: MOVER_CONTAINER,
            image: images.node,
            command: program.commandIn(namespace, [`--max-semi-space-size=${YOUNG_MEGABYTES[role]}`]),
            env: [
              { name: 'RESTIC_BINARY', value: `${TOOLS}/restic` },
              { name: 'RESTIC_CACHE_DIR', value: CACHE },
              { name: 'SSL_CERT_FILE', value: `${TOOLS}/${basename(CERTIFICATES)}` },
            ],
            resources,
            securityContext: {
              ...locked,
              capabilities: { drop: ['ALL'], ...(capabilities.length > 0 && { add: capabilities }) },
            },
            terminationMessagePath: TERMINATION_MESSAGE_PATH,
            terminationMessagePolicy: 'File',
            volumeMounts: [
              { name: 'bundle', mountPath: BUNDLE_DIRECTORY, readOnly: true },
              { name: 'tools', mountPath: TOOLS, readOnly: true },
              { name: 'cache', mountPath: CACHE },
              { name: 'tmp', mountPath: '/tmp' },
            ],
          },
        ],
        volumes: [
          { name: 'bundle', configMap: { name: program.configMap } },
          { name: 'tools', emptyDir: {} },
          { name: 'cache', emptyDir: {} },
          { name: 'tmp', emptyDir: {} },
        ],
      },
    },
  });
}
