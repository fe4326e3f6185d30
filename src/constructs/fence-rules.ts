import {
  ANNOTATION,
  BUCKET_PLACEHOLDER,
  CREDENTIAL_VARIABLES,
  MOVER_CONTAINER,
  podTemplateName,
  type Role,
  SCRATCH,
  SERVICE_CREDENTIAL_VARIABLES,
  TASK_VARIABLE,
} from '../api';

/** Roles whose Jobs the operator makes. Those of a restore are made by people. */
export const ROLES = ['mover', 'bucket', 'maintenance'] as const satisfies readonly Role[];
export type Fenced = (typeof ROLES)[number];

/** A rule in CEL, and the sentence for who breaks it. */
export interface Rule {
  readonly expression: string;
  /** In CEL: it may name what broke it. */
  readonly message: string;
}

export const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
const list = (texts: readonly string[]): string => `[${texts.map(quoted).join(', ')}]`;

/** Fields of `a` that are not as in `b`, but for some. In CEL, where an object is a map. */
const others = (a: string, b: string, but: readonly string[]): string =>
  `dyn(${a}).filter(k, !(k in ${list(but)}) && !(k in dyn(${b}) && dyn(${a})[k] == dyn(${b})[k]))`;

/** The names in an annotation of the PodTemplate. In CEL. */
const annotated = (annotation: string): string =>
  `has(params.metadata.annotations) && ${quoted(annotation)} in params.metadata.annotations ? params.metadata.annotations[${quoted(annotation)}].split(',') : []`;

/** Whether the Secret `name` is one of those; where one of them has '{bucket}', that may be any bucket, whose name has three letters at least. */
const isKnown = (name: string): string => {
  const parts = `s.split(${quoted(BUCKET_PLACEHOLDER)})`;
  const more = BUCKET_PLACEHOLDER.length - 3;
  return `variables.secrets.exists(s, s == ${name} || (${parts}.size() == 2 && ${name}.size() >= s.size() - ${more} && ${name}.startsWith(${parts}[0]) && ${name}.endsWith(${parts}[1])))`;
};

/** What a Job of a role may have beside what its PodTemplate has. */
export const variables = (kubeletDirectory: string): Record<string, string> => ({
  kubelet: quoted(kubeletDirectory),
  was: 'params.template.spec',
  is: 'object.spec.template.spec',
  wasMover: `variables.was.containers.filter(c, c.name == ${quoted(MOVER_CONTAINER)})[0]`,
  mover: `variables.is.containers.filter(c, c.name == ${quoted(MOVER_CONTAINER)})`,
  secrets: annotated(ANNOTATION.secrets),
  scratchClaims: annotated(ANNOTATION.scratchClaims),
  otherFields: others('variables.is', 'variables.was', ['containers', 'volumes', 'affinity']),
  otherContainers: `variables.is.containers.filter(c, c.name != ${quoted(MOVER_CONTAINER)} && !variables.was.containers.exists(t, dyn(t) == dyn(c))).map(c, c.name)`,
  otherOfMover: `variables.mover.size() == 1 ? ${others('variables.mover[0]', 'variables.wasMover', ['env', 'volumeMounts'])} : ['name']`,
  env: `variables.mover.size() == 1 && has(variables.mover[0].env) ? variables.mover[0].env.filter(e, !(has(variables.wasMover.env) && variables.wasMover.env.exists(t, dyn(t) == dyn(e)))) : []`,
  volumes: `has(variables.is.volumes) ? variables.is.volumes.filter(v, !(has(variables.was.volumes) && variables.was.volumes.exists(t, dyn(t) == dyn(v)))) : []`,
  mounts: `variables.mover.size() == 1 && has(variables.mover[0].volumeMounts) ? variables.mover[0].volumeMounts.filter(m, !(has(variables.wasMover.volumeMounts) && variables.wasMover.volumeMounts.exists(t, dyn(t) == dyn(m)))) : []`,
});

/** The directory is compared as it is: in a pattern its dots would mean any character. */
const HOST_PATH = `v.hostPath.path.startsWith(variables.kubelet) && v.hostPath.path.substring(variables.kubelet.size()).matches(${quoted('^/plugins/kubernetes\\.io/csi/[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[0-9a-f]{64}/globalmount(/[^/]+)?$')})`;

/** Nothing of a claim that could make it one with data in it: no source, no selector, no volume by its name. */
const EPHEMERAL = [
  "dyn(v).all(k, k in ['name', 'ephemeral'])",
  'has(v.ephemeral.volumeClaimTemplate)',
  "(!has(v.ephemeral.volumeClaimTemplate.metadata) || dyn(v.ephemeral.volumeClaimTemplate.metadata).all(k, k == 'creationTimestamp'))",
  "dyn(v.ephemeral.volumeClaimTemplate.spec).all(k, k in ['accessModes', 'resources', 'storageClassName', 'volumeMode'])",
  "(!has(v.ephemeral.volumeClaimTemplate.spec.resources) || dyn(v.ephemeral.volumeClaimTemplate.spec.resources).all(k, k == 'requests'))",
].join(' && ');
const CLAIM =
  "dyn(v).all(k, k in ['name', 'persistentVolumeClaim']) && dyn(v.persistentVolumeClaim).all(k, k == 'claimName') && v.persistentVolumeClaim.claimName in variables.scratchClaims";

