import { writeFileSync } from 'node:fs';
import { HOPELESS } from '../api/bucket-task';
import { TERMINATION_MESSAGE_BYTES, TERMINATION_MESSAGE_PATH } from '../api/group';
import { askedBy } from './asked';
import { make } from './make';
import { createSecret } from './secret';
import { Trouble } from './trouble';

const print = (sentence: string) => process.stdout.write(`${sentence}\n`);

/** Says why it failed: in the log, and to those who look at the pod. */
function tell(sentence: string): void {
  print(sentence);
  try {
    const text = Buffer.from(sentence).subarray(0, TERMINATION_MESSAGE_BYTES);
    writeFileSync(process.env.SERVICE_BACKUP_OUTCOME_FILE ?? TERMINATION_MESSAGE_PATH, text);
  } catch (error) {
    print(`The termination message could not be written: ${String(error)}`);
  }
}

/** As process 1 of its container it would otherwise not end by these signals at all. The next try goes on where this one was. */
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    tell('Stopped from outside before all was done; the next try goes on.');
    process.exit(1);
  });

async function main(): Promise<number> {
  try {
    await make(askedBy(process.env), { createSecret, print });
    return 0;
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
    return error instanceof Trouble && error.hopeless ? HOPELESS : 1;
  }
}

main().then((code) => {
  // Not process.exit: what was printed must have left before.
  process.exitCode = code;
});
