import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { paths } from '../layout';
import { membersFile } from './cgroups';
import { until } from './wait';

/** A pid alone may be someone else's by now; with the time it was started it is one process for ever. */
interface RecordedProcess {
  readonly name: string;
  readonly pid: number;
  readonly startTime: string;
}

export interface DaemonOptions {
  readonly name: string;
  /** The cgroup below the testbed's own. @default - control */
  readonly cgroup?: string;
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

const fileOf = (name: string) => join(paths.processes, `${name.replace('/', '.')}.json`);
export const logOf = (name: string) => join(paths.logs, `${name.replace('/', '.')}.log`);

/** The start time in clock ticks since boot, or nothing when the process is gone or only waits to be reaped. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Starts a program that outlives this one. It joins its cgroup before it becomes the program itself. */
export function startDaemon(options: DaemonOptions): number {
  mkdirSync(paths.processes, { recursive: true });
  mkdirSync(paths.logs, { recursive: true });
  const log = openSync(logOf(options.name), 'a');
  const join = `echo $$ > ${membersFile(options.cgroup ?? 'control')}; exec "$@"`;
  const child = spawn('/bin/sh', ['-c', join, 'sh', ...options.command], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...options.env },
    cwd: '/',
  });
  closeSync(log);
  child.unref();
  if (child.pid === undefined) throw new Error(`${options.name} could not be started: ${options.command[0]}`);
  const record: RecordedProcess = {
    name: options.name,
    pid: child.pid,
    startTime: startTimeOf(child.pid) ?? '',
  };
  writeFileSync(fileOf(options.name), JSON.stringify(record));
  return child.pid;
}

/** All recorded processes, dead or alive. */
export function recorded(): RecordedProcess[] {
  let files: string[] = [];
  try {
    files = readdirSync(paths.processes);
  } catch {
    return []; // never started
  }
  return files.map(
    (file) => JSON.parse(readFileSync(join(paths.processes, file), 'utf8')) as RecordedProcess,
  );
}

/** The pid of a recorded process that is alive. */
export function pidOf(name: string): number | undefined {
  const found = recorded().find((one) => one.name === name);
  return found?.startTime && startTimeOf(found.pid) === found.startTime ? found.pid : undefined;
}

/** Whether a process was started and not killed through us; it may have ended by itself. */
export const isRecorded = (name: string) => recorded().some((one) => one.name === name);

/** Waits until a process that was just started serves; if it ends instead, that is told at once. */
export const serving = (name: string, seconds: number, serves: () => Promise<boolean>): Promise<boolean> =>
  until(
    {
      what: `${name} to serve`,
      seconds,
      hint: `see ${logOf(name)}`,
      possible: () => pidOf(name) !== undefined,
    },
    serves,
  );

/** Kills a recorded process and waits until it is gone; one that has ended already is no error. */
export async function killDaemon(name: string): Promise<void> {
  const pid = pidOf(name);
  if (pid !== undefined) {
    process.kill(pid, 'SIGKILL');
    await until(
      { what: `${name} to end`, seconds: 15, everyMilliseconds: 20 },
      async () => pidOf(name) === undefined,
    );
  }
  rmSync(fileOf(name), { force: true });
}
