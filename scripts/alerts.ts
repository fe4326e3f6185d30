import { stringify } from 'yaml';
import { ALERTS } from '../src/constructs/alerts';
import { writeOrCheck } from './generated';

const INTRO =
  '# Made by `npx tsx scripts/alerts.ts` from src/constructs/alerts.ts: change it there. See docs/monitoring.md.\n';

/** docs/alerts.yaml, as the code would have it: a rules file for a Prometheus without the Prometheus Operator. */
export function alertsFile(): string {
  return INTRO + stringify({ groups: [ALERTS] }, { lineWidth: 0 });
}

if (require.main === module)
  writeOrCheck({
    file: 'docs/alerts.yaml',
    text: alertsFile(),
    source: 'src/constructs/alerts.ts',
    command: 'npx tsx scripts/alerts.ts',
  });
