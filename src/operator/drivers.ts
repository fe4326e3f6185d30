import type { StagingStyle } from '../api/backup-config';

/** How one CSI driver stages; from BackupConfig, or built in. */
export interface DriverStaging {
  name: string;
  staging: StagingStyle;
}

/** Drivers that mount straight into the pod: their node service does not offer STAGE_UNSTAGE_VOLUME. */
const NOT_STAGING = ['nfs.csi.k8s.io', 'efs.csi.aws.com'];

/** Where a driver mounts a volume below its staging directory. What the administrator says wins. */
export function stagingStyle(driver: string, configured: readonly DriverStaging[] = []): StagingStyle {
  const said = configured.find(({ name }) => name === driver);
  if (said) return said.staging;
  // ceph-csi is often deployed under a prefix: rook-ceph.rbd.csi.ceph.com.
  if (driver === 'rbd.csi.ceph.com' || driver.endsWith('.rbd.csi.ceph.com')) return 'handle';
  return NOT_STAGING.includes(driver) ? 'none' : 'plain';
}
