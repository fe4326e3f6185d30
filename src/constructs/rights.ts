import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { DEFAULTS, GROUP } from '../api';
import { clusterScoped } from './cluster-scoped';

/** ClusterRole that a declaration binds in its own namespace. */
export const DECLARATION_ROLE = 'service-backup-declaration';
const OPERATOR_ROLE = DEFAULTS.serviceAccount;

const FOLLOW = ['list', 'watch'];
const READ = ['get', ...FOLLOW];

// Each rule is a row of docs/rights.md, which a test holds against what is synthesised.

/** Everywhere: its own kinds, and what tells on which node a volume is. No Secret, no ConfigMap, no claim. */
const CLUSTER_RULES: k8s.PolicyRule[] = [
  { apiGroups: [GROUP], resources: ['servicebackups'], verbs: READ },
  { apiGroups: [GROUP], resources: ['servicebackups/status'], verbs: ['update'] },
  { apiGroups: [''], resources: ['persistentvolumes'], verbs: READ },
  { apiGroups: [''], resources: ['nodes'], verbs: FOLLOW },
  { apiGroups: ['storage.k8s.io'], resources: ['volumeattachments'], verbs: READ },
  { apiGroups: ['storage.k8s.io'], resources: ['csidrivers'], verbs: FOLLOW },
  // The UID of kube-system stands for the cluster: it names the owner of a repository.
  { apiGroups: [''], resources: ['namespaces'], resourceNames: ['kube-system'], verbs: ['get'] },
];

/** In a namespace that holds a ServiceBackup, which binds it; or that lets others back its claims up. */
const DECLARATION_RULES: k8s.PolicyRule[] = [
  { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['get', 'list'] },
  { apiGroups: [''], resources: ['pods'], verbs: FOLLOW },
  { apiGroups: [''], resources: ['events'], verbs: ['create'] },
  // Of this namespace alone: to get a Namespace is a request in it. Its annotation says whether others may name its claims.
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
];

const JOB_RULES: k8s.PolicyRule[] = [
  { apiGroups: ['batch'], resources: ['jobs'], verbs: [...READ, 'create', 'delete'] },
  { apiGroups: [''], resources: ['pods'], verbs: FOLLOW },
  { apiGroups: [''], resources: ['podtemplates'], verbs: READ },
  // Only there does the kubelet say which volume of a pod it cannot mount, and why.
  { apiGroups: [''], resources: ['events'], verbs: ['list'] },
];

const OWN_RULES: k8s.PolicyRule[] = [
  { apiGroups: [GROUP], resources: ['backupconfigs'], verbs: FOLLOW },
  // What does not exist yet has no name by which it could be told.
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    resourceNames: [DEFAULTS.serviceAccount],
    verbs: ['get', 'update'],
  },
];

/** Synthesises the operator's ServiceAccount and all that it may do. */
export function rights(scope: Construct, operatorNamespace: string, jobNamespace: string): void {
  const apiGroup = 'rbac.authorization.k8s.io';
  const name = DEFAULTS.serviceAccount;
  const subjects = [{ kind: 'ServiceAccount', name, namespace: operatorNamespace }];

  new k8s.KubeServiceAccount(scope, 'account', { metadata: { name, namespace: operatorNamespace } });
  clusterScoped(
    new k8s.KubeClusterRole(scope, 'cluster-role', {
      metadata: { name: OPERATOR_ROLE },
      rules: CLUSTER_RULES,
    }),
  );
  clusterScoped(
    new k8s.KubeClusterRoleBinding(scope, 'cluster-binding', {
      metadata: { name: OPERATOR_ROLE },
      roleRef: { apiGroup, kind: 'ClusterRole', name: OPERATOR_ROLE },
      subjects,
    }),
  );
  clusterScoped(
    new k8s.KubeClusterRole(scope, 'declaration-role', {
      metadata: { name: DECLARATION_ROLE },
      rules: DECLARATION_RULES,
    }),
  );
  const inNamespace = (id: string, namespace: string, roleName: string, rules: k8s.PolicyRule[]) => {
    new k8s.KubeRole(scope, `${id}-role`, { metadata: { name: roleName, namespace }, rules });
    new k8s.KubeRoleBinding(scope, `${id}-binding`, {
      metadata: { name: roleName, namespace },
      roleRef: { apiGroup, kind: 'Role', name: roleName },
      subjects,
    });
  };
  inNamespace('jobs', jobNamespace, 'service-backup-jobs', JOB_RULES);
  inNamespace('own', operatorNamespace, 'service-backup-operator', OWN_RULES);
}
