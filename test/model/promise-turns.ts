import { DEFAULTS } from '../../src/api/group';
import { openOf } from './operator';
import type { Promised, Write } from './promises';
import { must } from './violation';

/** No Job is decided beyond the limit over all; none beside another service's on its node, or on the scratch claim that it copies to. */
export class JobsTakeTurns implements Promised {
  onWrite({ before, after, observed: { busy, config } }: Write): void {
    const [was, is] = [openOf(before), openOf(after)];
    if (!is || is.job === was?.job) return;
    const { maxParallelJobs = DEFAULTS.maxParallelJobs, scratchVol } = config!.spec.serviceBackup;
    must(
      busy.length < maxParallelJobs,
      () => `Job ${is.job} was decided beyond the limit of ${maxParallelJobs}`,
    );
    const taken = 'node' in is ? is.node || (scratchVol?.claimName && `scratch/${scratchVol.claimName}`) : '';
    must(!taken || !busy.includes(taken), () => `Job ${is.job} was decided beside another's on ${taken}`);
  }
}
