import { spawn } from 'node:child_process';
import { causeOf, HOPELESS } from './restic-words';
import { hear, type Said, silence } from './said';
import type { Place } from './storage-fault';

/** How a call of restic ended. */
export interface Ended {
  /** The exit code; null if a signal ended it. */
  code: number | null;
  /** The signal that ended it. */
  signal?: NodeJS.Signals;
  /** Why we ended it, if we did. */
  stopped?: 'cancelled' | 'stalled';
  /** How long there was no progress then, in seconds. */
  stalledFor?: number;
  said: Said;
  /** The repository's bucket. */
  at: Place;
  /** Of exit code 11: whose locks they are, in a sentence. */
  held?: string;
}

export interface ResticOptions {
  binary: string;
  env: NodeJS.ProcessEnv;
  /** Flags of every call, before the command. */
  flags: string[];
  at: Place;
  /** Aborted when the Job is told to stop. */
  signal: AbortSignal;
  /** Without any progress for so long, the call is ended. Status lines alone are no progress: they come while it hangs. */
  stallSeconds: number;
  /** Between SIGTERM and SIGKILL. */
  killSeconds: number;
}

export interface Call {
  args: string[];
  cwd?: string;
  /** More, or other, environment variables; undefined takes one away. */
  env?: NodeJS.ProcessEnv;
  /** Each line of standard output. */
  onLine?(line: string): void;
  /** Each line of standard error that nobody expects. */
  onText?(line: string): void;
  /** Status lines a second; they are for people who watch, and cost both sides. */
  statusPerSecond?: number;
  /** Without `--json`: check and prune tell of their progress only to people. */
  plain?: true;
  /** So many times the usual patience: between two signs of life of a check, restic may load a whole index. */
  patience?: number;
}

/** restic tries over what a person must mend first: it need not be waited for. */
const HOPELESS_SECONDS = 30;

/** Waits so long for another's exclusive lock (a forget takes seconds): less than would count as a stall, and who holds it is told within a minute. */
export const retryLock = (stallSeconds: number): string[] => [
  '--retry-lock',
  `${Math.max(1, Math.min(40, Math.floor(stallSeconds / 2)))}s`,
];

/** The one place that runs restic. */
export class Restic {
  readonly #options: ResticOptions;

  constructor(options: ResticOptions) {
    this.#options = options;
  }

  get cancelled(): boolean {
    return this.#options.signal.aborted;
  }

  get retryLock(): string[] {
    return retryLock(this.#options.stallSeconds);
  }

  async run(call: Call): Promise<Ended> {
    const { binary, env, flags, signal, killSeconds, at } = this.#options;
    const said = silence();
    if (signal.aborted) return { code: null, stopped: 'cancelled', said, at };

    const child = spawn(binary, [...flags, ...(call.plain ? [] : ['--json']), ...call.args], {
      cwd: call.cwd,
      env: { ...env, RESTIC_PROGRESS_FPS: String(call.statusPerSecond ?? 0.2), ...call.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stopped: Pick<Ended, 'stopped' | 'stalledFor'> = {};
    let kill: NodeJS.Timeout | undefined;
    const stop = (why: typeof stopped) => {
      if (stopped.stopped) return;
      stopped = why;
      child.kill('SIGTERM');
      kill = setTimeout(() => child.kill('SIGKILL'), killSeconds * 1000);
    };
    const cancel = () => stop({ stopped: 'cancelled' });
    signal.addEventListener('abort', cancel, { once: true });

    const stallSeconds = this.#options.stallSeconds * (call.patience ?? 1);
    let mark = '';
    let markedAt = Date.now();
    const watchdog = setInterval(
      () => {
        const hopeless = said.retried !== undefined && HOPELESS.includes(causeOf(said.retried));
        const limit = hopeless ? Math.min(HOPELESS_SECONDS, stallSeconds) : stallSeconds;
        if (Date.now() - markedAt > limit * 1000) stop({ stopped: 'stalled', stalledFor: limit });
      },
      Math.min(stallSeconds * 100, 5000),
    );

    eachLine(child.stdout, (line) => {
      const now = progressOf(line);
      if (now !== mark) {
        mark = now;
        markedAt = Date.now();
      }
      call.onLine?.(line);
    });
    eachLine(child.stderr, (line) => {
      const text = hear(said, line);
      if (text !== undefined) call.onText?.(text);
    });

    const [code, by] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (...end) => resolve(end));
    }).finally(() => {
      clearInterval(watchdog);
      clearTimeout(kill);
      signal.removeEventListener('abort', cancel);
    });
    return { code, ...(by && { signal: by }), ...stopped, said, at };
  }

  /** Runs a command whose answer is one JSON value, or nothing. */
  async ask<T>(args: string[], env?: NodeJS.ProcessEnv): Promise<Ended & { answer?: T }> {
    const lines: string[] = [];
    const ended = await this.run({ args, onLine: (line) => lines.push(line), ...(env && { env }) });
    const text = lines.join('\n').trim();
    return { ...ended, ...(ended.code === 0 && text && { answer: JSON.parse(text) as T }) };
  }
}

/** What must change from line to line for restic to count as getting on: not the time that a line for people begins with. */
export function progressOf(line: string): string {
  if (!line.startsWith('{"message_type":"status"')) return line.replace(/^\[[\d:]+\]/, '');
  const { files_done, bytes_done, files_restored, bytes_restored } = JSON.parse(line) as Record<
    string,
    number
  >;
  return `${files_done ?? files_restored}/${bytes_done ?? bytes_restored}`;
}

function eachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line) take(line);
  });
  stream.on('end', () => {
    if (rest) take(rest);
  });
}
