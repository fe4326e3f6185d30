import type { ServiceBackup } from '../../src/api/kinds';
import { HOUR, MINUTE } from './agenda';
import type { Cluster } from './cluster';
import { type Promised, runStartedBy, type Write } from './promises';
import { ticksBetween } from './ticks';
import { must } from './violation';

/** Every due tick is run, or settled with a later one, or said to be skipped, or suspended; and none twice. */
export class EveryTickIsSettledOnce implements Promised {
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  onWrite({ before, after, backup, observed, now }: Write): void {
    const from = Date.parse(before.scheduledThrough ?? '');
    const to = Date.parse(after.scheduledThrough ?? '');
    must(!(to < from), () => `scheduledThrough went back to ${after.scheduledThrough}`);
    must(!before.scheduledThrough || to >= 0, () => 'scheduledThrough vanished');
    const started = runStartedBy({ before, after });
    const settings = observed.config?.spec.serviceBackup;
    // Of a schedule that was changed, what was missed before.
    const expression = (before.schedule ?? after.schedule)?.split(' ').slice(0, 5).join(' ');
    if (!(to >= 0) || !expression) return;
    const declared = Date.parse(backup.metadata.creationTimestamp!);
    const begin = from >= 0 ? from : declared - HOUR;
    const tick = ticksBetween(expression, begin, Math.min(to, now.getTime())).at(-1);
    const changed = before.schedule !== undefined && before.schedule !== after.schedule;
    must(
      changed || to === from || to <= now.getTime(),
      () => `ticks were settled up to ${after.scheduledThrough}, before they were due`,
    );
    if (started && !started.byHand && after.run)
      must(
        Date.parse(started.tick ?? '') === tick,
        () =>
          `run ${started.id} of the tick ${started.tick} was started, the last one due was ${instant(tick ?? 0)}`,
      );
    if (tick === undefined || started || tick < declared) return;
    const suspended = backup.spec.suspend || settings?.suspend;
    const skipped = after.skipped && Date.parse(after.skipped.tick) === tick;
    must(
      Boolean(skipped || suspended),
      () => `the tick of ${instant(tick)} was settled, and nothing was done nor said`,
    );
    if (!skipped) return;
    const seconds = settings?.startingDeadlineSeconds;
    const age = (now.getTime() - tick) / 1000;
    must(
      seconds !== undefined && age > seconds,
      () => `the tick of ${instant(tick)} was skipped when it was ${age} s old`,
    );
  }

  atRest(now: number): void {
    const { backup, configs } = this.cluster;
    const config = configs.get('default');
    const schedule = backup.spec.schedule ?? config?.spec.serviceBackup.schedule;
    if (!config || !schedule) return;
    const declared = Date.parse(backup.metadata.creationTimestamp!);
    const [first] = ticksBetween(schedule, Math.max(throughOf(backup), declared), now - 10 * MINUTE);
    must(first === undefined, () => `the tick of ${instant(first!)} was lost`);
  }
}

const throughOf = ({ status }: ServiceBackup): number => Date.parse(status?.scheduledThrough ?? '') || 0;
const instant = (at: number): string => new Date(at).toISOString();
