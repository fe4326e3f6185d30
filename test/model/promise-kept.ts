import type { ItemStatus, ServiceBackupStatus } from '../../src/api/service-backup';
import { itemNames } from '../../src/operator/items';
import type { Promised, Write } from './promises';
import { must } from './violation';

/** What people need to know of what they could restore never gets less. */
export class WhatIsKnownIsKept implements Promised {
  onWrite({ before, after, backup }: Write): void {
    for (const name of itemNames(backup, (after.run ?? after).selected)) {
      const [was, is] = [itemOf(before, name), itemOf(after, name)];
      if (!was?.lastSuccess) continue;
      must(is?.lastSuccess !== undefined, () => `${name} lost its last success of ${was.lastSuccess}`);
      must(
        is.snapshot !== undefined || was.snapshot === undefined,
        () => `${name} lost its snapshot ${was.snapshot}`,
      );
      // A clock that was set back tells an earlier time of a later snapshot: truthfully.
      if (is.snapshot === was.snapshot)
        must(
          is.lastSuccess >= was.lastSuccess,
          () => `the last success of ${name} went back to ${is.lastSuccess}`,
        );
    }
    must(
      !before.repository?.id || after.repository?.id === before.repository.id,
      () => "the repository's id was lost",
    );
  }
}

function itemOf(status: ServiceBackupStatus, name: string): ItemStatus | undefined {
  const all = [...(status.items ?? []), ...(status.run?.done ?? [])].filter((item) => item.name === name);
  must(all.length <= 1, () => `${name} stands in status twice`);
  return all[0];
}
