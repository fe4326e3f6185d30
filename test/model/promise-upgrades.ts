import { openOf } from './operator';
import type { Promised, Write } from './promises';
import { must } from './violation';

/** What an upgrade takes away from a Job that has not begun is no failure: the Job is made anew. */
export class UpgradesFailNothing implements Promised {
  onWrite({ before, after, observed }: Write): void {
    const step = openOf(before);
    if (!observed.goneProgram || !step) return;
    const ends = [...(after.run?.done ?? after.items ?? []), ...(after.run?.retries ?? [])];
    for (const { name, job, reason = '' } of ends)
      must(
        job !== step.job || !['PodNotStarted', 'VolumeNotStaged'].includes(reason),
        () => `${name} failed for want of a program that an upgrade had taken away`,
      );
    const tried = (after.run?.maintenance ?? []).find(({ job }) => job === step.job);
    must(
      tried?.reason !== 'PodNotStarted',
      () => 'the repository was not looked after for want of a program that an upgrade had taken away',
    );
  }
}
