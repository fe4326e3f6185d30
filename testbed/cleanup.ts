import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { detachDevices } from './csi/parts';
import { STATE } from './layout';
import { killMembers, removeCgroups } from './machine/cgroups';
import { run } from './machine/command';
import { removeDirectories } from './machine/directories';
import { removeNetwork, writeSysctls } from './machine/network';
import { killDaemon, recorded } from './machine/processes';
import { readRecord } from './machine/record';

/**
 * Leaves the machine as it was before `up`, whether the testbed is running, was killed in the midst of
 * starting, or has been cleaned half. Only what is recorded as the testbed's own is touched.
 */
export async function cleanUp(): Promise<void> {
  await killMembers();
  await Promise.all(recorded().map(({ name }) => killDaemon(name)));
  if (existsSync(STATE)) {
    await detachDevices();
    const record = readRecord();
    if (record) {
      await removeNetwork(record.bridge);
      writeSysctls(record.sysctls);
      removeDirectories(record.directories);
    }
    for (const path of mountsBelow(STATE)) await run('umount', [path]);
    await rm(STATE, { recursive: true, force: true, maxRetries: 5 });
  }
  await removeCgroups();
}

/** The nodes mount in namespaces of their own; a mount seen here would make the removal reach into it. */
export function mountsBelow(directory: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path === directory || path.startsWith(`${directory}/`))
    .reverse();
}
