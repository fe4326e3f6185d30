import type { BackupConfig } from '../../src/api/kinds';
import type { JobObject } from './cluster';
import type { Promised, Write } from './promises';
import { must } from './violation';

export const keysOf = (config: BackupConfig | undefined) =>
  config?.spec.serviceBackup.s3BackupConfig.maintenanceCredentials;

/** Where there are keys of maintenance: no Job that reads data forgets, and no run is a Success that does not tell what was forgotten. */
export class KeysStayApart implements Promised {
  onJob({ name, work }: JobObject): void {
    must(work.items.length === 0 || !work.retention, () => `Job ${name} reads data, and was to forget`);
  }

  onWrite({ before, after, observed }: Write): void {
    const last = after.lastBackup;
    if (!last || last.run === before.lastBackup?.run || !keysOf(observed.config)) return;
    must(
      last.state !== 'Success' || last.retention !== undefined,
      () => `run ${last.run} is a Success, and nobody was asked to forget`,
    );
  }
}
