import { TERMINATION_MESSAGE_PATH } from '../api/group';
import type { Outcome } from '../api/outcome';
import { encodeReportLine } from '../api/report';
import { CONTRACT_VERSION } from '../api/task';
import { failureFrom } from './fault';
import { move } from './mover';
import { OutcomeFile } from './outcome-file';
import { taskFrom } from './task-from';

/**
 * What runs in a Job's container: the task of the environment is done, and its outcome is the last thing written. The exit
 * code is for people and for `kubectl get jobs`: 0 if nothing failed. The outcome is the truth.
 */
async function main(): Promise<number> {
  const stop = new AbortController();
  // As process 1 of its container it would otherwise not end by these signals at all.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());

  const file = new OutcomeFile(process.env.SERVICE_BACKUP_OUTCOME_FILE ?? TERMINATION_MESSAGE_PATH);
  const log = (line: string) => process.stderr.write(`${line}\n`);
  let outcome: Outcome;
  try {
    outcome = await move(taskFrom(process.env), {
      env: process.env,
      signal: stop.signal,
      print: (line) => process.stdout.write(encodeReportLine(line)),
      log,
      tell: (soFar) => {
        try {
          file.write(soFar);
        } catch (error) {
          // The backup is worth more than the report of a half of it.
          log(`The outcome so far could not be written: ${String(error)}`);
        }
      },
    });
  } catch (error) {
    const failure = failureFrom(error, 'TaskInvalid');
    process.stdout.write(encodeReportLine({ type: 'result', state: 'Failed', ...failure }));
    outcome = { version: CONTRACT_VERSION, items: [], failure };
  }
  file.write(outcome);
  const { failure, items, check, prune } = outcome;
  const failed = failure || check?.failure || prune?.failure || items.some(({ state }) => state === 'Failed');
  return failed ? 1 : 0;
}

main().then(
  (code) => {
    // Not process.exit: what was printed must have left before.
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`The outcome could not be written: ${String(error)}\n`);
    process.exitCode = 1;
  },
);
