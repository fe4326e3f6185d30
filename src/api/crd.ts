import type { TSchema } from '@sinclair/typebox';
import { backupConfigSpec } from './backup-config';
import { GROUP, VERSION } from './group';
import { serviceBackupSpec, serviceBackupStatus } from './service-backup';

export interface CustomResourceDefinition {
  apiVersion: 'apiextensions.k8s.io/v1';
  kind: 'CustomResourceDefinition';
  metadata: { name: string };
  spec: Record<string, unknown>;
}

interface KindDefinition {
  kind: string;
  plural: string;
  shortName: string;
  description: string;
  spec: TSchema;
  status?: TSchema;
  columns: { name: string; type: 'string' | 'date'; jsonPath: string }[];
}

function definition(d: KindDefinition): CustomResourceDefinition {
  const schema = {
    type: 'object',
    description: d.description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: d.spec,
      ...(d.status && { status: d.status }),
    },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${d.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: d.kind,
        plural: d.plural,
        singular: d.kind.toLowerCase(),
        listKind: `${d.kind}List`,
        shortNames: [d.shortName],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          // TypeBox marks its schemas with symbols; what is JSON of them is the schema.
          schema: { openAPIV3Schema: JSON.parse(JSON.stringify(schema)) as Record<string, unknown> },
          ...(d.status && { subresources: { status: {} } }),
          additionalPrinterColumns: d.columns,
        },
      ],
    },
  };
}

/** The CRDs, made from the schemas that the types are derived from. */
export const crds = (): CustomResourceDefinition[] => [
  definition({
    kind: 'BackupConfig',
    plural: 'backupconfigs',
    shortName: 'bc',
    description:
      'What the administrator of the cluster settles for all services: schedule, S3 system, password, retention.',
    spec: backupConfigSpec,
    columns: [
      { name: 'Schedule', type: 'string', jsonPath: '.spec.serviceBackup.schedule' },
      { name: 'S3', type: 'string', jsonPath: '.spec.serviceBackup.s3BackupConfig.s3Host' },
    ],
  }),
  definition({
    kind: 'ServiceBackup',
    plural: 'servicebackups',
    shortName: 'sb',
    description: 'What must be backed up of one service. Deleting it deletes no backup.',
    spec: serviceBackupSpec,
    status: serviceBackupStatus,
    columns: [
      { name: 'State', type: 'string', jsonPath: '.status.state' },
      { name: 'Reason', type: 'string', jsonPath: '.status.reason' },
      { name: 'Last', type: 'string', jsonPath: '.status.lastBackup.timestamp' },
      { name: 'Next', type: 'string', jsonPath: '.status.nextBackup' },
    ],
  }),
];
