import type { Cluster } from './cluster';
import { type Promised, runStartedBy, type Write } from './promises';
import { must } from './violation';

const REMEMBERED = 10;

/** One value of runNow starts one run: at most, while it is remembered; at least, unless another one takes its place. */
export class OneValueStartsOneRun implements Promised {
  private seen: string[] = [];
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  onWrite({ before, after, backup }: Write): void {
    const started = runStartedBy({ before, after });
    if (started?.byHand) {
      const { runNow } = backup.spec;
      must(Boolean(runNow), () => `run ${started.id} was started by no runNow`);
      must(!this.remembered.includes(runNow!), () => `runNow '${runNow}' started a second run`);
      this.seen.push(runNow!);
    }
    const told = after.seenRunNow ?? [];
    must(
      JSON.stringify(told) === JSON.stringify(this.remembered),
      () => `seenRunNow is ${told}, seen were ${this.remembered}`,
    );
  }

  atRest(): void {
    const { backup, configs } = this.cluster;
    const { runNow } = backup.spec;
    if (runNow && configs.get('default'))
      must(this.remembered.includes(runNow), () => `runNow '${runNow}' started no run`);
  }

  private get remembered(): string[] {
    return this.seen.slice(-REMEMBERED);
  }
}
