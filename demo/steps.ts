import pc from 'picocolors';

/** Says what a step is waiting for right now, and, in a long one, which part of it that is. */
export type Waiting = (forWhat: string | undefined, part?: string) => void;

const QUIET_SECONDS = 2;
const REPEAT_SECONDS = 10;

/**
 * Runs a step and shows it: one line when it is done; before that, once it takes longer than 2 s, what it waits for.
 * On a terminal that line is rewritten every second, elsewhere it is repeated every 10 s.
 */
export async function step<T>(title: string, work: (waiting: Waiting) => Promise<T>): Promise<T> {
  const begun = Date.now();
  const elapsed = () => (Date.now() - begun) / 1000;
  let waitingFor: string | undefined;
  let doing = title;
  let toldAt = Number.NEGATIVE_INFINITY;
  const tell = () => {
    if (elapsed() < QUIET_SECONDS) return;
    const now = elapsed();
    const words = waitingFor ? `${doing}: waiting for ${waitingFor}` : doing;
    if (process.stdout.isTTY) {
      // One line, or the next one would not cover it.
      const line = `  … (${now.toFixed(0)} s) ${words}`.slice(0, process.stdout.columns - 1);
      process.stdout.write(`\r\x1b[K${pc.dim(line)}`);
    } else if (now - toldAt >= REPEAT_SECONDS) {
      console.log(`  … ${words} (${now.toFixed(0)} s)`);
      toldAt = now;
    }
  };
  const timer = setInterval(tell, 1000);
  const finish = (mark: string) => {
    clearInterval(timer);
    if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
    console.log(`${mark} ${title} ${pc.dim(`(${elapsed().toFixed(1)} s)`)}`);
  };
  try {
    const result = await work((forWhat, part) => {
      waitingFor = forWhat;
      doing = part ?? title;
    });
    finish(pc.green('✓'));
    return result;
  } catch (error) {
    finish(pc.red('✗'));
    throw error;
  }
}

/** Asks until there is an answer; fails with what was awaited, and what was seen last, after `seconds`. */
export async function until<T>(
  what: string,
  seconds: number,
  probe: () => Promise<T | undefined>,
  lastSeen: () => string = () => '',
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) {
      const seen = lastSeen();
      throw new Error(`${what} did not come about within ${seconds} s${seen && `; last seen: ${seen}`}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
