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

interface Whereabouts {
  /** Directory of the records. */
  readonly records: string;
  readonly logs: string;
  /** The file to which a process writes itself to be known as part of a cgroup. @default - processes are in no cgroup of ours */
  readonly membersFile?: (cgroup: string) => string;
}

/** Processes that outlive the program that starts them, and are known again by what was recorded of them. */
export class Processes {
  constructor(private readonly at: Whereabouts) {}

  private readonly fileOf = (name: string) => join(this.at.records, `${name.replace('/', '.')}.json`);
  readonly logOf = (name: string) => join(this.at.logs, `${name.replace('/', '.')}.log`);

  /** Starts a program that outlives this one. It joins its cgroup before it becomes the program itself. */
  start(options: DaemonOptions): number {
    mkdirSync(this.at.records, { recursive: true });
    mkdirSync(this.at.logs, { recursive: true });
    const log = openSync(this.logOf(options.name), 'a');
    const members = this.at.membersFile?.(options.cgroup ?? 'control');
    const joins = members ? `echo $$ > ${members}; ` : '';
    const child = spawn('/bin/sh', ['-c', `${joins}exec "$@"`, 'sh', ...options.command], {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...options.env },
      cwd: '/',
    });
    closeSync(log);
    child.unref();
    if (child.pid === undefined)
      throw new Error(`${options.name} could not be started: ${options.command[0]}`);
    const record: RecordedProcess = {
      name: options.name,
      pid: child.pid,
      startTime: startTimeOf(child.pid) ?? '',
    };
    writeFileSync(this.fileOf(options.name), JSON.stringify(record));
    return child.pid;
  }

  /** All recorded processes, dead or alive. */
  recorded(): RecordedProcess[] {
    let files: string[] = [];
    try {
      files = readdirSync(this.at.records);
    } catch {
      return []; // never started
    }
    return files.map(
      (file) => JSON.parse(readFileSync(join(this.at.records, file), 'utf8')) as RecordedProcess,
    );
  }

  /** The pid of a recorded process that is alive. */
  pidOf(name: string): number | undefined {
    const found = this.recorded().find((one) => one.name === name);
    return found?.startTime && startTimeOf(found.pid) === found.startTime ? found.pid : undefined;
  }

  /** Waits until a process that was just started serves; if it ends instead, that is told at once. */
  serving(name: string, seconds: number, serves: () => Promise<boolean>): Promise<boolean> {
    return until(
      {
        what: `${name} to serve`,
        seconds,
        hint: `see ${this.logOf(name)}`,
        possible: () => this.pidOf(name) !== undefined,
      },
      serves,
    );
  }

  /** Kills a recorded process and waits until it is gone; one that has ended already is no error. */
  async kill(name: string): Promise<void> {
    const pid = this.pidOf(name);
    if (pid !== undefined) {
      process.kill(pid, 'SIGKILL');
      await until(
        { what: `${name} to end`, seconds: 15, everyMilliseconds: 20 },
        async () => this.pidOf(name) === undefined,
      );
    }
    rmSync(this.fileOf(name), { force: true });
  }
}

const testbed = new Processes({ records: paths.processes, logs: paths.logs, membersFile });

export const { logOf } = testbed;
export const startDaemon = (options: DaemonOptions): number => testbed.start(options);
export const recorded = (): RecordedProcess[] => testbed.recorded();
export const pidOf = (name: string): number | undefined => testbed.pidOf(name);
/** Whether a process was started and not killed through us; it may have ended by itself. */
export const isRecorded = (name: string): boolean => testbed.recorded().some((one) => one.name === name);
export const serving = (name: string, seconds: number, serves: () => Promise<boolean>): Promise<boolean> =>
  testbed.serving(name, seconds, serves);
export const killDaemon = (name: string): Promise<void> => testbed.kill(name);
