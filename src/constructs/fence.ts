import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import {
  ANNOTATION,
  CREDENTIAL_VARIABLES,
  DEFAULTS,
  MOVER_CONTAINER,
  podTemplateName,
  type Role,
  TASK_VARIABLE,
} from '../api';
import { clusterScoped } from './cluster-scoped';

const API_VERSION = 'admissionregistration.k8s.io/v1';
const POLICY = 'service-backup-jobs';
const COMPONENT = 'app.kubernetes.io/component';

/** Roles whose Jobs the operator makes. Those of a restore are made by people. */
const ROLES: readonly Role[] = ['mover', 'maintenance'];

/** A rule in CEL, and the sentence for who breaks it. */
interface Rule {
  readonly expression: string;
  /** In CEL: it may name what broke it. */
  readonly message: string;
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
const list = (texts: readonly string[]): string => `[${texts.map(quoted).join(', ')}]`;

/** Fields of `a` that are not as in `b`, but for some. In CEL, where an object is a map. */
const others = (a: string, b: string, but: readonly string[]): string =>
  `dyn(${a}).filter(k, !(k in ${list(but)}) && !(k in dyn(${b}) && dyn(${a})[k] == dyn(${b})[k]))`;

const CREDENTIALS = Object.values(CREDENTIAL_VARIABLES);

/** What a Job of a role may have beside what its PodTemplate has. */
const variables = (kubeletDirectory: string): Record<string, string> => ({
  kubelet: quoted(kubeletDirectory),
  was: 'params.template.spec',
  is: 'object.spec.template.spec',
  wasMover: `variables.was.containers.filter(c, c.name == ${quoted(MOVER_CONTAINER)})[0]`,
  mover: `variables.is.containers.filter(c, c.name == ${quoted(MOVER_CONTAINER)})`,
  secrets: `has(params.metadata.annotations) && ${quoted(ANNOTATION.secrets)} in params.metadata.annotations ? params.metadata.annotations[${quoted(ANNOTATION.secrets)}].split(',') : []`,
  otherFields: others('variables.is', 'variables.was', ['containers', 'volumes', 'affinity']),
  otherContainers: `variables.is.containers.filter(c, c.name != ${quoted(MOVER_CONTAINER)} && !variables.was.containers.exists(t, dyn(t) == dyn(c))).map(c, c.name)`,
  otherOfMover: `variables.mover.size() == 1 ? ${others('variables.mover[0]', 'variables.wasMover', ['env', 'volumeMounts'])} : ['name']`,
  env: `variables.mover.size() == 1 && has(variables.mover[0].env) ? variables.mover[0].env.filter(e, !(has(variables.wasMover.env) && variables.wasMover.env.exists(t, dyn(t) == dyn(e)))) : []`,
  volumes: `has(variables.is.volumes) ? variables.is.volumes.filter(v, !(has(variables.was.volumes) && variables.was.volumes.exists(t, dyn(t) == dyn(v)))) : []`,
  mounts: `variables.mover.size() == 1 && has(variables.mover[0].volumeMounts) ? variables.mover[0].volumeMounts.filter(m, !(has(variables.wasMover.volumeMounts) && variables.wasMover.volumeMounts.exists(t, dyn(t) == dyn(m)))) : []`,
});

/** The directory is compared as it is: in a pattern its dots would mean any character. */
const HOST_PATH = `v.hostPath.path.startsWith(variables.kubelet) && v.hostPath.path.substring(variables.kubelet.size()).matches(${quoted('^/plugins/kubernetes\\.io/csi/[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[0-9a-f]{64}/globalmount(/[^/]+)?$')})`;

const rules = (role: Role): Rule[] => {
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
      expression: `variables.env.all(e, e.name in ${list([TASK_VARIABLE, ...CREDENTIALS])})`,
      message: `'a Job of the operator adds a task and credentials to its environment and nothing else; another is ' + variables.env.map(e, e.name).join(', ')`,
    },
    {
      expression: `variables.env.all(e, e.name == ${quoted(TASK_VARIABLE)} ? !has(e.valueFrom) : (has(e.valueFrom) && has(e.valueFrom.secretKeyRef) && e.valueFrom.secretKeyRef.name in variables.secrets))`,
      message: `'a Job of the operator takes credentials from the Secrets that the annotation ${ANNOTATION.secrets} of ${template} names (' + variables.secrets.join(', ') + ') and from no other; it has ' + variables.env.filter(e, has(e.valueFrom)).map(e, has(e.valueFrom.secretKeyRef) ? e.valueFrom.secretKeyRef.name : e.name).join(', ')`,
    },
    role === 'mover'
      ? {
          expression: `variables.volumes.all(v, dyn(v).all(k, k in ['name', 'hostPath']) && has(v.hostPath) && has(v.hostPath.type) && v.hostPath.type == 'Directory' && ${HOST_PATH})`,
          message: `'a Job of the operator adds staging mounts of CSI drivers to its volumes and nothing else; another is ' + variables.volumes.map(v, has(v.hostPath) ? v.hostPath.path : v.name).join(', ')`,
        }
      : {
          expression: 'variables.volumes.size() == 0',
          message: `'a Job of the operator that reads no volume has the volumes of ${template} and no others; another is ' + variables.volumes.map(v, v.name).join(', ')`,
        },
    {
      expression: `variables.mounts.all(m, dyn(m).all(k, k in ['name', 'mountPath', 'readOnly', 'mountPropagation']) && variables.volumes.exists(v, v.name == m.name) && has(m.readOnly) && m.readOnly && has(m.mountPropagation) && m.mountPropagation == 'None' && m.mountPath.matches('^/volumes/[0-9]+$'))`,
      message: `'a Job of the operator mounts what it reads below /volumes, whole, read-only and without propagation; not so ' + variables.mounts.map(m, m.mountPath).join(', ')`,
    },
  ];
};

