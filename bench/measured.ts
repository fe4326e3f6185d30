import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Cost } from './pairs';

/** A command, and what it is run with. */
export interface Command {
  command: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** bash's `time` has the kernel's own figures for a process with all its children. */
export async function timed({ command, cwd, env }: Command): Promise<Cost> {
  const child = spawn('bash', ['-c', 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null', 'bash', ...command], {
    cwd,
    env: { ...env, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  const [wall, user, system] = said.trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  if (code !== 0 || wall === undefined || user === undefined || system === undefined) {
    throw new Error(`${command[0]} ended with ${code}: ${said}`);
  }
  return { wallSeconds: wall, cpuSeconds: user + system };
}

/** The largest resident memory of the process itself, in MB, its children not counted. */
export async function peakMemory({ command, cwd, env }: Command): Promise<number> {
  const child = spawn(command[0] ?? '', command.slice(1), { cwd, env, stdio: 'ignore' });
  let highest = 0;
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      highest = Math.max(highest, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0));
    } catch {
      // it has just ended
    }
  }, 10);
  await new Promise((resolve) => child.once('close', resolve));
  clearInterval(look);
  return (highest * 1024) / 1e6;
}
