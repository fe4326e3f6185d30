import { setTimeout as sleep } from 'node:timers/promises';
import { isKubeError } from '../kube/error';
import type { Narrator } from './narrator';

/** How often the cluster is looked at, in milliseconds. */
export const LOOK_AGAIN = 500;
/** A short absence of the API server (an upgrade, a lost connection) ends no restore of hours. */
const PATIENCE = 60_000;

const isPassing = (error: unknown): boolean =>
  isKubeError(error) && (error.status === 0 || error.status >= 500 || error.status === 429);

/** Asks again, for a minute, while the API server cannot be reached or does not feel well. Only for reading. */
export async function patiently<T>(
  ask: () => Promise<T>,
  { narrator, signal }: { narrator: Narrator; signal?: AbortSignal },
): Promise<T> {
  const giveUp = Date.now() + PATIENCE;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const answer = await ask();
      narrator.heldUpBy(undefined);
      return answer;
    } catch (error) {
      if (!isPassing(error) || Date.now() > giveUp) throw error;
      narrator.heldUpBy('the API server, which does not answer');
      await sleep(LOOK_AGAIN, undefined, { signal });
    }
  }
}
