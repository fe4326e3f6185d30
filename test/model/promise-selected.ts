import { isDeepStrictEqual } from 'node:util';
import { itemNames } from '../../src/operator/items';
import { isFailure } from '../../src/operator/settings';
import type { Promised, Write } from './promises';
import { LABELS } from './start';
import { must } from './violation';

/** A run has every claim that has the labels when it asks for them, and keeps to that. */
export class SelectorsAreAskedOnce implements Promised {
  onWrite({ before, after, observed, backup }: Write): void {
    const fixed = before.run?.selected;
    if (fixed && after.run?.id === before.run?.id)
      must(isDeepStrictEqual(after.run?.selected, fixed), () => 'claims were selected anew in mid-run');
    const selected = after.run ? after.run.selected : after.selected;
    const hasSelector = backup.spec.backups.some((item) => item.selector);
    if (fixed || !selected || !hasSelector || !observed.claims || isFailure(observed.claims)) return;
    const names = itemNames(backup, selected);
    for (const { name, labels } of observed.claims)
      if (labels.app === LABELS.app)
        must(names.includes(name), () => `${name} has the labels, and is not in the run`);
  }
}
