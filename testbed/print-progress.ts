import type { OnProgress } from './progress';

const QUIET_SECONDS = 2;
/** Where lines cannot be overwritten, as in the log of a CI, a long step is told about less often. */
const LOG_SECONDS = 15;

/** Prints each step on a line; one that lasts says, over and over on the same line, what it waits for. */
export function printProgress(out: NodeJS.WriteStream = process.stderr) {
  const started = Date.now();
  let step = '';
  let stepStarted = started;
  let told = started;
  const since = (moment: number) => (Date.now() - moment) / 1000;
  const clear = () => {
    if (out.isTTY) out.write('\r\x1b[K');
  };
  const onProgress: OnProgress = (name, waitingFor) => {
    if (name !== step) {
      step = name;
      stepStarted = told = Date.now();
      clear();
      out.write(`${name}\n`);
    }
    if (!waitingFor || since(stepStarted) < QUIET_SECONDS) return;
    const line = `  ${Math.round(since(stepStarted))} s, waiting for ${waitingFor}`;
    if (out.isTTY) out.write(`\r\x1b[K${line.slice(0, (out.columns ?? 100) - 1)}`);
    else if (since(told) >= (since(stepStarted) < LOG_SECONDS ? QUIET_SECONDS : LOG_SECONDS)) {
      told = Date.now();
      out.write(`${line}\n`);
    }
  };
  return { onProgress, end: clear, seconds: () => since(started).toFixed(1) };
}
