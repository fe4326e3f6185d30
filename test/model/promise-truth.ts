import { decodeOutcome } from '../../src/api/outcome';
import type { ItemStatus } from '../../src/api/service-backup';
import { itemNames } from '../../src/operator/items';
import { openOf } from './operator';
import type { Promised, Write } from './promises';
import type { Repository } from './repository';
import { must } from './violation';

/** No success without a snapshot of that run; what a Job told is taken as it was told. */
export class NothingIsFalsified implements Promised {
  private readonly repository: Repository;

  constructor(repository: Repository) {
    this.repository = repository;
  }

  onWrite(write: Write): void {
    const { before, after, backup } = write;
    if (after.run) for (const item of after.run.done) this.hasSnapshot(item, after.run.id);
    this.isAsTold(write);
    const last = after.lastBackup;
    if (!last || last.run === before.lastBackup?.run) return;
    const items = after.items ?? [];
    for (const name of itemNames(backup, after.selected))
      must(
        items.filter((item) => item.name === name).length === 1,
        () => `run ${last.run} was recorded without the fate of ${name}`,
      );
    for (const item of items) this.hasSnapshot(item, last.run);
    if (last.state === 'Success')
      must(
        items.every(({ state }) => state === 'Success'),
        () => `run ${last.run} is a Success, but not every item is`,
      );
    must(
      items.every(({ state }) => state !== 'Unknown'),
      () => `run ${last.run} was recorded with an Unknown item`,
    );
  }

  private hasSnapshot({ name, state, snapshot = '' }: ItemStatus, run: string): void {
    if (state !== 'Success' && state !== 'Warning') return;
    const found = this.repository.find(snapshot);
    must(
      found?.item === name && found.run === run,
      () =>
        `${name} is ${state} in run ${run} with snapshot '${snapshot}', which is not of that run and item`,
    );
  }

  /** An open step is closed: its Job's report, if the operator saw one, stands in status. */
  private isAsTold({ before, after, observed, backup }: Write): void {
    const step = openOf(before.run && before);
    if (!step || !('node' in step)) return;
    const closed = after.run?.groups.find(({ job }) => job === step.job)?.finishedAt || !after.run;
    const terminated = observed.pods[step.job]?.terminated;
    // What a Job told that somebody has deleted since may be taken or not.
    if (!observed.jobs.some(({ name }) => name === step.job)) return;
    const report = closed && terminated && decodeOutcome(terminated.message);
    if (!report || report.items.length > step.items.length) return;
    report.items.forEach((told, index) => {
      const name = step.items[index]!;
      if (!itemNames(backup, before.run?.selected).includes(name)) return;
      const item = (after.run?.done ?? after.items ?? []).find((known) => known.name === name);
      if (told.state === 'Failed')
        must(
          item?.job !== step.job || item.state === 'Failed',
          () => `${name} failed, and was recorded as ${item?.state}`,
        );
      else
        must(
          item?.snapshot !== undefined && told.snapshot!.startsWith(item.snapshot),
          () => `Job ${step.job} told of a snapshot of ${name}, and it was not recorded`,
        );
    });
  }
}
