import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { BRIDGE, STATE } from '../../testbed/layout';
import { cgroupsLeft } from '../../testbed/machine/cgroups';
import { interfaceExists } from '../../testbed/machine/network';

const print = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: 'utf8' });

/** A listening socket: its address and the pid of whoever holds it. */
interface Listener {
  readonly address: string;
  readonly pid: number;
}

export function listeners(): Listener[] {
  const lines = print('ss', '--listening', '--tcp', '--udp', '--numeric', '--processes', '--no-header').split(
    '\n',
  );
  return lines
    .filter((line) => /pid=\d+/.test(line))
    .map((line) => ({ address: line.trim().split(/\s+/)[4]!, pid: Number(/pid=(\d+)/.exec(line)![1]) }));
}

/** Processes whose program or working files are the testbed's: a view of the machine that owes nothing to its records. */
export function processesOfTestbed(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .filter((command) => command.includes(STATE));
}

/** Everything a testbed puts on a machine and that is there now, one sentence each. */
export function remains(): string[] {
  const found = (what: string, things: readonly string[]) => things.map((thing) => `${what} ${thing.trim()}`);
  return [
    ...found('process', processesOfTestbed()),
    ...found('mount', mountsAnywhere()),
    ...found(
      'loop device',
      print('losetup', '--list', '--noheadings', '--output', 'NAME,BACK-FILE')
        .split('\n')
        .filter((line) => line.includes(STATE)),
    ),
    ...found('bridge', interfaceExists(BRIDGE) ? [BRIDGE] : []),
    ...found('cgroup', cgroupsLeft()),
    ...found(
      'table',
      print('nft', 'list', 'tables')
        .split('\n')
        .filter((line) => line.includes('kube-proxy')),
    ),
    ...found('directory', existsSync(STATE) ? [STATE] : []),
  ];
}

/** Mounts of the testbed's files in the mount namespace of any process. */
function mountsAnywhere(): string[] {
  const mounts = new Set<string>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const line of readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n')) {
        if (line.includes(STATE)) mounts.add(line);
      }
    } catch {
      // gone meanwhile, or without a file system of its own
    }
  }
  return [...mounts];
}
