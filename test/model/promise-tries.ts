import type { Promised, Write } from './promises';
import { must } from './violation';

/** A volume that moves is followed so often, whatever the limit of failures is. */
const MOVES = 2;

/** An item that fails is tried again as often as is allowed, and later each time. */
export class TriesHaveALimit implements Promised {
  onWrite({ before, after, observed }: Write): void {
    const limit = observed.config?.spec.serviceBackup.jobSpec?.backoffLimit ?? 3;
    for (const { name, attempts, reason } of after.run?.retries ?? []) {
      must(
        attempts <= (reason === 'VolumeMoved' ? Math.max(limit, MOVES) : limit),
        () => `${name} is tried again, for the ${attempts + 1}th time`,
      );
      const known = before.run?.retries?.find((retry) => retry.name === name);
      must(
        known === undefined || before.run?.id !== after.run?.id || attempts >= known.attempts,
        () => `it was forgotten how often ${name} was tried`,
      );
    }
  }
}
