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
  /** The last request that failed and is tried over, in restic's words; gone when it succeeded after all. */
  retried?: string;
  /** Plain text that is none of these: its first lines. */
  text: string[];
}

/** So many unreadable files are named. */
export const NAMES_KEPT = 20;
const TEXTS_KEPT = 5;
const LONGEST_TEXT = 300;

const RETRYING = /returned error, retrying after [^:]+: (.*)/;
const RECOVERED = /operation successful after \d+ retries/;
/** restic on its way out after a signal. */
const LEAVING = /^signal \w+ received/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: restic clears the line before it speaks, even into a pipe
const CLEAR_LINE = /\u001b\[2K/g;

export const silence = (): Said => ({ errors: 0, errorItems: [], text: [] });

/** Takes a line of standard error to what was said. @returns the line, if it is plain text that nobody expects */
export function hear(said: Said, raw: string): string | undefined {
  const line = raw.replace(CLEAR_LINE, '').trim();
  if (line === '' || LEAVING.test(line)) return undefined;
  if (line.startsWith('{') && hearMessage(said, line)) return undefined;
  const [, why] = RETRYING.exec(line) ?? [];
  if (why !== undefined) {
    // Which request it was says whether the bucket could be read or written.
    said.retried = line.replace(/ returned error, retrying after [^:]+:/, ':').slice(0, LONGEST_TEXT);
    return undefined;
  }
  if (RECOVERED.test(line)) {
    delete said.retried;
    return undefined;
  }
  // Without --json the last word is plain text, too.
  if (line.startsWith('Fatal: ')) {
    said.fatal ??= line;
    return undefined;
  }
  if (said.text.length < TEXTS_KEPT) said.text.push(line.slice(0, LONGEST_TEXT));
  return line;
}

function hearMessage(said: Said, line: string): boolean {
  let message: { message_type?: string; message?: string; item?: string; error?: { message?: string } };
  try {
    message = JSON.parse(line);
  } catch {
    return false;
  }
  if (message.message_type === 'error') {
    said.errors++;
    said.errorMessage ??= message.error?.message;
    if (message.item && said.errorItems.length < NAMES_KEPT) said.errorItems.push(message.item);
    return true;
  }
  if (message.message_type !== 'exit_error') return false;
  said.fatal = message.message;
  return true;
}
