import { spawn } from 'node:child_process';

/** What restic wrote to standard error, as far as anybody may want to know it. */
export interface Said {
  /** Files or directories that it could not read or write. */
  errors: number;
  /** The first of them, as restic names them. */
  errorItems: string[];
  /** The first of their messages. */
  errorMessage?: string;
  /** Why it gave up. */
  fatal?: string;
  /** Plain text that is neither of these, nor a retry. */
  text: string[];
}

/** How a call of restic ended. */
export interface Ended {
  /** The exit code; null if a signal ended it. */
  code: number | null;
  /** Why we ended it, if we did. */
  stopped?: 'cancelled' | 'stalled';
  said: Said;
}

export interface ResticOptions {
  binary: string;
  env: NodeJS.ProcessEnv;
  /** Flags of every call, before the command. */
  flags: string[];
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
  /** Each line of standard output. */
  onLine?(line: string): void;
  /** Status lines a second; they are for people who watch, and cost both sides. */
  statusPerSecond?: number;
  /** Without `--json`: check and prune tell how far they are in text alone. */
  plain?: true;
  /** Instead of that of all calls. */
  stallSeconds?: number;
  /** Beside that of all calls. */
  env?: NodeJS.ProcessEnv;
  /** What it reads from standard input. */
  input?: string;
}

const NAMES_KEPT = 5;
const TEXTS_KEPT = 5;

/** What restic says about a request that it repeats, and of its way out after a signal: no sign of anything lost. */
const HARMLESS = /returned error, retrying after|operation successful after \d+ retries|^signal \w+ received/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: restic clears the line before it speaks, even into a pipe
const CLEAR_LINE = /\u001b\[2K/g;

/** The one place that runs restic. */
export class Restic {
  readonly #options: ResticOptions;

  constructor(options: ResticOptions) {
    this.#options = options;
  }

  get cancelled(): boolean {
    return this.#options.signal.aborted;
  }

  async run(call: Call): Promise<Ended> {
    const { binary, env, flags, signal, killSeconds } = this.#options;
    const stallSeconds = call.stallSeconds ?? this.#options.stallSeconds;
    const said: Said = { errors: 0, errorItems: [], text: [] };
    if (signal.aborted) return { code: null, stopped: 'cancelled', said };

    const child = spawn(binary, [...flags, ...(call.plain ? [] : ['--json']), ...call.args], {
      cwd: call.cwd,
      env: { ...env, RESTIC_PROGRESS_FPS: String(call.statusPerSecond ?? 0.2), ...call.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // Who reads nothing may have ended before it was given anything.
    child.stdin.on('error', () => {}).end(call.input ?? '');
    let stopped: Ended['stopped'];
    let kill: NodeJS.Timeout | undefined;
    const stop = (why: NonNullable<Ended['stopped']>) => {
      if (stopped) return;
      stopped = why;
      child.kill('SIGTERM');
      kill = setTimeout(() => child.kill('SIGKILL'), killSeconds * 1000);
    };
    const cancel = () => stop('cancelled');
    signal.addEventListener('abort', cancel, { once: true });

    let mark = '';
    let markedAt = Date.now();
    const watchdog = setInterval(() => {
      if (Date.now() - markedAt > stallSeconds * 1000) stop('stalled');
    }, stallSeconds * 100);

    eachLine(child.stdout, (line) => {
      const now = progressOf(line);
      if (now !== mark) {
        mark = now;
        markedAt = Date.now();
      }
      call.onLine?.(line);
    });
    eachLine(child.stderr, (line) => hear(said, line));

    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    }).finally(() => {
      clearInterval(watchdog);
      clearTimeout(kill);
      signal.removeEventListener('abort', cancel);
    });
    return { code, ...(stopped && { stopped }), said };
  }

  /** Runs a command whose answer is one JSON value, or nothing. */
  async ask<T>(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended & { answer?: T }> {
    const lines: string[] = [];
    const ended = await this.run({ args, env, onLine: (line) => lines.push(line) });
    const text = lines.join('\n').trim();
    return { ...ended, ...(ended.code === 0 && text && { answer: JSON.parse(text) as T }) };
  }
}

/** What must change from line to line for restic to count as getting on. */
function progressOf(line: string): string {
  // Lines of text begin with the time that has passed.
  if (!line.startsWith('{"message_type":"status"')) return line.replace(/^\[[\d:]+\] */, '');
  const { files_done, bytes_done, files_restored, bytes_restored } = JSON.parse(line) as Record<
    string,
    number
  >;
  return `${files_done ?? files_restored}/${bytes_done ?? bytes_restored}`;
}

function hear(said: Said, raw: string): void {
  const line = raw.replace(CLEAR_LINE, '').trim();
  if (line === '') return;
  if (line.startsWith('{')) {
    try {
      const message = JSON.parse(line) as {
        message_type?: string;
        message?: string;
        item?: string;
        error?: { message?: string };
      };
      if (message.message_type === 'error') {
        said.errors++;
        said.errorMessage ??= message.error?.message;
        if (message.item && said.errorItems.length < NAMES_KEPT) said.errorItems.push(message.item);
        return;
      }
      if (message.message_type === 'exit_error') {
        said.fatal = message.message;
        return;
      }
    } catch {
      // not JSON after all
    }
  }
  if (line.startsWith('Fatal: ')) said.fatal = line;
  else if (!HARMLESS.test(line) && said.text.length < TEXTS_KEPT) said.text.push(line.slice(0, 300));
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
