import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { DEFAULTS, podTemplateName } from '../api';
import { clusterScoped } from './cluster-scoped';
import { type Fenced, quoted, ROLES, rules, variables } from './fence-rules';

const API_VERSION = 'admissionregistration.k8s.io/v1';
const POLICY = 'service-backup-jobs';
const COMPONENT = 'app.kubernetes.io/component';

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
  const isOf = (role: Fenced) => `(${component}) == ${quoted(role)}`;
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
        message: `the operator makes Jobs of the PodTemplates ${ROLES.map(podTemplateName).join(', ')} in namespace ${jobNamespace}, and no others`,
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
