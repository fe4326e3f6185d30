import type { Promised, Write } from './promises';
import { must } from './violation';

/** What BackupConfig says when it says nothing, as documented. */
const BACKOFF_LIMIT = 3;

/** An item that fails is tried again as often as is allowed, and later each time. */
export class TriesHaveALimit implements Promised {
  onWrite({ before, after, observed }: Write): void {
    const limit = observed.config?.spec.serviceBackup.jobSpec?.backoffLimit ?? BACKOFF_LIMIT;
    for (const { name, attempts } of after.run?.retries ?? []) {
      must(attempts <= limit, () => `${name} is tried again, for the ${attempts + 1}th time`);
      const known = before.run?.retries?.find((retry) => retry.name === name);
      must(
        known === undefined || before.run?.id !== after.run?.id || attempts >= known.attempts,
        () => `it was forgotten how often ${name} was tried`,
      );
    }
  }
}
