import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { LOCK } from '../layout';

/**
 * Holds the machine-wide lock while `work` runs. It guards the transitions (up, down, kill, start), not the
 * running testbed: that one's processes outlive the program that started them, and its record tells it is there.
 * The kernel's lock is held by a child whose input is a pipe from us, so it is free as soon as we are dead.
 */
export async function exclusively<T>(waitSeconds: number, work: () => Promise<T>, lock = LOCK): Promise<T> {
  mkdirSync(dirname(lock), { recursive: true });
  const holder = spawn('flock', ['--wait', String(waitSeconds), lock, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true, // Ctrl-C must not take the lock away from work that is still tidying up
  });
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve());
    holder.once('error', reject);
    holder.once('exit', () =>
      reject(
        new Error(
          `Another program is starting or stopping the testbed; it held ${lock} for over ${waitSeconds} s.`,
        ),
      ),
    );
  });
  try {
    return await work();
  } finally {
    holder.removeAllListeners('exit');
    holder.stdin.end();
    await new Promise<void>((resolve) => holder.once('exit', () => resolve()));
  }
}
