import type { BackupConfig } from '../api/kinds';
import { matches, patternsFor } from '../api/patterns';
import type { Failure } from './failure';

/** What a ServiceBackup must be allowed by its BackupConfig. */
interface Asked {
  namespace: string;
  bucket: string;
}

/** So many of the patterns that would do are told. */
const TOLD = 5;

/** Why a BackupConfig is not for this ServiceBackup; undefined if it is. */
export function notAllowed({ namespace, bucket }: Asked, config: BackupConfig): Failure | undefined {
  const { allowedNamespaces, buckets } = config.spec.serviceBackup;
  const name = config.metadata.name;
  if (allowedNamespaces && !allowedNamespaces.some((pattern) => matches(pattern, namespace)))
    return {
      reason: 'NamespaceNotAllowed',
      message: `BackupConfig '${name}' is not for ServiceBackups of namespace ${namespace}: let the administrator add it to allowedNamespaces, or name another in spec.backupConfig.`,
    };
  if (!buckets) return undefined;
  const its = patternsFor(namespace, buckets, ({ backup }) => backup);
  if (its.some((pattern) => matches(pattern, bucket))) return undefined;
  const mend = its.length === 0 ? '' : 'declare the ServiceBackup with such a bucket, or ';
  return {
    reason: 'BucketNotAllowed',
    message: `BackupConfig '${name}' does not let namespace ${namespace} use bucket '${bucket}', ${whatElse(its)}: ${mend}let the administrator allow it by 'buckets'.`,
  };
}

/** Why a ServiceBackup may not back this bucket of the services up; undefined if it may. */
export function sourceNotAllowed({ namespace, bucket }: Asked, config: BackupConfig): Failure | undefined {
  const { buckets } = config.spec.serviceBackup;
  if (!buckets) return undefined;
  const its = patternsFor(namespace, buckets, ({ service = [] }) => service);
  if (its.some((pattern) => matches(pattern, bucket))) return undefined;
  return {
    reason: 'BucketNotAllowed',
    message: `BackupConfig '${config.metadata.name}' does not let namespace ${namespace} back up bucket '${bucket}', ${whatElse(its)}: take the item out, or let the administrator allow it by 'service' of 'buckets'.`,
  };
}

function whatElse(patterns: readonly string[]): string {
  const some = patterns.slice(0, TOLD).map((pattern) => `'${pattern}'`);
  return some.length === 0 ? 'nor any other' : `but ${some.join(', ')}${patterns.length > TOLD ? ', …' : ''}`;
}