export interface FenceOptions {
  readonly namespace: string;
  readonly jobNamespace: string;
  readonly kubeletDirectory: string;
}

/**
 * The fence around what the operator may make: a Job is its PodTemplate, a task, credentials from known Secrets, and volumes at the
 * places where the kubelet stages them. The API server holds to it, whatever the operator, or who has its token, would like.
 */
export function fence(scope: Construct, options: FenceOptions): void {
  const { namespace, jobNamespace, kubeletDirectory } = options;
  const ofOperator = {
    name: 'of-the-operator',
    expression: `request.userInfo.username == ${quoted(`system:serviceaccount:${namespace}:${DEFAULTS.serviceAccount}`)}`,
  };
  const component = `has(object.spec.template.metadata) && has(object.spec.template.metadata.labels) && ${quoted(COMPONENT)} in object.spec.template.metadata.labels ? object.spec.template.metadata.labels[${quoted(COMPONENT)}] : ''`;
  const isOf = (role: Role) => `(${component}) == ${quoted(role)}`;
  const policy = (id: string, name: string, spec: object, paramRef?: object) => {
    clusterScoped(
      new ApiObject(scope, `${id}-policy`, {
        apiVersion: API_VERSION,
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name },
        spec: {
          failurePolicy: 'Fail',
          matchConstraints: {
            resourceRules: [
              {
                apiGroups: ['batch'],
                apiVersions: ['v1'],
                operations: ['CREATE', 'UPDATE'],
                resources: ['jobs'],
              },
            ],
          },
          ...spec,
        },
      }),
    );
    clusterScoped(
      new ApiObject(scope, `${id}-policy-binding`, {
        apiVersion: API_VERSION,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name },
        spec: { policyName: name, validationActions: ['Deny'], ...(paramRef && { paramRef }) },
      }),
    );
  };

  policy('jobs', POLICY, {
    matchConditions: [ofOperator],
    validations: [
      {
        expression: `object.metadata.namespace == ${quoted(jobNamespace)} && (${ROLES.map(isOf).join(' || ')})`,
        message: `the operator makes Jobs of the PodTemplates ${ROLES.map(podTemplateName).join(' and ')} in namespace ${jobNamespace}, and no others`,
        reason: 'Forbidden',
      },
    ],
  });
  for (const role of ROLES) {
    policy(
      role,
      `${POLICY}-${role}`,
      {
        paramKind: { apiVersion: 'v1', kind: 'PodTemplate' },
        matchConditions: [ofOperator, { name: 'of-its-role', expression: isOf(role) }],
        variables: Object.entries(variables(kubeletDirectory)).map(([name, expression]) => ({
          name,
          expression,
        })),
        validations: rules(role).map(({ expression, message }) => ({
          expression,
          messageExpression: message,
          reason: 'Forbidden',
        })),
      },
      { name: podTemplateName(role), namespace: jobNamespace, parameterNotFoundAction: 'Deny' },
    );
  }
}
