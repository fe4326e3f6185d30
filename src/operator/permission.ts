import { ANNOTATION } from '../api/group';
import type { Namespace } from '../kube/objects';
import type { Failure } from './failure';

/** The one sentence for a namespace in which the operator is not bound: that of the declaration, or another whose claims it names. */
export const notPermitted = (namespace: string, own: string): Failure => ({
  reason: 'NotPermitted',
  message: `The operator may not read claims and pods of namespace ${namespace}, so that it cannot find the volumes: ${
    namespace === own
      ? 'synthesise the declaration with ServiceBackup, which carries the RoleBinding,'
      : 'let whoever owns it declare a BackupConsent, which carries the RoleBinding,'
  } or bind ClusterRole service-backup-declaration to the operator's ServiceAccount there.`,
});

/**
 * Whether a namespace lets the ServiceBackups of another back its claims up. It names each: a pattern would consent to namespaces
 * that somebody makes tomorrow.
 */
export const consents = ({ metadata }: Pick<Namespace, 'metadata'>, other: string): boolean =>
  (metadata.annotations?.[ANNOTATION.allowBackupsFrom] ?? '')
    .split(',')
    .some((name) => name.trim() === other);

export const notConsenting = (namespace: string, own: string): Failure => ({
  reason: 'NamespaceNotConsenting',
  message: `Namespace ${namespace} does not let ServiceBackups of namespace ${own} back its claims up: let whoever owns it declare a BackupConsent, or add '${own}' to its annotation ${ANNOTATION.allowBackupsFrom}; or take the item out.`,
});
