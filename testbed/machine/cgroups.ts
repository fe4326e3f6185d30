import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { CGROUP } from '../layout';
import { until } from './wait';

const MOUNT = '/sys/fs/cgroup';
const CGROUP2_MAGIC = 0x63677270;

/**
 * Cgroups do two things here: they are what a kubelet needs below its `cgroupRoot`, and they tell which
 * processes are ours. A containerd shim and all that runs in a container stay in the cgroup of their node
 * however often they fork, so a node can be killed wholly without guessing by process names.
 */
const unified = () => statfsSync(MOUNT).type === CGROUP2_MAGIC;

/** The roots of all hierarchies: one in version 2, one a controller in version 1. */
function hierarchies(): string[] {
  if (unified()) return [MOUNT];
  return readdirSync(MOUNT)
    .map((name) => join(MOUNT, name))
    .filter((root) => existsSync(join(root, 'cgroup.procs')));
}

/** Beside version 1's hierarchies version 2's may be mounted without controllers: containerd uses it, a kubelet does not. */
const hierarchiesToFill = () => hierarchies().filter((root) => !root.endsWith('/unified'));

/** The hierarchy by which processes are found again; kubelets put every container into it as well. */
const tracking = () => (unified() ? MOUNT : join(MOUNT, 'pids'));

const read = (file: string) => readFileSync(file, 'utf8').trim();

/** Makes the cgroup `service-backup-testbed/<name>` in every hierarchy. */
export function makeCgroup(name: string): void {
  for (const root of hierarchiesToFill()) {
    let at = root;
    for (const part of [CGROUP, ...name.split('/')]) {
      if (unified()) enableControllers(at);
      const parent = at;
      at = join(at, part);
      mkdirSync(at, { recursive: true });
      // A cpuset starts empty and takes no process until it is told its processors and memory nodes.
      for (const file of ['cpuset.cpus', 'cpuset.mems']) {
        const own = join(at, file);
        if (!unified() && existsSync(own) && !read(own)) writeFileSync(own, read(join(parent, file)));
      }
    }
  }
}

function enableControllers(group: string): void {
  for (const controller of read(join(group, 'cgroup.controllers')).split(' ').filter(Boolean)) {
    writeFileSync(join(group, 'cgroup.subtree_control'), `+${controller}`);
  }
}

/** The file to which a process writes itself to be known as part of `name`. */
export const membersFile = (name: string) => join(tracking(), CGROUP, name, 'cgroup.procs');

function groupsBelow(group: string): string[] {
  if (!existsSync(group)) return [];
  const children = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  // Deepest first: the order in which they can be removed.
  return [...children.flatMap((child) => groupsBelow(join(group, child.name))), group];
}

/** Every process in `service-backup-testbed[/<name>]` and below. */
export function membersOf(name = ''): number[] {
  return groupsBelow(join(tracking(), CGROUP, name)).flatMap((group) => {
    try {
      return read(join(group, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
    } catch {
      return []; // gone meanwhile
    }
  });
}

/** Kills whatever is in the cgroup until nothing is: what is killed may have forked the moment before. */
export async function killMembers(name = ''): Promise<void> {
  await until(
    { what: `the processes of ${CGROUP}/${name} to end`, seconds: 30, everyMilliseconds: 20 },
    async () => {
      const pids = membersOf(name);
      for (const pid of pids) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // ended by itself
        }
      }
      return pids.length === 0;
    },
  );
}

/** Removes the cgroups, which must be empty, from every hierarchy. */
export async function removeCgroups(name = ''): Promise<void> {
  await until(
    { what: `the cgroups of ${CGROUP}/${name} to be removed`, seconds: 15, everyMilliseconds: 50 },
    async () => {
      for (const root of hierarchies())
        for (const group of groupsBelow(join(root, CGROUP, name))) rmdirSync(group);
      return true;
    },
  );
}

export const cgroupsLeft = () =>
  hierarchies()
    .map((root) => join(root, CGROUP))
    .filter((group) => existsSync(group));