/** What a Job adds to its volumes. */
const volumes = (role: Fenced, template: string): Rule => {
  const names = (of: string) => `variables.volumes.map(v, ${of}).join(', ')`;
  switch (role) {
    case 'mover':
      return {
        expression: `variables.volumes.all(v, dyn(v).all(k, k in ['name', 'hostPath']) && has(v.hostPath) && has(v.hostPath.type) && v.hostPath.type == 'Directory' && ${HOST_PATH})`,
        message: `'a Job of the operator adds staging mounts of CSI drivers to its volumes and nothing else; another is ' + ${names('has(v.hostPath) ? v.hostPath.path : v.name')}`,
      };
    case 'bucket':
      return {
        expression: `variables.volumes.all(v, v.name == ${quoted(SCRATCH.volume)} && (has(v.persistentVolumeClaim) ? ${CLAIM} : (has(v.ephemeral) && ${EPHEMERAL})))`,
        message: `'a Job of the operator that reads buckets adds one volume, ${SCRATCH.volume}: an empty one of its own, or a claim that the annotation ${ANNOTATION.scratchClaims} of ${template} names (' + variables.scratchClaims.join(', ') + '); another is ' + ${names('has(v.persistentVolumeClaim) ? v.persistentVolumeClaim.claimName : v.name')}`,
      };
    case 'maintenance':
      return {
        expression: 'variables.volumes.size() == 0',
        message: `'a Job of the operator that reads no volume has the volumes of ${template} and no others; another is ' + ${names('v.name')}`,
      };
  }
};

/** What a Job mounts of them. */
const mounts = (role: Fenced): Rule => {
  const names = "variables.mounts.map(m, m.mountPath).join(', ')";
  return role === 'bucket'
    ? {
        expression: `variables.mounts.all(m, dyn(m).all(k, k in ['name', 'mountPath']) && m.name == ${quoted(SCRATCH.volume)} && m.mountPath == ${quoted(SCRATCH.path)})`,
        message: `'a Job of the operator that reads buckets mounts its volume ${SCRATCH.volume} at ${SCRATCH.path}, whole and without propagation; not so ' + ${names}`,
      }
    : {
        expression: `variables.mounts.all(m, dyn(m).all(k, k in ['name', 'mountPath', 'readOnly', 'mountPropagation']) && variables.volumes.exists(v, v.name == m.name) && has(m.readOnly) && m.readOnly && has(m.mountPropagation) && m.mountPropagation == 'None' && m.mountPath.matches('^/volumes/[0-9]+$'))`,
        message: `'a Job of the operator mounts what it reads below /volumes, whole, read-only and without propagation; not so ' + ${names}`,
      };
};

const credentials = (role: Fenced): string[] => [
  ...Object.values(CREDENTIAL_VARIABLES),
  ...(role === 'bucket' ? Object.values(SERVICE_CREDENTIAL_VARIABLES) : []),
];

/** What holds for a Job of a role. */
export const rules = (role: Fenced): Rule[] => {
  const template = `PodTemplate ${podTemplateName(role)}`;
  return [
    {
      expression: 'variables.otherFields.size() == 0',
      message: `'a Job of the operator has the pod of ${template}; another is its ' + variables.otherFields.join(', ')`,
    },
    {
      expression:
        'variables.otherContainers.size() == 0 && variables.is.containers.size() == variables.was.containers.size()',
      message: `'a Job of the operator has the containers of ${template} and no others ' + variables.otherContainers.join(', ')`,
    },
    {
      expression: 'variables.otherOfMover.size() == 0',
      message: `'a Job of the operator has the mover of ${template}; another is its ' + variables.otherOfMover.join(', ')`,
    },
    {
      expression: `variables.env.all(e, e.name in ${list([TASK_VARIABLE, ...credentials(role)])})`,
      message: `'a Job of the operator adds a task and credentials to its environment and nothing else; another is ' + variables.env.map(e, e.name).join(', ')`,
    },
    {
      expression: `variables.env.all(e, e.name == ${quoted(TASK_VARIABLE)} ? !has(e.valueFrom) : (has(e.valueFrom) && has(e.valueFrom.secretKeyRef) && ${isKnown('e.valueFrom.secretKeyRef.name')}))`,
      message: `'a Job of the operator takes credentials from the Secrets that the annotation ${ANNOTATION.secrets} of ${template} names (' + variables.secrets.join(', ') + ') and from no other; it has ' + variables.env.filter(e, has(e.valueFrom)).map(e, has(e.valueFrom.secretKeyRef) ? e.valueFrom.secretKeyRef.name : e.name).join(', ')`,
    },
    volumes(role, template),
    mounts(role),
  ];
};
