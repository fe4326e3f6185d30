import { type Options, SingleBar } from 'cli-progress';
import type { ProgressLine } from '../api';
import { progressFigures, progressLine, progressWord } from './progress';
import { tellDuration } from './times';

/** Where the story of a command is told: a terminal, or a log that is read later. */
export interface Stage {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** A wait shorter than this is not worth a line. */
const QUIET = 2_000;
/** How often a log is told that something still lasts. */
const REMIND = 10_000;
/** How often a log is told the progress. */
const PROGRESS_LINE = 5_000;
const CLEAR_LINE = '\r\u001b[K';

/**
 * Tells what a command does: lines that stay, what it waits for (shown after 2 s), and a bar. On a terminal the last two
 * share one line that is written over; elsewhere they become plain lines every few seconds.
 */
export class Narrator {
  private wait?: { for: string; since: number; told?: { what: string; at: number } };
  private trouble?: string;
  private timer?: NodeJS.Timeout;
  private bar?: SingleBar;
  private lineShown = false;
  private lastProgress = Number.NEGATIVE_INFINITY;
  private readonly stage: Stage;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  /** A line that stays. */
  say(text: string): void {
    this.rest();
    this.stage.write(`${text}\n`);
  }

  /** What is waited for from now on, until the next line, progress or rest: what follows another wait is the same silence. */
  waitFor(what: string): void {
    this.stopBar();
    if (this.wait) this.wait.for = what;
    else this.wait = { for: what, since: Date.now() };
    this.timer ??= setInterval(() => this.tick(), 500);
    this.timer.unref();
  }

  /** What stands in the way of everything else, until it is over (`undefined`): then the wait before it goes on. */
  heldUpBy(trouble: string | undefined): void {
    this.trouble = trouble;
    if (trouble && !this.wait) this.waitFor(trouble);
  }

  progress(line: ProgressLine): void {
    this.endWait();
    if (this.stage.isTTY) {
      if (!this.bar) {
        this.bar = new SingleBar(barOptions(this.stage));
        this.bar.start(100, 0, { word: '', figures: '' });
      }
      this.bar.update(Math.min(100, line.percent), {
        word: progressWord(line),
        figures: progressFigures(line),
      });
    } else if (Date.now() - this.lastProgress >= PROGRESS_LINE) {
      this.lastProgress = Date.now();
      this.stage.write(`  ${progressLine(line)}\n`);
    }
  }

  /** Nothing is waited for, and no bar is shown; what comes next on the stage begins on a line of its own. */
  rest(): void {
    this.endWait();
    this.stopBar();
  }

  private tick(): void {
    const { wait } = this;
    if (!wait) return;
    const lasted = Date.now() - wait.since;
    if (lasted < QUIET) return;
    const what = this.trouble ?? wait.for;
    const text = `  waiting for ${what} (${tellDuration(Math.floor(lasted / 1000))})`;
    if (this.stage.isTTY) {
      // A line that wraps could not be written over.
      this.stage.write(`${CLEAR_LINE}${text.slice(0, (this.stage.columns ?? 80) - 1)}`);
      this.lineShown = true;
    } else if (wait.told?.what !== what || Date.now() - wait.told.at >= REMIND) {
      wait.told = { what, at: Date.now() };
      this.stage.write(`${text}\n`);
    }
  }

  private endWait(): void {
    this.clearLine();
    this.wait = undefined;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private clearLine(): void {
    if (this.lineShown) this.stage.write(CLEAR_LINE);
    this.lineShown = false;
  }

  private stopBar(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

const barOptions = (stage: Stage): Options => ({
  stream: stage as NodeJS.WritableStream,
  format: '  {word} {bar}  {figures}',
  barCompleteChar: '█',
  barIncompleteChar: '░',
  barsize: 28,
  hideCursor: true,
  fps: 4,
  // Signals are ours: a bar that ends the process would leave the Job behind.
  gracefulExit: false,
});
