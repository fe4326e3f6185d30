import { writeFileSync } from 'node:fs';
import { TERMINATION_MESSAGE_PATH } from '../api/group';
import { encodeOutcome, type Outcome } from '../api/outcome';
import { encodeReportLine } from '../api/report';
import { CONTRACT_VERSION } from '../api/task';
import { failureFrom } from './fault';
import { move } from './mover';
import { taskFrom } from './task-from';

/**
 * What runs in a Job's container: the task of the environment is done, and its outcome is the last thing written. The exit
 * code is for people and for `kubectl get jobs`: 0 if nothing failed. The outcome is the truth.
 */
async function main(): Promise<number> {
  const stop = new AbortController();
  // As process 1 of its container it would otherwise not end by these signals at all.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());

  let outcome: Outcome;
  try {
    outcome = await move(taskFrom(process.env), {
      env: process.env,
      signal: stop.signal,
      print: (line) => process.stdout.write(encodeReportLine(line)),
      log: (line) => process.stderr.write(`${line}\n`),
    });
  } catch (error) {
    const failure = failureFrom(error, 'TaskInvalid');
    process.stdout.write(encodeReportLine({ type: 'result', state: 'Failed', ...failure }));
    outcome = { version: CONTRACT_VERSION, items: [], failure };
  }
  writeFileSync(process.env.SERVICE_BACKUP_OUTCOME_FILE ?? TERMINATION_MESSAGE_PATH, encodeOutcome(outcome));
  return outcome.failure || outcome.items.some(({ state }) => state === 'Failed') ? 1 : 0;
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
