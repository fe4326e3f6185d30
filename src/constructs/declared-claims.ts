import { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { ANNOTATION, GROUP } from '../api';
import type { Labels } from './labels';
import { mountedIn, type WorkloadManifest } from './workload';

/** A claim that an app declares; or those of a StatefulSet's volumeClaimTemplate. */
export interface DeclaredClaim {
  readonly object: ApiObject;
  readonly namespace?: string;
  /** Name of the claim, or of the template. */
  readonly name: string;
  readonly labels: Labels;
  /** Names of the claims: of a template one for each replica. */
  readonly claims: readonly string[];
  /** Name of the StatefulSet, of a template. */
  readonly statefulSet?: string;
  /** Why it need not be backed up, if somebody said so. */
  readonly because?: string;
}

/** The claims that a ServiceBackup of the app names, and selects. */
export interface Declaration {
  readonly name: string;
  readonly namespace?: string;
  readonly backups: readonly {
    readonly name?: string;
    readonly namespace?: string;
    readonly selector?: { matchLabels: Labels };
  }[];
}

interface Manifest {
  metadata: {
    name: string;
    namespace?: string;
    labels?: Labels;
    annotations?: Record<string, string>;
  };
  spec?: {
    replicas?: number;
    ordinals?: { start?: number };
    backups?: (Declaration['backups'][number] & { type?: string })[];
  };
}

const isKind = (object: ApiObject, apiGroup: string, kind: string): boolean =>
  object.kind === kind && object.apiGroup === apiGroup;

/** What the program made: of an object of cdk8s-plus the construct around it. */
export function madeAs(object: ApiObject): IConstruct {
  const { scope } = object.node;
  return scope && !Chart.isChart(scope) && scope.node.defaultChild === object ? scope : object;
}

/** The claims that are declared: by cdk8s-plus, by ApiObjects, by files that were included. */
export function declaredClaims(constructs: readonly IConstruct[]): DeclaredClaim[] {
  return constructs.filter(ApiObject.isApiObject).flatMap((object): DeclaredClaim[] => {
    if (isKind(object, 'apps', 'StatefulSet')) return ofTemplates(object);
    if (!isKind(object, 'core', 'PersistentVolumeClaim')) return [];
    const { metadata } = object.toJson() as Manifest;
    const { name, namespace, labels = {} } = metadata;
    return [
      {
        object,
        namespace,
        name,
        labels,
        claims: [name],
        because: metadata.annotations?.[ANNOTATION.notBackedUp],
      },
    ];
  });
}

function ofTemplates(object: ApiObject): DeclaredClaim[] {
  const manifest = object.toJson() as Manifest & WorkloadManifest;
  const { metadata, spec } = manifest;
  const start = spec?.ordinals?.start ?? 0;
  const replicas = Array.from({ length: spec?.replicas ?? 1 }, (_, at) => start + at);
  return mountedIn(manifest).templates.map(({ name, labels }) => ({
    object,
    namespace: metadata.namespace,
    name,
    labels,
    claims: replicas.map((ordinal) => `${name}-${metadata.name}-${ordinal}`),
    statefulSet: metadata.name,
    because: metadata.annotations?.[ANNOTATION.notBackedUp],
  }));
}

/** The ServiceBackups of the app, those in included files, too. */
export function declarations(constructs: readonly IConstruct[]): Declaration[] {
  return constructs
    .filter(ApiObject.isApiObject)
    .filter((object) => isKind(object, GROUP, 'ServiceBackup'))
    .map((object) => {
      const { metadata, spec } = object.toJson() as Manifest;
      const backups = (spec?.backups ?? []).filter(({ type }) => type !== 's3');
      return { name: metadata.name, namespace: metadata.namespace, backups };
    });
}
