import type { Promised, Write } from './promises';
import { must } from './violation';

/** Every run that starts is recorded once, under an id that no other run has. */
export class EveryRunIsRecordedOnce implements Promised {
  private readonly started = new Set<string>();
  private readonly recorded = new Set<string>();

  onWrite({ before, after }: Write): void {
    const [was, is] = [before.run?.id, after.run?.id];
    const record = after.lastBackup?.run;
    if (was && is !== was) must(record === was, () => `run ${was} left status without a record`);
    if (is && is !== was) this.start(is);
    if (record && record !== before.lastBackup?.run) {
      // Nothing to be done may be known at once: then a run is over with its start.
      if (record !== was) this.start(record);
      must(is !== record, () => `run ${record} was recorded, and goes on`);
      must(!this.recorded.has(record), () => `run ${record} was recorded twice`);
      this.recorded.add(record);
    }
    must(before.lastBackup === undefined || record !== undefined, () => 'lastBackup vanished');
    const open = [...(after.run?.groups ?? []), ...(after.run?.maintenance ?? [])];
    must(open.filter(({ finishedAt }) => !finishedAt).length <= 1, () => `run ${is} has two steps at once`);
  }

  private start(run: string): void {
    must(!this.started.has(run), () => `run ${run} was started twice`);
    this.started.add(run);
  }
}
