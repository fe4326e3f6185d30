import { readFileSync } from 'node:fs';
import { processes } from './index';

/** Resident memory of a process of the simulation, in MiB. */
export const residentMemory = (name: string): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(tell(name, 'status'))![1]) / 1024;

/** CPU time that it used so far, in seconds; the kernel counts in hundredths. */
export function cpuSeconds(name: string): number {
  const stat = tell(name, 'stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function tell(name: string, file: 'stat' | 'status'): string {
  const pid = processes.pidOf(name);
  if (pid === undefined) throw new Error(`${name} has ended: see ${processes.logOf(name)}.`);
  return readFileSync(`/proc/${pid}/${file}`, 'utf8');
}
