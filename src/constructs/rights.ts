import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { DEFAULTS, GROUP } from '../api';
import { clusterScoped } from './cluster-scoped';

/** ClusterRole that a declaration binds in its own namespace. */
export const DECLARATION_ROLE = 'service-backup-declaration';
const OPERATOR_ROLE = DEFAULTS.serviceAccount;

const READ = ['get', 'list', 'watch'];

/** Everywhere: its own kinds, and what tells on which node a volume is. No Secret, no ConfigMap, no claim. */
const CLUSTER_RULES: k8s.PolicyRule[] = [
  { apiGroups: [GROUP], resources: ['servicebackups', 'backupconfigs'], verbs: READ },
  { apiGroups: [GROUP], resources: ['servicebackups/status'], verbs: ['update', 'patch'] },
  { apiGroups: [''], resources: ['persistentvolumes', 'nodes'], verbs: READ },
  { apiGroups: ['storage.k8s.io'], resources: ['volumeattachments', 'csidrivers'], verbs: READ },
  // The UID of kube-system stands for the cluster: it names the owner of a repository.
  { apiGroups: [''], resources: ['namespaces'], resourceNames: ['kube-system'], verbs: ['get'] },
];

/** In a namespace that holds a ServiceBackup, which binds it. */
const DECLARATION_RULES: k8s.PolicyRule[] = [
  { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['get', 'list'] },
  { apiGroups: [''], resources: ['pods'], verbs: READ },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
];

const JOB_RULES: k8s.PolicyRule[] = [
  { apiGroups: ['batch'], resources: ['jobs'], verbs: [...READ, 'create', 'delete'] },
  { apiGroups: [''], resources: ['pods', 'podtemplates'], verbs: READ },
  // Only there does the kubelet say which volume of a pod it cannot mount, and why.
  { apiGroups: [''], resources: ['events'], verbs: ['list'] },
];

const OWN_RULES: k8s.PolicyRule[] = [
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
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
